"""Reading a changelog partition into the local store, with the derived index kept current."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from confluent_kafka import Consumer, Message, TopicPartition

from streams.engine.errors import EndsProcessError
from streams.engine.faults import Point, reach
from streams.engine.observe import Observe
from streams.engine.rows import HEADER_KEY, INDEX_PREFIX, LOCAL_KIND
from streams.engine.spec import StageSpec
from streams.engine.store import Store

_CHUNK_ROWS = 5_000
_WAIT_SECONDS = 0.25
_SILENT_SECONDS = 5.0
_LOCAL = bytes((LOCAL_KIND,))


class Restore:
    """Step 4 of a take-over. `rows` of about `rows_to_do` are restored; readable from another thread."""

    def __init__(self, reader: Consumer, changelog: TopicPartition, store: Store, spec: StageSpec, high: int, observe: Observe) -> None:
        self._reader = reader
        self._changelog = changelog
        self._store = store
        self._spec = spec
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
            messages, at_end = split(self._read())
            if messages or at_end is not None:
                heard = began
            if messages:
                position = int(messages[-1].offset() or 0) + 1
                self._store.load(changed_rows(messages, self._store, self._spec), position)
                self.rows += len(messages)
                self._observe.restored(self._changelog.topic, len(messages), time.monotonic() - began)
            reach(Point.RESTORING)
            if at_end is not None:  # the end may lie behind control records and aborted rows, which are never handed out
                position = max(position, at_end)
        self._store.write((), position)
        self._reader.unassign()

    def _place(self, position: int) -> None:
        self._reader.assign([TopicPartition(self._changelog.topic, self._changelog.partition, position)])

    def _read(self) -> list[Message]:
        """What is there, after a wait for the first: `consume` alone would wait its whole time for a full chunk, at each end of a log."""
        first = self._reader.poll(_WAIT_SECONDS)
        return [] if first is None else [first, *self._reader.consume(_CHUNK_ROWS, 0)]


def changed_rows(messages: Sequence[Message], store: Store, spec: StageSpec) -> list[tuple[bytes, bytes | None]]:
    """The newest value of each key, with the index entries that come and go.

    Raises:
        EndsProcessError: the changelog holds what no stage writes.
    """
    newest: dict[bytes, bytes | None] = {message.key() or b"": message.value() for message in messages}
    if b"" in newest or max(newest) >= _LOCAL:
        raise EndsProcessError(f"{messages[0].topic()}-{messages[0].partition()} holds a key that no stage writes")
    return [*_index(newest, store, spec), *newest.items()]


def _index(newest: dict[bytes, bytes | None], store: Store, spec: StageSpec) -> Iterator[tuple[bytes, bytes | None]]:
    derive, kinds = spec.derive, spec.derived_kinds
    if derive is None:
        return
    keys = [key for key in newest if (not kinds or key[0] in kinds) and key != HEADER_KEY]
    for key, old in zip(keys, store.get_many(keys), strict=True):
        value = newest[key]
        now = derive(key, value) if value is not None else ()
        if old is not None:
            yield from ((INDEX_PREFIX + entry, None) for entry in set(derive(key, old)).difference(now))
        yield from ((INDEX_PREFIX + entry, b"") for entry in now)


def split(messages: Sequence[Message]) -> tuple[list[Message], int | None]:
    """Rows, and the offset of the end when the reader stands at it.

    Raises:
        EndsProcessError: an error that does not heal by itself.
    """
    rows: list[Message] = []
    at_end: int | None = None
    for message in messages:
        error = message.error()
        if error is None:
            rows.append(message)
            at_end = None
        elif error.name() == "_PARTITION_EOF":
            at_end = message.offset()
        elif error.fatal() or not error.retriable():
            raise EndsProcessError(f"restore: {error.name()}: {error.str()}")
    return rows, at_end
