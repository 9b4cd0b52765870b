"""What a worker says about itself to probes, metrics and operators; values only, anyone may serve them."""

from __future__ import annotations

import threading
import time
from enum import StrEnum

import msgspec


class Phase(StrEnum):
    """Where a worker, or one of its partitions, is."""

    STARTING = "starting"
    RESTORING = "restoring"
    BLOCKED = "restore_blocked"
    READY = "ready"
    UNANSWERED = "unanswered"
    STOPPING = "stopping"
    FAILED = "failed"


class PartitionHealth(msgspec.Struct, frozen=True):
    """One owned partition. `restored_rows` of about `rows_to_restore` while restoring; `paused` by its stage; `reason` when blocked or paused."""

    topic: str
    partition: int
    phase: Phase
    restored_rows: int = 0
    rows_to_restore: int = 0
    paused: bool = False
    retrying: bool = False
    reason: str = ""


class HealthReport(msgspec.Struct, frozen=True):
    """`live`: the engine thread turns. `ready`: it serves everything it owns. `age_seconds`: since the last turn began."""

    phase: Phase
    live: bool
    ready: bool
    age_seconds: float
    reason: str
    partitions: tuple[PartitionHealth, ...] = ()


class HealthBoard:
    """Written by the engine thread, read by any."""

    def __init__(self, stale_seconds: float) -> None:
        self._stale_seconds = stale_seconds
        self._lock = threading.Lock()
        self._phase = Phase.STARTING
        self._reason = ""
        self._unanswered = ""
        self._partitions: tuple[PartitionHealth, ...] = ()
        self._turned = time.monotonic()

    def turned(self) -> None:
        """The engine thread is alive; called each turn and between retries of a call."""
        self._turned = time.monotonic()

    def tell(self, phase: Phase, reason: str = "", partitions: tuple[PartitionHealth, ...] | None = None) -> None:
        """Say where the worker is; `partitions` None keeps what was said last. A failure is final."""
        with self._lock:
            if self._phase is Phase.FAILED:
                return
            self._phase, self._reason = phase, reason
            if partitions is not None:
                self._partitions = partitions

    def unanswered(self, reason: str) -> None:
        """Why what is served is out of reach of the brokers; empty: it is not. What would be ready is `unanswered` then."""
        with self._lock:
            self._unanswered = reason

    def report(self) -> HealthReport:
        """The state now."""
        with self._lock:
            age = time.monotonic() - self._turned
            live = self._phase is not Phase.FAILED and age < self._stale_seconds
            phase, reason = self._phase, self._reason
            if phase is Phase.READY and self._unanswered:
                phase, reason = Phase.UNANSWERED, self._unanswered
            return HealthReport(phase, live, live and phase is Phase.READY, age, reason, self._partitions)
