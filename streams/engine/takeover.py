"""Taking a partition over: the order that loses nothing, one step at a time, off the poll path.

1. the partition is held: assigned and paused (the group does that before it starts a take-over);
2. `committed()` from a read_committed client, which blocks until pending transactional offsets are resolved: a zombie stopped between
   "offsets accepted" and "commit" can still commit, since the generation is checked only when offsets are added;
3. only now the changelog's high watermark is asked, with a read_uncommitted client: a read_committed one answers the last stable offset;
4. restore, read_committed, until the position reaches that watermark;
5. the source positions stored with the state must equal the committed offsets, else nothing is served;
6. the group seeks and resumes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

import msgspec
import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.engine.batch import State
from streams.engine.clients import kafka_error, reading_consumer
from streams.engine.database import SharedMemory
from streams.engine.errors import EndsProcessError, LogCutError, RefusedError
from streams.engine.folders import Folders
from streams.engine.header import Header, decode_header
from streams.engine.health import PartitionHealth, Phase
from streams.engine.local_copy import LocalCopy
from streams.engine.lost_clients import LostClients
from streams.engine.memory import MemoryRows
from streams.engine.observe import Observe
from streams.engine.owned import OwnedPartition
from streams.engine.restore import Restore
from streams.engine.rows import HEADER_KEY, Rows
from streams.engine.spec import EngineSettings, StageSpec, Start
from streams.engine.store import Store

log = structlog.get_logger("canbao.engine")

_NO_OFFSET = 0
_LOOK_AGAIN_SECONDS = 5.0
"""After so long without progress the ends of the changelog are asked anew."""
_MOST_CUTS = 3

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Steps of a take-over, ending with a T."""


class Taken(msgspec.Struct, frozen=True):
    """A take-over that is done: everything that the partition needs to serve."""

    state: State
    store: Store | None
    header: Header
    positions: dict[str, int]
    restored_rows: int = 0


