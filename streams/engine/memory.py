"""A partition without Kafka or RocksDB: what the engine does with a batch, in memory, for tests of a stage and for `judge`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from streams.engine.batch import Batch, Brake, State
from streams.engine.header import Header
from streams.engine.records import BatchReason, Outgoing, Record
from streams.engine.rows import Derive


class MemoryRows:
    """Committed rows in a dictionary."""

    def __init__(self, rows: Mapping[bytes, bytes] | None = None) -> None:
        self.values = dict(rows or {})

    def get(self, key: bytes) -> bytes | None:
        """Value of `key`, or None."""
        return self.values.get(key)

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`."""
        return [self.values.get(key) for key in keys]

    def walk(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows with start <= key < stop, in key order."""
        return iter(sorted((key, value) for key, value in self.values.items() if start <= key < stop))


class MemoryPartition:
    """One owned partition. `hand` gives a batch as the engine would, `apply` takes it back as the commit would.

    Attributes:
        sent: every message that applied batches produced, in order.
        changelog: every changelog row, in order, deletions as None.
        paused: the stage paused its input.
    """

    def __init__(self, topic: str, partition: int = 0, derive: Derive | None = None, derived_kinds: bytes = b"") -> None:
        self.topic = topic
        self.partition = partition
        self.rows = MemoryRows()
        self.state = State(self.rows, derive, derived_kinds)
        self.header = Header()
        self.positions: dict[str, int] = defaultdict(int)
        self.tables: dict[str, dict[bytes, bytes]] = {}
        self.sent: list[Outgoing] = []
        self.changelog: list[tuple[bytes, bytes | None]] = []
        self.more = False
        self.paused = False

    def record(self, key: bytes | None, value: bytes | None, *, topic: str | None = None, timestamp_ms: int = 0, ahead: int = 0) -> Record:
        """A record at the next position of its topic (plus `ahead`)."""
        name = topic or self.topic
        return Record(name, self.partition, self.positions[name] + ahead, key, value, [], timestamp_ms)

    def hand(self, records: Sequence[Record] = (), reason: BatchReason | None = None, now_ms: int = 0) -> Batch:
        """A batch of `records` (all of one topic), or an empty one of `reason` (IDLE when left out)."""
        why = BatchReason.RECORDS if records else reason or BatchReason.IDLE
        topic = records[0].topic if records else self.topic
        self.state.reads.clear()
        return Batch(
            topic,
            self.partition,
            records,
            why,
            self.state,
            self.header,
            self.positions,
            now_ms,
            more=self.more and why is not BatchReason.IDLE,
            paused=self.paused,
            tables=self.tables,
        )

    def apply(self, batch: Batch) -> Sequence[Record]:
        """Commit what the stage did; the records that come again (retried, or not taken) are returned."""
        outcome = batch.outcome()
        self.more = batch.more
        if outcome.brake is not Brake.KEEP:
            self.paused = outcome.brake is Brake.PAUSE
        if outcome.retry_seconds is not None:
            return batch.records
        self.sent.extend(outcome.outbox)
        self.changelog.extend(outcome.changed)
        for key, value in self.state.writes.items():
            if value is None:
                self.rows.values.pop(key, None)
            else:
                self.rows.values[key] = value
        self.state.writes.clear()
        if outcome.taken:
            last = batch.records[outcome.taken - 1]
            self.positions[last.topic] = last.offset + 1
        if outcome.stage_header is not None:
            self.header = msgspec.structs.replace(self.header, stage=outcome.stage_header)
        self.header = msgspec.structs.replace(self.header, positions=dict(self.positions))
        return batch.records[outcome.taken :]
