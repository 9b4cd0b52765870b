"""What one check found, in words that name the remedy."""

from collections.abc import Callable
from enum import StrEnum

from confluent_kafka import KafkaException
from msgspec import Struct

from schemas.errors import Code, load_errors
from streams.crash import told
from streams.down import server_down


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


def contained(place: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    """What a check finds; where it fails itself, that is a finding of its own, and the other checks are made all the same."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - told in a row; its message may quote a value, so kind and place only
        down = server_down(error)
        code = Code.SERVER_DOWN if down else Code.COMMAND_FAULT
        return [Finding(place, State.WRONG, f"{code.value}: this check ended early: {down or told(error)}", load_errors()[code].action)]
