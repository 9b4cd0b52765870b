"""What crosses the border between Kafka and a stage: records in, produced messages out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

Headers = Sequence[tuple[str, bytes]]


class Record(msgspec.Struct, frozen=True, gc=False):
    """One consumed record; `timestamp_ms` is the broker's or the writer's time as Kafka keeps it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp_ms: int


class BatchReason(StrEnum):
    """Why a stage is handed a batch."""

    RECORDS = "records"
    IDLE = "idle"
    TIMER = "timer"


class Outgoing(NamedTuple):
    """One message that a stage wants in the transaction; `partition` None means: by key, murmur2."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int | None
