"""One partition that this worker owns: its records waiting, its state, its positions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from confluent_kafka import Message

from streams.engine.backlog import Backlog
from streams.engine.batch import Batch, Brake, Outcome, State
from streams.engine.errors import EndsProcessError
from streams.engine.faults import Point, reach
from streams.engine.header import Header, encode_header
from streams.engine.health import PartitionHealth, Phase
from streams.engine.records import BatchReason, Outgoing, Record
from streams.engine.rows import HEADER_KEY
from streams.engine.spec import Input, Limits
from streams.engine.store import Store


class OwnedPartition:
    """Serves from the moment its take-over is done (`serve`) until it is given up.

    `positions` are the next offsets to read, as the open transaction will leave them; `committed` as the last one left them.
    """

    def __init__(self, source: Input, partition: int, limits: Limits, *, partitions: int = 0) -> None:
        self.source = source
        self.partition = partition
        self.topics = (source.topic, *source.side_topics)
        self.limits = limits
        self.partitions = partitions
        self.store: Store | None = None
        self.header = Header()
        self.positions: dict[str, int] = {}
        self.committed: dict[str, int] = {}
        self.backlog: dict[str, Backlog] = {topic: Backlog() for topic in self.topics}
        self.held: set[str] = set()
        self.serving = False
        self.touched = False
        self.more = True  # a new owner is called once with nothing to read: it may have found work half done
        self.paused = False
        self.why_paused = ""
        self.retry_at = 0.0
        self.next_timer = 0.0
        self.next_idle = 0.0
        self.checked_key = not source.keyed
        self._state: State | None = None
        self._stage_header: bytes | None = None
        self._next_header = self.header
        self._kept = self.more, self.paused, self.why_paused
        self._changelog_end: int | None = None

    @property
    def place(self) -> tuple[str, int]:
        """Input topic and partition number."""
        return self.source.topic, self.partition

    @property
    def state(self) -> State:
        """Rows and index; only while serving."""
        if self._state is None:
            raise EndsProcessError(f"{self.source.topic}-{self.partition} was used before its take-over ended")
        return self._state

    def serve(self, state: State, store: Store | None, header: Header, positions: dict[str, int]) -> None:
        """The take-over is done."""
        self._state, self.store = state, store
        self.header = self._next_header = header
        self.positions, self.committed = dict(positions), dict(positions)
        self.serving = True

    # -- records in ------------------------------------------------------------------------------------------------------------

    def expected(self, topic: str) -> int:
        """Next offset of an input topic that is neither done nor waiting here."""
        waiting = self.backlog[topic].records
        return waiting[-1].offset + 1 if waiting else self.positions[topic]

    def receive(self, message: Message) -> bool:
        """Append a consumed record; False for one below the position (a seek was on its way)."""
        topic, offset = str(message.topic()), int(message.offset() or 0)
        backlog = self.backlog[topic]
        waiting = backlog.records
        if offset < (waiting[-1].offset + 1 if waiting else self.positions[topic]):  # `expected`, without a call a record
            return False
        headers: Any = message.headers()
        backlog.append(
            Record(
                topic,
                self.partition,
                offset,
                message.key(),
                message.value(),
                headers if headers is not None else [],
                message.timestamp()[1],
            )
        )
        return True

    def to_hold(self, most_bytes: int) -> set[str]:
        """Topics whose fetching should rest: braked, retrying, or more waiting than fits; `most_bytes` is this partition's share."""
        if self.paused or self.retry_at:
            return set(self.topics)
        records, share = self.limits.backlog_records, most_bytes // len(self.topics)
        return {topic for topic, backlog in self.backlog.items() if backlog.full(records, share)}

    def waiting(self) -> int:
        """Records that could be handed over now."""
        return 0 if self.paused or self.retry_at else sum(len(backlog.records) for backlog in self.backlog.values())

    def waiting_bytes(self) -> int:
        """Of all records received and not handed over yet."""
        return sum(backlog.bytes for backlog in self.backlog.values())

    def next_topic(self) -> str | None:
        """Whose records are handed over next: live input first; None while nothing may be."""
        return next((topic for topic in self.topics if self.backlog[topic].records), None) if self.waiting() else None

    def cut(self, records: int) -> list[Record]:
        """The next batch, of one topic, bounded in count and bytes."""
        topic = self.next_topic()
        return [] if topic is None else self.backlog[topic].cut(records, self.limits.batch_bytes)

    def give_back(self, records: Sequence[Record]) -> None:
        """These records come again, before all others."""
        if records:
            self.backlog[records[0].topic].give_back(records)

    # -- batches ---------------------------------------------------------------------------------------------------------------

    def batch(self, records: list[Record], reason: BatchReason, attempts: int, tables: dict[str, dict[bytes, bytes]]) -> Batch:
        """What the stage is handed."""
        state = self.state
        state.reads.clear()
        header = self.header
        if self._stage_header is not None:
            header = msgspec.structs.replace(header, stage=self._stage_header)
        topic = records[0].topic if records else self.source.topic
        return Batch(
            topic,
            self.partition,
            records,
            reason,
            state,
            header,
            self.positions,
            int(time.time() * 1000),
            more=self.more and reason is not BatchReason.IDLE,
            attempts=attempts,
            paused=self.paused,
            tables=tables,
        )

    def take(self, batch: Batch, outcome: Outcome) -> bool:
        """Keep what the stage did in this transaction; True when there is something to commit.

        Raises:
            EndsProcessError: its rows could not be read. A stage that contains what one person's work raises took that for the person's fault.
        """
        if self.store is not None and self.store.failed is not None:
            raise self.store.failed
        self.more = batch.more
        if outcome.brake is not Brake.KEEP:
            self.paused, self.why_paused = outcome.brake is Brake.PAUSE, outcome.why
        if outcome.retry_seconds is not None:
            self.retry_at = time.monotonic() + outcome.retry_seconds
            self.give_back(batch.records)
            return False
        self.retry_at = 0.0
        self.give_back(batch.records[outcome.taken :])
        if outcome.taken:
            last = batch.records[outcome.taken - 1]
            self.positions[last.topic] = last.offset + 1
        if outcome.stage_header is not None:
            self._stage_header = outcome.stage_header
        changed = bool(outcome.taken or outcome.outbox or outcome.changed or outcome.stage_header is not None)
        self.touched = self.touched or changed
        return changed

    # -- commit ----------------------------------------------------------------------------------------------------------------

    def header_message(self) -> Outgoing | None:
        """The header row that closes this partition's part of the transaction; None without a changelog."""
        if self.source.changelog is None:
            return None
        stage = self.header.stage if self._stage_header is None else self._stage_header
        self._next_header = msgspec.structs.replace(self.header, positions=dict(self.positions), stage=stage, partitions=self.partitions)
        self._changelog_end = None
        return Outgoing(self.source.changelog, HEADER_KEY, encode_header(self._next_header), (), self.partition)

    def header_delivered(self, error: Any, message: Any) -> None:
        """Delivery report of the header row: the changelog position that the write set reaches."""
        if error is None:
            self._changelog_end = message.offset() + 1

    def store_commit(self) -> None:
        """Step 5 of the commit: rows and position in one WriteBatch."""
        if self.store is not None:
            if self._changelog_end is None:
                raise EndsProcessError(f"no delivery report for the header of {self.source.changelog}-{self.partition}: position unknown")
            reach(Point.BEFORE_WRITE)
            rows = [*self.state.writes.items(), (HEADER_KEY, encode_header(self._next_header))]
            self.store.write(rows, self._changelog_end)
            reach(Point.STORED)
        self.state.writes.clear()
        self.state.reads.clear()
        self.header = self._next_header
        self.committed = dict(self.positions)
        self._kept = self.more, self.paused, self.why_paused
        self._stage_header = None
        self.touched = False

    def rewind(self) -> dict[str, int]:
        """Forget the open transaction; the positions to read from again."""
        self.state.writes.clear()
        self.state.reads.clear()
        self._stage_header = None
        self.touched = False
        self.more, self.paused, self.why_paused = self._kept
        self.positions = dict(self.committed)
        for backlog in self.backlog.values():
            backlog.clear()
        return self.positions

    def close(self) -> None:
        """Given up: release the store."""
        self.serving = False
        if self.store is not None:
            self.store.close()
            self.store = None

    def health(self) -> PartitionHealth:
        """For the report, while serving."""
        return PartitionHealth(
            self.source.topic, self.partition, Phase.READY, paused=self.paused, retrying=bool(self.retry_at), reason=self.why_paused
        )
