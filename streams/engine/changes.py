"""What a changelog's reader gives, as changes of the local store: rows, and the entries of the derived index that come and go with them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec
from confluent_kafka import Message

from streams.engine.errors import EndsProcessError, LogCutError
from streams.engine.rows import HEADER_KEY, INDEX_PREFIX, LOCAL_KIND, Derive
from streams.engine.spec import StageSpec
from streams.engine.store import Store

_LOCAL = bytes((LOCAL_KIND,))
_MOST_SEEN = 250_000
"""About 27 MB, for each copy that is being filled."""
_CUT = frozenset({"_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE", "_LOG_TRUNCATION"})
"""What a reader is told whose next offset the log no longer has."""

Change = tuple[bytes, bytes | None]


class Lot(msgspec.Struct, frozen=True):
    """What a reader gave: how many rows, the newest value of each key, the offset behind them, and the end when the reader stands at it."""

    rows: int
    newest: dict[bytes, bytes | None]
    behind: int
    at_end: int | None


def lot_of(messages: Sequence[Message]) -> Lot:
    """Sort out what one partition's reader gave.

    Raises:
        EndsProcessError: an error that does not heal by itself, or what no stage writes.
        LogCutError: the log does not have the next offset.
    """
    rows, at_end = messages, None
    newest: dict[bytes, bytes | None] = {message.key() or b"": message.value() for message in messages}
    if b"" in newest:  # the end and errors have no key, so only then each message is looked at
        rows, at_end = _split(messages)
        newest = {message.key() or b"": message.value() for message in rows}
    if newest and (b"" in newest or max(newest) >= _LOCAL):
        raise EndsProcessError(f"{rows[0].topic()}-{rows[0].partition()} holds a key that no stage writes")
    return Lot(len(rows), newest, int(rows[-1].offset() or 0) + 1 if rows else 0, at_end)


def _split(messages: Sequence[Message]) -> tuple[list[Message], int | None]:
    rows: list[Message] = []
    at_end: int | None = None
    for message in messages:
        error = message.error()
        if error is None:
            rows.append(message)
            at_end = None
        elif error.name() == "_PARTITION_EOF":
            at_end = message.offset()
        elif error.name() in _CUT:
            raise LogCutError(f"{message.topic()}-{message.partition()}: {error.name()}: {error.str()}")
        elif error.fatal() or not error.retriable():
            raise EndsProcessError(f"restore: {error.name()}: {error.str()}")
    return rows, at_end


class Changes:
    """Of one store. All that it is given must come from here: a store that began empty is not asked for the old row of a key never seen."""

    def __init__(self, store: Store, spec: StageSpec) -> None:
        self._store = store
        self._derive = spec.derive
        self._kinds = spec.derived_kinds
        self._seen: set[bytes] | None = set() if store.position == 0 else None

    def of(self, newest: Mapping[bytes, bytes | None]) -> Iterable[Change]:
        """The changes that these rows make, in the order of keys: RocksDB takes them at half the cost. Taken before anything else is written."""
        keys = sorted(newest)
        rows = zip(keys, map(newest.__getitem__, keys), strict=True)
        if self._derive is None:
            return rows
        return chain(rows, self._index(self._indexed(keys), newest, self._derive))

    def _indexed(self, keys: Sequence[bytes]) -> list[bytes]:
        """Those of the sorted keys whose rows have index entries."""
        parts = [keys[bisect_left(keys, bytes((kind,))) : bisect_left(keys, bytes((kind + 1,)))] for kind in self._kinds]
        return [key for part in (parts or [keys]) for key in part if key != HEADER_KEY]

    def _index(self, keys: Sequence[bytes], newest: Mapping[bytes, bytes | None], derive: Derive) -> Iterable[Change]:
        held = self._held(keys)
        for key in keys:
            value, old = newest[key], held.get(key)
            now = derive(key, value) if value is not None else ()
            if old is not None:
                yield from ((INDEX_PREFIX + entry, None) for entry in set(derive(key, old)).difference(now))
            for entry in now:
                yield INDEX_PREFIX + entry, b""

    def _held(self, keys: Sequence[bytes]) -> dict[bytes, bytes | None]:
        """The rows that the store may hold of these keys."""
        if self._seen is None:
            asked = keys
        else:
            asked = [key for key in keys if key in self._seen]
            self._seen.update(keys)
            if len(self._seen) > _MOST_SEEN:
                self._seen = None
        return dict(zip(asked, self._store.get_many(asked), strict=True)) if asked else {}
