"""The copies that a standby keeps open, and the one consumer that moves them forward, a bounded lot at a time."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence

import msgspec
import structlog
from confluent_kafka import Consumer, Message, TopicPartition

from streams.engine.changes import Change, Changes, lot_of
from streams.engine.clients import reading_consumer
from streams.engine.database import SharedMemory
from streams.engine.distrust import Distrust, Why
from streams.engine.faults import Point, reach
from streams.engine.folders import Folders, Place
from streams.engine.local_copy import LocalCopy
from streams.engine.spec import EngineSettings, StageSpec
from streams.engine.store import Store

log = structlog.get_logger("canbao.engine")

_CHUNK_ROWS = 1_000
_WAIT_SECONDS = 0.1
"""Longest wait for rows, and so about the longest that a take-over waits for a standby to let go."""
_STALE_SECONDS = 60.0
"""What a consumer holds that nobody asked for so long is not used: its word that this is the end may be as old, and `whole` is dated now."""
_MEMORY_BYTES = 32 << 20
_BUFFER_BYTES = 16 << 20
"""Of all copies together: what is served keeps its own cache for itself."""
_ANOTHER_LOG = frozenset(
    {
        "_AUTO_OFFSET_RESET",
        "OFFSET_OUT_OF_RANGE",
        "_LOG_TRUNCATION",
        "UNKNOWN_TOPIC_OR_PART",
        "UNKNOWN_TOPIC_ID",
        "INCONSISTENT_TOPIC_ID",
        "_UNKNOWN_TOPIC",
        "_UNKNOWN_PARTITION",
    }
)
"""Errors after which the changelog may not be the one that the copy was made of: the copy is thrown away."""


class _Copy(msgspec.Struct):
    """An open copy. `whole`: it has reached the end of its changelog once, and follows from there; `high`: that end, as last seen."""

    local: LocalCopy
    store: Store
    changes: Changes
    high: int
    whole: bool = False

    def discard(self, words: str) -> None:
        """It is a copy of something else by now."""
        self.local.discard(self.store, Distrust(Why.REPLACED, words))


class StandbyCopies:
    """Opened and closed by one thread. What fails with one copy closes that copy and is told by `failed`, never raised."""

    def __init__(self, spec: StageSpec, settings: EngineSettings, folders: Folders) -> None:
        self._spec = spec
        self._settings = settings
        self._folders = folders
        self._memory = SharedMemory(_MEMORY_BYTES, _BUFFER_BYTES)
        self._open: dict[Place, _Copy] = {}
        self._reader: Consumer | None = None
        self._asked_at = 0.0
        self.failed: set[Place] = set()

    @property
    def places(self) -> set[Place]:
        """What is open."""
        return set(self._open)

    def open(self, copy: LocalCopy, low: int, high: int) -> None:
        """Keep a copy of a changelog that reaches from `low` to `high`, unless its partition is being taken over.

        Rows below `low` are gone, and a copy without them must not exist: it would hide the loss from a take-over.
        """
        if not self._folders.take_spare(copy.place):
            return
        try:
            store = copy.open(self._memory, low, high, lambda: self._folders.back(copy.place))
        except Exception as error:  # noqa: BLE001 - rocksdict raises bare Exception; a copy less is no failure
            self._failed(copy.place, type(error).__name__)
            return
        self._open[copy.place] = _Copy(copy, store, Changes(store, self._spec), high)
        if store.position < low:
            self._failed(copy.place, "the changelog does not begin at 0")
            return
        self._drop_reader()
        log.info("standby begins", topic=copy.identity.topic, partition=copy.partition, offset=store.position)

    def let_go(self) -> None:
        """Close what is ours by now: a take-over waits for it."""
        self.close([place for place in self._open if self._folders.owned(place)])

    def close(self, places: Collection[Place]) -> None:
        """Close these copies and keep them on disk."""
        for place in places:
            self._close(place)
        if places:
            self._drop_reader()

    def discard(self, places: Collection[Place]) -> None:
        """Throw these away: they are copies of something else by now."""
        for place in self.places.intersection(places):
            self._open[place].discard("the topic was made again")
            self.failed.add(place)
        self.close(self.places.intersection(places))

    def read(self) -> int:
        """Receive a lot and write it; how many bytes it was."""
        if not self._open:
            return 0
        asked_at = time.time()
        if asked_at - self._asked_at > _STALE_SECONDS:
            self._drop_reader()
        self._asked_at = asked_at
        messages = self._consumer().consume(_CHUNK_ROWS, _WAIT_SECONDS)
        for place, lot in _by_place(messages).items():
            if place not in self._open or self._folders.owned(place):
                continue
            try:
                self._write(place, lot)
            except Exception as error:  # noqa: BLE001 - whatever it was, it must not touch the worker
                self._failed(place, type(error).__name__)
            reach(Point.STANDING_BY)
        return sum(len(message.value() or b"") for message in messages)

    def lag(self) -> int:
        """Rows behind in all, as far as the last fetch saw the ends; asks no broker."""
        behind = 0
        for (topic, partition), copy in self._open.items():
            if self._reader is not None:
                _, end = self._reader.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
                copy.high = max(copy.high, end)
            behind += max(0, copy.high - copy.store.position)
        return behind

    def _write(self, place: Place, lot: Sequence[Message]) -> None:
        copy = self._open[place]
        errors = {error.name() for error in (message.error() for message in lot) if error is not None}
        if errors & _ANOTHER_LOG:
            copy.discard(", ".join(sorted(errors & _ANOTHER_LOG)))
            self._failed(place, ", ".join(sorted(errors & _ANOTHER_LOG)))
            return
        read = lot_of(lot)
        rows: Iterable[Change] = ()
        position = copy.store.position
        if read.rows:
            rows = copy.changes.of(read.newest)
            position = read.behind
        if read.at_end is not None:
            copy.store.write(rows, max(position, read.at_end))
            self._reached(place, copy)
        elif read.rows and copy.whole:
            copy.store.write(rows, position, whole=False)
        elif read.rows:
            copy.store.load(rows, position)

    def _reached(self, place: Place, copy: _Copy) -> None:
        if not copy.whole:
            copy.whole = True
            log.info("standby is whole", topic=place[0], partition=place[1], offset=copy.store.position)

    def _failed(self, place: Place, reason: str) -> None:
        log.warning("standby failed", topic=place[0], partition=place[1], error=reason)
        self.failed.add(place)
        self.close([place])

    def _close(self, place: Place) -> None:
        copy = self._open.pop(place, None)
        if copy is None:
            return
        offset = copy.store.position
        try:
            copy.store.settle()
        except Exception as error:  # noqa: BLE001 - rocksdict raises bare Exception; what is not on disk is read again
            log.warning("standby not settled", topic=place[0], partition=place[1], error=type(error).__name__)
        try:
            copy.store.close()
        except Exception as error:  # noqa: BLE001 - as above; the next opener finds out whether it is free
            log.warning("standby not closed", topic=place[0], partition=place[1], error=type(error).__name__)
        log.info("standby ends", topic=place[0], partition=place[1], offset=offset)

    def _consumer(self) -> Consumer:
        """A consumer for what is open now. Never moved: rows fetched for an earlier place could still be on their way."""
        if self._reader is None:
            self._reader = reading_consumer(self._settings, self._spec.group, committed=True)
            self._reader.assign([TopicPartition(topic, partition, copy.store.position) for (topic, partition), copy in self._open.items()])
        return self._reader

    def _drop_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def _by_place(messages: Sequence[Message]) -> dict[Place, list[Message]]:
    found: dict[Place, list[Message]] = {}
    for message in messages:
        found.setdefault((str(message.topic()), int(message.partition() or 0)), []).append(message)
    return found