class TakeOver:
    """One partition's way from assigned to serving. `run` is a generator: each step is short or waits at most a few seconds.

    `cancelled`: set by the group when the partition is given up; `waiting`: the last step had no answer, there is no hurry.
    """

    def __init__(
        self,
        owned: OwnedPartition,
        spec: StageSpec,
        settings: EngineSettings,
        copy: LocalCopy | None,
        folders: Folders,
        memory: SharedMemory,
        observe: Observe,
        lost: LostClients,
    ) -> None:
        self.owned = owned
        self.cancelled = False
        self.waiting = False
        self._spec = spec
        self._settings = settings
        self._copy = copy
        self._folders = folders
        self._memory = memory
        self._observe = observe
        self._lost = lost
        self._store: Store | None = None
        self._restore: Restore | None = None
        self._phase = Phase.RESTORING
        self._reason = ""

    def health(self) -> PartitionHealth:
        """Progress; may be read from another thread."""
        restore = self._restore
        done, whole = (restore.rows, restore.rows_to_do) if restore else (0, 0)
        return PartitionHealth(*self.owned.place, self._phase, done, whole, reason=self._reason)

    def run(self) -> Steps[Taken]:
        """Steps 2 to 5; the result comes with StopIteration.

        Raises:
            RefusedError: state and committed offsets don't belong together.
        """
        self._reader = self._make(committed=True)
        ends = self._make(committed=False)
        try:
            committed = yield from self._until_stable(self._reader)
            header = None
            if self.owned.source.changelog:
                header = yield from self._restored(ends, committed)
            positions = yield from self._positions(ends, committed, header)
        except BaseException:
            if self._store is not None:
                self._store.close()
            raise
        finally:
            self._reader.close()
            ends.close()
        return self._taken(header or Header(), positions)

    def _taken(self, header: Header, positions: dict[str, int]) -> Taken:
        rows: Rows = self._store if self._store is not None else MemoryRows()
        state = State(rows, self._spec.derive, self._spec.derived_kinds)
        return Taken(state, self._store, header, positions, self._restore.rows if self._restore else 0)

    def _make(self, *, committed: bool) -> Consumer:
        watch = self._lost.watch("the reader of a take-over")
        return reading_consumer(self._settings, self._spec.group, committed=committed, watch=watch)

    def _repeated(self, what: str, client: Consumer, action: Callable[[], T]) -> Steps[T]:
        """Call `action` until it answers; a broker that is away is waited for, and longer than a transaction lives is `restore_blocked`.

        `client` has nothing assigned yet; it is served meanwhile, so that it can tell that it is lost.
        """
        began = time.monotonic()
        times = self._settings.timeouts
        while True:
            try:
                answer = action()
            except KafkaException as error:
                kafka = kafka_error(error)
                if kafka.fatal():
                    raise EndsProcessError(f"{what}: {kafka.name()}") from error
                self._waiting(began, times.transaction_ms + times.blocked_after_ms, f"{what}: {kafka.name()}")
                self.waiting = True
                client.poll(0)
                yield
            else:
                self.waiting = False
                self._phase, self._reason = Phase.RESTORING, ""
                return answer

    def _waiting(self, since: float, allowed_ms: float, reason: str) -> None:
        if (time.monotonic() - since) * 1000 > allowed_ms:
            self._phase, self._reason = Phase.BLOCKED, reason

    def _until_stable(self, reader: Consumer) -> Steps[dict[str, int | None]]:
        """Step 2: committed offsets by topic, None where there is none."""
        wanted = [TopicPartition(topic, self.owned.partition) for topic in self.owned.topics]

        def ask() -> dict[str, int | None]:
            answer: dict[str, int | None] = {}
            for place in reader.committed(wanted, timeout=1.0):
                if place.error is not None:
                    raise KafkaException(place.error)
                answer[place.topic] = place.offset if place.offset >= _NO_OFFSET else None
            return answer

        return (yield from self._repeated("committed offsets are not stable", reader, ask))

    def _restored(self, ends: Consumer, committed: dict[str, int | None]) -> Steps[Header | None]:
        """Steps 3 and 4. Returns the header, None when the state is empty.

        A changelog that is cut meanwhile (rows deleted by hand, a retention, a leader that lost the tail) is judged anew from step 3 on, by a
        reader that holds nothing of before.
        """
        for _ in range(_MOST_CUTS):
            try:
                return (yield from self._restored_once(ends, committed))
            except LogCutError as cut:
                log.warning("a changelog was cut while it was restored", place=self.owned.place, error=str(cut))
            if self._store is not None:
                store, self._store = self._store, None
                store.close()
            self._reader.close()
            self._reader = self._make(committed=True)
            yield
        raise EndsProcessError(f"{self.owned.source.changelog}-{self.owned.partition} was cut {_MOST_CUTS} times while it was restored")

    def _restored_once(self, ends: Consumer, committed: dict[str, int | None]) -> Steps[Header | None]:
        """Once, with the identity of the local copy."""
        changelog = TopicPartition(str(self.owned.source.changelog), self.owned.partition)
        low, high = yield from self._ends(ends, changelog)
        store = yield from self._open_store(low, high)
        if store.position < low and any(offset is not None for offset in committed.values()):
            raise RefusedError(
                f"changelog {changelog.topic}-{changelog.partition} begins at {low}: rows before it are gone, but the group {self._spec.group} has "
                f"read its input up to {committed}. State can't be rebuilt: restore the topic, or reset the group and process the input again"
            )
        self._restore = Restore(self._reader, changelog, store, self._spec, high, self._observe)
        start = max(store.position, low)
        if start < high:
            yield from self._acquainted(changelog.topic)
        yield from self._followed(self._restore.run(start), ends, changelog, high)
        raw = store.get(HEADER_KEY)
        header = decode_header(raw) if raw is not None else None
        if header is not None and header.partitions not in (0, self.owned.partitions):
            raise RefusedError(
                f"state of {changelog.topic}-{changelog.partition} was kept under {header.partitions} partitions, there are {self.owned.partitions} "
                "now: keys lie elsewhere. Rekey the state, or set the topics back"
            )
        return header

    def _acquainted(self, topic: str) -> Steps[None]:
        """A reader that was not told who leads the partitions of a topic finds out on its own, up to a second after it was asked to read."""
        seconds = self._settings.timeouts.request_seconds
        yield from self._repeated(
            f"the leaders of {topic} are unknown", self._reader, lambda: self._reader.list_topics(topic, timeout=seconds)
        )

    def _followed(self, run: Iterator[int], ends: Consumer, changelog: TopicPartition, high: int) -> Steps[None]:
        """Run the restore; where it stands still, find out why."""
        name = f"{changelog.topic}-{changelog.partition}"
        times = self._settings.timeouts
        began = looked = time.monotonic()
        last = -1
        for position in run:
            now = time.monotonic()
            if position != last:
                began, looked, last, self._phase, self._reason = now, now, position, Phase.RESTORING, ""
            elif now - looked > _LOOK_AGAIN_SECONDS:
                looked = now
                low_now, high_now = yield from self._ends(ends, changelog)
                if low_now > position or high_now < high:
                    raise LogCutError(f"{name}: at {position} of {high}, and the log reaches from {low_now} to {high_now} now")
            self._waiting(
                began,
                times.transaction_ms + times.blocked_after_ms,
                f"{name} stands at {position} of {high}: a transaction on it hangs; find it with kafka-transactions.sh find-hanging and abort it",
            )
            yield

    def _ends(self, ends: Consumer, place: TopicPartition) -> Steps[tuple[int, int]]:
        seconds = self._settings.timeouts.request_seconds
        what = f"the ends of {place.topic}-{place.partition} are unknown"
        return (yield from self._repeated(what, ends, lambda: ends.get_watermark_offsets(place, timeout=seconds)))

    def _open_store(self, low: int, high: int) -> Steps[Store]:
        """The local copy, once its last user has closed it: a standby, or a take-over that was given up."""
        copy = self._copy
        if copy is None:
            raise EndsProcessError(f"no identity for the state of {self.owned.source.topic}")
        began = time.monotonic()
        while not self._folders.take(copy.place):
            if (time.monotonic() - began) * 1000 > self._settings.timeouts.blocked_after_ms:
                raise EndsProcessError(f"the local copy {copy.folder.name} is still open for another use")
            self.waiting = True
            yield
        self.waiting = False
        self._store = copy.open(self._memory, low, high, lambda: self._folders.back(copy.place))
        return self._store

    def _positions(self, ends: Consumer, committed: dict[str, int | None], header: Header | None) -> Steps[dict[str, int]]:
        """Step 5: where each input topic goes on; a topic that was never read has its explicit start."""
        positions = {}
        for topic in self.owned.topics:
            offset = committed[topic]
            stored = header.positions.get(topic) if header else None
            if self._settings.embedded and offset is None:
                offset = stored  # the embedded broker forgets offsets that a transaction committed
            if self.owned.source.changelog and stored != offset:
                raise RefusedError(self._mismatch(topic, stored, offset))
            if offset is None:
                place = TopicPartition(topic, self.owned.partition)
                low, high = yield from self._ends(ends, place)
                offset = low if self.owned.source.start is Start.EARLIEST else high
            positions[topic] = offset
        return positions

    def _mismatch(self, topic: str, stored: int | None, offset: int | None) -> str:
        name = f"{topic}-{self.owned.partition}"
        changelog = f"{self.owned.source.changelog}-{self.owned.partition}"
        if stored is None:
            return (
                f"changelog {changelog} holds no state, but group {self._spec.group} has read {name} up to {offset}: the changelog was truncated "
                "behind committed offsets. Restore the topic, or reset the group's offsets and process the input again"
            )
        if offset is None:
            return (
                f"state of {changelog} contains {name} up to {stored}, but group {self._spec.group} has no committed offset: it expired or was "
                f"deleted. Set it to {stored} (kafka-consumer-groups.sh --reset-offsets --to-offset {stored}) while no worker runs"
            )
        return (
            f"state of {changelog} contains {name} up to {stored}, group {self._spec.group} committed {offset}: they must be equal. "
            "Someone moved the offsets or replaced the changelog; serving would lose or repeat input"
        )
