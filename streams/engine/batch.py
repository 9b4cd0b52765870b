"""What a stage is handed: one partition's records, its state, and a way to say what leaves.

    @app.agent(engine.batches, sink=[engine.done])
    async def people(batches):
        async for batch in batches:
            for record in batch.records:
                try:
                    with batch.unit():
                        apply(batch, record)
                except Exception as error:
                    quarantine(batch, record, error)
            yield batch

Nothing that a stage does through a batch is visible to anyone before the engine commits: state, messages and source positions become
visible together, or not at all. `streams.engine.memory.MemoryPartition` is the same thing without Kafka or RocksDB, for tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum

import msgspec

from streams.engine.header import Header
from streams.engine.records import BatchReason, Headers, Outgoing, Record
from streams.engine.rows import HEADER_KEY, INDEX_PREFIX, LOCAL_KIND, Derive, Rows, after
from streams.engine.write_set import WriteSet, merged

MAX_VALUE_BYTES = 64 * 1024
"""Largest row value; a larger one is a design fault of the stage, not data."""


class Brake(Enum):
    """What a stage asks for its own input."""

    KEEP = "keep"
    PAUSE = "pause"
    RESUME = "resume"


class State:
    """Rows and derived index of one partition, through the write set. Kept by the engine over many batches."""

    __slots__ = ("derive", "derived_kinds", "reads", "rows", "writes")

    def __init__(self, rows: Rows, derive: Derive | None = None, derived_kinds: bytes = b"") -> None:
        self.rows = rows
        self.writes = WriteSet()
        self.derive = derive
        self.derived_kinds = derived_kinds
        self.reads: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Value as it will be after the commit; a committed value is fetched once a batch."""
        if key in self.writes:
            return self.writes[key]
        if key not in self.reads:
            self.reads[key] = self.rows.get(key)
        return self.reads[key]

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`; what is not known yet is fetched in one call."""
        missing = [key for key in dict.fromkeys(keys) if key not in self.writes and key not in self.reads]
        if missing:
            self.reads.update(zip(missing, self.rows.get_many(missing), strict=True))
        return [self.get(key) for key in keys]

    def set(self, key: bytes, value: bytes | None) -> None:
        """Write a row and keep the derived index in step."""
        if self.derive is not None and (not self.derived_kinds or key[0] in self.derived_kinds):
            self._reindex(self.derive, key, value)
        self.writes.set(key, value)

    def _reindex(self, derive: Derive, key: bytes, value: bytes | None) -> None:
        old = self.get(key)
        before = derive(key, old) if old is not None else []
        now = derive(key, value) if value is not None else []
        if before == now:
            return
        for entry in set(before) - set(now):
            self.writes.set(INDEX_PREFIX + entry, None)
        for entry in set(now) - set(before):
            self.writes.set(INDEX_PREFIX + entry, b"")


class Batch:
    """One partition's share of work; see the module for how a stage uses it.

    Attributes:
        topic: input topic of `records`; the partition's own input topic for IDLE and TIMER.
        partition: partition number; state and changelog have the same.
        records: RECORDS: at least one, in offset order; IDLE and TIMER: none.
        reason: why the stage is called.
        now_ms: wall clock at the hand-over. Only `streams` may use it; a decision takes its time from the log.
        attempts: times that a process died while this very batch was with the stage (0 as a rule); the stage may divert the record.
        more: set by the stage: work is left that needs no record (a sweep). It is called again after live records, and with IDLE when
            there is time to spare. An IDLE batch starts with False, any other with what the last one left; a new owner is called once with IDLE.
        tables: broadcast topics (`StageSpec.tables`), read whole and kept current: topic to {key: newest value}.
    """

    __slots__ = (
        "_brake",
        "_braked",
        "_header",
        "_mark",
        "_outbox",
        "_positions",
        "_retry_seconds",
        "_stage_header",
        "_state",
        "_taken",
        "_why",
        "attempts",
        "more",
        "now_ms",
        "partition",
        "reason",
        "records",
        "tables",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        partition: int,
        records: Sequence[Record],
        reason: BatchReason,
        state: State,
        header: Header,
        positions: Mapping[str, int],
        now_ms: int,
        *,
        more: bool = False,
        attempts: int = 0,
        paused: bool = False,
        tables: Mapping[str, Mapping[bytes, bytes]] | None = None,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.records = records
        self.reason = reason
        self.now_ms = now_ms
        self.more = more
        self.attempts = attempts
        self.tables: Mapping[str, Mapping[bytes, bytes]] = tables or {}
        self._state = state
        self._header = header
        self._positions = positions
        self._stage_header: bytes | None = None
        self._mark = state.writes.mark()
        self._outbox: list[Outgoing] = []
        self._retry_seconds: float | None = None
        self._brake = Brake.KEEP
        self._braked = paused
        self._why = ""
        self._taken = len(records)

    # -- state -----------------------------------------------------------------------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """Value of a row, this batch's own writes included; None when there is none."""
        return self._state.get(key)

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`, fetched together; what was fetched stays at hand until the batch ends."""
        return self._state.get_many(keys)

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row; it goes to the changelog, same partition number, once a batch and key.

        Raises:
            ValueError: a reserved key (0x00, or first byte >= 0xF0), or a value above MAX_VALUE_BYTES.
        """
        _check_key(key)
        if len(value) > MAX_VALUE_BYTES:
            raise ValueError(f"row of kind 0x{key[0]:02x} has {len(value)} bytes, at most {MAX_VALUE_BYTES} are allowed")
        self._state.set(key, value)

    def delete(self, key: bytes) -> None:
        """Delete a row: a tombstone in the changelog. Deleting what is not there is allowed."""
        _check_key(key)
        self._state.set(key, None)

    def scan(self, prefix: bytes, limit: int, start: bytes | None = None) -> list[tuple[bytes, bytes]]:
        """At most `limit` rows whose key has `prefix`, from `start` (inclusive) on, in key order, own writes included."""
        _check_key(prefix)
        found = merged(self._state.rows, self._state.writes, max(prefix, start or b""), after(prefix))
        return [row for row, _ in zip(found, range(limit), strict=False)]

    def due(self, upto: bytes, limit: int, start: bytes = b"") -> list[bytes]:
        """At most `limit` entries of the derived index with start <= entry < upto, in order, own writes included."""
        found = merged(self._state.rows, self._state.writes, INDEX_PREFIX + start, INDEX_PREFIX + upto)
        return [key[len(INDEX_PREFIX) :] for (key, _), _ in zip(found, range(limit), strict=False)]

    # -- header and positions --------------------------------------------------------------------------------------------------

    def header(self) -> Header:
        """The partition's header; its `stage` bytes are what `set_header` last set, this batch included."""
        if self._stage_header is None:
            return self._header
        return msgspec.structs.replace(self._header, stage=self._stage_header)

    def set_header(self, stage: bytes) -> None:
        """Set the opaque stage bytes of the header; written once a transaction with the source positions."""
        self._stage_header = stage

    def position(self, topic: str) -> int:
        """Next offset of an input topic of this partition before this batch; 0 when nothing was read from it yet."""
        return self._positions.get(topic, 0)

    # -- what leaves -----------------------------------------------------------------------------------------------------------

    def produce(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = (), partition: int | None = None) -> None:
        """Send a message in the transaction; `partition` None: by key, murmur2 as every Kafka client for the JVM."""
        self._outbox.append(Outgoing(topic, key, value, headers, partition))

    @contextmanager
    def unit(self) -> Iterator[Batch]:
        """Containment: if the block raises, its writes and messages are gone, and the exception goes on to the stage.

        Units nest. `more`, `retry_after`, `pause` and `resume` are not part of a unit.
        """
        mark, sent, stage_header = self._state.writes.mark(), len(self._outbox), self._stage_header
        try:
            yield self
        except BaseException:
            self._state.writes.roll_back(mark)
            del self._outbox[sent:]
            self._stage_header = stage_header
            raise

    # -- flow ------------------------------------------------------------------------------------------------------------------

    def retry_after(self, seconds: float) -> None:
        """Give the whole batch back un-applied; the same records come again after about `seconds`, other partitions go on."""
        if seconds <= 0:
            raise ValueError("retry_after needs a positive number of seconds")
        self._retry_seconds = seconds

    def keep_first(self, count: int) -> None:
        """Only the first `count` records were worked on; the rest come again in a later batch, in order.

        For a stage that stops early: a brake tripped, or its time is up.
        """
        if not 0 <= count <= len(self.records):
            raise ValueError(f"keep_first takes 0..{len(self.records)}, got {count}")
        self._taken = count

    @property
    def paused(self) -> bool:
        """Whether the partition is paused, by an earlier batch or already by this one."""
        return self._brake is Brake.PAUSE or (self._braked and self._brake is Brake.KEEP)

    def pause(self, why: str = "") -> None:
        """Stop the input of this partition after this batch. TIMER batches still come, so that the stage can resume it; IDLE ones if `more`.

        `why` is shown by the health board. A new owner, or this one after a restart, begins unpaused.
        """
        self._brake, self._why = Brake.PAUSE, why

    def resume(self) -> None:
        """Let a paused input run again."""
        self._brake = Brake.RESUME

    # -- for the engine --------------------------------------------------------------------------------------------------------

    def outcome(self) -> Outcome:
        """What the stage decided; the engine reads it once the batch was yielded."""
        if self._retry_seconds is not None:
            self._state.writes.roll_back(self._mark)
            return Outcome([], [], 0, None, self._retry_seconds, self._brake, self._why)
        changed = self._state.writes.changed_since(self._mark)
        return Outcome(self._outbox, changed, self._taken, self._stage_header, None, self._brake, self._why)


class Outcome(msgspec.Struct, frozen=True):
    """What one batch did: messages, changelog rows, records used, new stage header, seconds until a retry, brake and why."""

    outbox: list[Outgoing]
    changed: list[tuple[bytes, bytes | None]]
    taken: int
    stage_header: bytes | None
    retry_seconds: float | None
    brake: Brake
    why: str = ""


def _check_key(key: bytes) -> None:
    if not key or key[0] >= LOCAL_KIND or key == HEADER_KEY:
        raise ValueError("a row key needs a first byte 0x00..0xEF and is not the header key 0x00")
