"""State of one partition as the stages need it: ordered rows, a local index, containment. The engine's Batch is one, `MemoryRows` another."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol


class Rows(Protocol):
    """What a stage may do with the state of its partition."""

    def get(self, key: bytes) -> bytes | None:
        """A row, None where there is none."""
        ...

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        ...

    def delete(self, key: bytes) -> None:
        """Remove a row."""
        ...

    def scan(self, prefix: bytes, limit: int, start: bytes | None = None) -> list[tuple[bytes, bytes]]:
        """Rows whose key has a prefix, in key order, at most `limit`."""
        ...

    def due(self, upto: bytes, limit: int, start: bytes = b"") -> list[bytes]:
        """Entries of the wake index in [start, upto), in order, at most `limit`."""
        ...

    def unit(self) -> AbstractContextManager[Any]:
        """Containment: if the block raises, its writes are gone."""
        ...


class MemoryRows:
    """Rows in a dictionary, for `judge`, offline runs and tests."""

    def __init__(self, derive: Callable[[bytes, bytes], list[bytes]]) -> None:
        self.values: dict[bytes, bytes] = {}
        self.index: set[bytes] = set()
        self._derive = derive
        self._undo: list[tuple[bytes, bytes | None]] = []
        self.get = self.values.get

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row and keep the index in step."""
        self._undo.append((key, self.values.get(key)))
        self._set(key, value)

    def delete(self, key: bytes) -> None:
        """Remove a row."""
        self._undo.append((key, self.values.get(key)))
        self._set(key, None)

    def _set(self, key: bytes, value: bytes | None) -> None:
        old = self.values.get(key)
        before = self._derive(key, old) if old is not None else []
        after = self._derive(key, value) if value is not None else []
        if value is not None:
            self.values[key] = value
        elif old is not None:
            del self.values[key]
        if before != after:
            self.index.difference_update(before)
            self.index.update(after)

    def scan(self, prefix: bytes, limit: int, start: bytes | None = None) -> list[tuple[bytes, bytes]]:
        """Rows whose key has a prefix, in key order."""
        return sorted((k, v) for k, v in self.values.items() if k.startswith(prefix) and k >= (start or b""))[:limit]

    def due(self, upto: bytes, limit: int, start: bytes = b"") -> list[bytes]:
        """Entries of the wake index in [start, upto), in order."""
        return sorted(entry for entry in self.index if start <= entry < upto)[:limit]

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Containment: writes of a block that raises are taken back."""
        mark = len(self._undo)
        try:
            yield
        except BaseException:
            while len(self._undo) > mark:
                self._set(*self._undo.pop())
            raise
        if not mark:
            self._undo.clear()
