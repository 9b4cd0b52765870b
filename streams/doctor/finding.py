"""What one check found, in words that name the remedy."""

from enum import StrEnum

from confluent_kafka import KafkaException
from msgspec import Struct


class State(StrEnum):
    """OK: as it should be. ADVICE: works, but not as advised. WRONG: to be mended. UNSEEN: could not be looked at with these rights or settings."""

    OK = "OK"
    ADVICE = "ADVICE"
    WRONG = "WRONG"
    UNSEEN = "UNSEEN"


class Finding(Struct, frozen=True):
    """One row of the table: where, what, and what to do. `remedy` is empty where nothing needs doing."""

    place: str
    state: State
    what: str
    remedy: str = ""


def unseen(place: str, error: KafkaException, right: str) -> Finding:
    """A check that this principal may not make, or that the broker did not answer."""
    name = error.args[0].name()
    if name.endswith("AUTHORIZATION_FAILED"):
        return Finding(place, State.UNSEEN, f"not allowed to look ({name})", f"run it as operator, or give this principal {right}")
    return Finding(place, State.UNSEEN, f"no answer ({name})", "repeat when the brokers are well")
