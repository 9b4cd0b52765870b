"""What a stage declares about itself, and what a worker process is told by its settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from streams.engine.errors import RefusedError
from streams.engine.rows import Derive

ROWS = "rows"
"""Folder of the local copies, inside the state folder."""
ATTEMPTS = "attempts"
"""File that counts deaths over a batch, inside the state folder."""


class Start(StrEnum):
    """Where a partition that was never read begins; always an explicit seek, never `auto.offset.reset`."""

    EARLIEST = "earliest"
    LATEST = "latest"


class Input(msgspec.Struct, frozen=True):
    """One consumed topic. Each of its partitions is owned as a whole: records, state, changelog and header belong together.

    A stage with several inputs (intake: one topic a feed) has one state per (topic, partition), each with a changelog topic of its
    own or none. `side_topics` are read beside the input by the owner of the same partition number, with spare time; they share its state.
    `keyed`: every record is where murmur2 of its key puts it; one record a take-over is checked.
    """

    topic: str
    changelog: str | None = None
    side_topics: tuple[str, ...] = ()
    start: Start = Start.EARLIEST
    keyed: bool = False


class Limits(msgspec.Struct, frozen=True):
    """Bounds of a batch and of a transaction."""

    batch_records: int = 500
    batch_bytes: int = 1 << 20
    batch_seconds: float = 0.05
    timer_seconds: float = 1.0
    """Least time between two TIMER batches of a partition; 0: none."""
    idle_seconds: float = 0.1
    """Longest wait of a partition with `more` set while others have records."""
    transaction_rows: int = 20_000
    partitions_aim: int = 40
    backlog_records: int = 4_000
    """Of a topic and partition; above it fetching rests."""
    backlog_bytes: int = 64 << 20
    """Of all partitions of a worker, in equal shares; above its share a partition's fetching rests. One look at the client's queue may come on top."""


class Timeouts(msgspec.Struct, frozen=True):
    """Clients' time-outs; they belong together, `check` says how."""

    heartbeat_ms: int = 1_000
    session_ms: int = 8_000
    transaction_ms: int = 10_000
    message_ms: int = 10_000
    max_poll_ms: int = 120_000
    request_seconds: float = 5.0
    hand_over_seconds: float = 20.0
    watchdog_margin_seconds: float = 5.0
    blocked_after_ms: int = 30_000
    """A take-over that stands still longer than the transaction time-out plus this is `restore_blocked`."""
    unanswered_after_ms: int = 20_000
    """A worker that no broker has answered for longer is not ready."""

    def check(self) -> None:
        """Refuse an order of time-outs under which a worker is fenced by its own settings.

        Raises:
            RefusedError: names the two settings and the order they need.
        """
        hand_over_ms = int(self.hand_over_seconds * 1000)
        orders = [
            ("3 x heartbeat", 3 * self.heartbeat_ms, "session", self.session_ms),
            ("session", self.session_ms, "transaction", self.transaction_ms),
            ("message", self.message_ms, "transaction", self.transaction_ms),
            ("hand-over + transaction", hand_over_ms + self.transaction_ms, "max.poll", self.max_poll_ms),
        ]
        for small_name, small, large_name, large in orders:
            if small > large:
                raise RefusedError(f"time-out {small_name} ({small} ms) must not be above {large_name} ({large} ms)")


class StageSpec(msgspec.Struct, frozen=True):
    """A stage: who it is, what it reads, what it derives.

    `derive` gives the local index entries of a row of the kinds in `derived_kinds` (first bytes of keys; empty: all kinds).
    Raise `index_version` when `derive` changes: local copies are then rebuilt.
    `tables` are broadcast topics: compacted, small, read whole by every worker.
    """

    name: str
    group: str
    inputs: tuple[Input, ...]
    derive: Derive | None = None
    derived_kinds: bytes = b""
    index_version: int = 1
    tables: tuple[str, ...] = ()
    limits: Limits = Limits()

    def check(self) -> None:
        """Refuse a specification that contradicts itself.

        Raises:
            RefusedError: names the topic.
        """
        topics = [topic for item in self.inputs for topic in (item.topic, *item.side_topics)]
        changelogs = [item.changelog for item in self.inputs if item.changelog]
        for names, what in ((topics, "input topic"), (changelogs, "changelog")):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise RefusedError(f"stage {self.name}: {what} named twice: {', '.join(twice)}")
        if not topics:
            raise RefusedError(f"stage {self.name} has no input topic")


class EngineSettings(msgspec.Struct, frozen=True):
    """One worker process. `instance` is its lasting name (StatefulSet ordinal): transactional id, static membership, state folder.

    `embedded`: the broker is librdkafka's mock cluster: topics appear by themselves, members are dynamic, state starts fresh,
    a skipped offset is an error. `client` goes to every Kafka client (security settings, as librdkafka names them).
    """

    bootstrap: str
    instance: str
    state_folder: Path
    timeouts: Timeouts = Timeouts()
    client: dict[str, str | int | float | bool] = {}
    static_member: bool = True
    embedded: bool = False
    linger_ms: float = 5
    cache_bytes: int = 256 << 20
    write_buffer_bytes: int = 128 << 20
    delete_retention_seconds: float = 7 * 86_400
    """Most that is trusted of a changelog's delete.retention.ms: an older local state may have missed tombstones."""
    parallel_restores: int = 4
    machine: str = ""
    """Which machine this is; empty: the address that the broker sees. Standbys are kept on another machine than the owner's."""
    standby_partitions: int = 0
    """Most partitions of other machines that this worker keeps a copy of; 0: none."""

    def check(self) -> None:
        """Refuse settings that would break what the engine promises.

        Raises:
            RefusedError: names the setting.
        """
        self.timeouts.check()
        owned = sorted(_OURS & self.client.keys())
        if owned:
            raise RefusedError(f"client settings may not change {', '.join(owned)}: the engine's promises rest on them")


_OURS = frozenset(
    {
        "acks",
        "auto.offset.reset",
        "enable.auto.commit",
        "enable.idempotence",
        "group.id",
        "isolation.level",
        "partition.assignment.strategy",
        "partitioner",
        "transactional.id",
    }
)
