"""Rows of `canbao.targets`: where webhooks go, what each wants, under which secrets. Key: the target's name."""

import re
from collections.abc import Collection
from enum import StrEnum

import msgspec
from msgspec import Struct, msgpack

from schemas.delivery import Delivery
from schemas.newer import NewerRowError

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
RESERVED = frozenset({"redis"})
"""Targets that are no webhooks."""
MOST_SECRETS = 4


class TargetState(StrEnum):
    """RUN: alerts are sent. PAUSED: they wait in Kafka."""

    RUN = "RUN"
    PAUSED = "PAUSED"


class Filter(Struct, array_like=True, frozen=True):
    """What a target wants; an empty list wants everything."""

    rules: list[str] = []
    divisions: list[int] = []
    levels: list[str] = []
    severities: list[str] = []

    def wants(self, one: Delivery) -> bool:
        """Whether a revision matches."""
        return (
            _fits(one.rule, self.rules)
            and _fits(one.division, self.divisions)
            and _fits(one.level, self.levels)
            and _fits(one.severity, self.severities)
        )


class Secret(Struct, array_like=True, frozen=True):
    """One signing secret, sealed. `until_ms` 0: it stays; else an old one that still signs until then."""

    sealed: bytes
    until_ms: int = 0

    def __repr__(self) -> str:
        """Nothing of it."""
        return f"Secret(until_ms={self.until_ms})"


class Replay(Struct, array_like=True, frozen=True):
    """Everything from a time on once more. `number` rises with each order; 0: none was given."""

    number: int = 0
    from_ms: int = 0


class TargetRow(Struct, array_like=True, frozen=True):
    """One target. `epoch` rises with every change, so that a worker knows a changed row; `concurrency` is requests in flight."""

    name: str
    url: str
    secrets: list[Secret]
    filter: Filter = Filter()
    state: TargetState = TargetState.RUN
    reason: str = ""
    concurrency: int = 32
    replay: Replay = Replay()
    epoch: int = 1


encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(TargetRow).decode


def decode(raw: bytes) -> TargetRow:
    """The row.

    Raises:
        NewerRowError: the bytes are no row.
    """
    try:
        return _decode(raw)
    except msgspec.MsgspecError as error:
        raise NewerRowError("canbao.targets") from error


def belongs_to(name: str) -> bytes:
    """What a secret is sealed to: it cannot be moved to another target."""
    return b"canbao.targets|" + name.encode()


def _fits(value: object, wanted: Collection[object]) -> bool:
    return not wanted or value in wanted
