"""Rows written since the last commit, in key order, with a journal so that a part of them can be taken back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from streams.engine.rows import LOCAL_KIND, Rows

_ABSENT = object()


class WriteSet:
    """Key to new value, None for a deleted key. `mark` and `roll_back` undo the writes of one unit or batch."""

    __slots__ = ("_journal", "_order", "_values")

    def __init__(self) -> None:
        self._values: dict[bytes, bytes | None] = {}
        self._order: list[bytes] = []
        self._journal: list[tuple[bytes, object]] = []

    def __contains__(self, key: bytes) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: bytes) -> bytes | None:
        return self._values[key]

    def set(self, key: bytes, value: bytes | None) -> None:
        """Write `key`; None deletes."""
        prior: object = self._values.get(key, _ABSENT)
        self._journal.append((key, prior))
        if prior is _ABSENT:
            insort(self._order, key)
        self._values[key] = value

    def mark(self) -> int:
        """A place in the journal to roll back to."""
        return len(self._journal)

    def roll_back(self, mark: int) -> None:
        """Take back every write made since `mark`."""
        while len(self._journal) > mark:
            key, prior = self._journal.pop()
            if prior is _ABSENT:
                del self._values[key]
                del self._order[bisect_left(self._order, key)]
            else:
                self._values[key] = prior  # type: ignore[assignment]  # the journal holds earlier values of this very mapping

    def changed_since(self, mark: int) -> list[tuple[bytes, bytes | None]]:
        """Changelog rows written since `mark`, each key once with its newest value, in order of first write."""
        keys = dict.fromkeys(key for key, _ in self._journal[mark:])
        return [(key, self._values[key]) for key in keys if key[0] < LOCAL_KIND]

    def items(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Everything written, in no particular order."""
        return iter(self._values.items())

    def clear(self) -> None:
        """Forget everything: committed, or dropped."""
        self._values.clear()
        self._order.clear()
        self._journal.clear()

    def walk(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes | None]]:
        """Writes with start <= key < stop, in key order, deletions as None."""
        at, end = bisect_left(self._order, start), bisect_left(self._order, stop)
        for key in self._order[at:end]:
            yield key, self._values[key]


def merged(rows: Rows, writes: WriteSet, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Rows with start <= key < stop as they will be once `writes` are committed, in key order."""
    fresh = writes.walk(start, stop)
    key, value = next(fresh, (None, None))
    for old_key, old_value in rows.walk(start, stop):
        while key is not None and key < old_key:
            if value is not None:
                yield key, value
            key, value = next(fresh, (None, None))
        if key == old_key:
            if value is not None:
                yield old_key, value
            key, value = next(fresh, (None, None))
        else:
            yield old_key, old_value
    while key is not None:
        if value is not None:
            yield key, value
        key, value = next(fresh, (None, None))
