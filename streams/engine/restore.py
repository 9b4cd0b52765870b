"""Reading a changelog partition into the local store, with the derived index kept current."""

from __future__ import annotations

import time
from collections.abc import Iterator

from confluent_kafka import Consumer, Message, TopicPartition

from streams.engine.changes import Changes, lot_of
from streams.engine.faults import Point, reach
from streams.engine.observe import Observe
from streams.engine.spec import StageSpec
from streams.engine.store import Store

_CHUNK_ROWS = 5_000
_WAIT_SECONDS = 0.05
"""Others are restored in turn by the same thread."""
_SILENT_SECONDS = 5.0


class Restore:
    """Step 4 of a take-over. `rows` of about `rows_to_do` are restored; readable from another thread."""

    def __init__(self, reader: Consumer, changelog: TopicPartition, store: Store, spec: StageSpec, high: int, observe: Observe) -> None:
        self._reader = reader
        self._changelog = changelog
        self._store = store
        self._changes = Changes(store, spec)
        self._high = high
        self._observe = observe
        self.rows = 0
        self.rows_to_do = 0

    def run(self, start: int) -> Iterator[int]:
        """Restore from `start` until the position reaches the high watermark; yields the position after each chunk."""
        self.rows_to_do = max(0, self._high - start)
        if start >= self._high:
            self._store.write((), start)
            return
        self._place(start)
        position, heard = start, time.monotonic()
        while position < self._high:
            yield position
            began = time.monotonic()
            if began - heard > _SILENT_SECONDS:  # the end is told once; a client that lost it would wait for ever
                self._place(position)
                heard = began
            lot = lot_of(self._read())
            if lot.rows or lot.at_end is not None:
                heard = began
            if lot.rows:
                position = lot.behind
                self._store.load(self._changes.of(lot.newest), position)
                self.rows += lot.rows
                self._observe.restored(self._changelog.topic, lot.rows, time.monotonic() - began)
            reach(Point.RESTORING)
            if lot.at_end is not None:  # the end may lie behind control records and aborted rows, which are never handed out
                position = max(position, lot.at_end)
        self._store.write((), position)
        self._reader.unassign()

    def _place(self, position: int) -> None:
        self._reader.assign([TopicPartition(self._changelog.topic, self._changelog.partition, position)])

    def _read(self) -> list[Message]:
        """What is there, after a wait for the first: `consume` alone would wait its whole time for a full chunk, at each end of a log."""
        first = self._reader.poll(_WAIT_SECONDS)
        return [] if first is None else [first, *self._reader.consume(_CHUNK_ROWS, 0)]
