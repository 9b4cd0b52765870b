"""Records of one topic and partition that are fetched and not handed over yet: in order, bounded in count and in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from streams.engine.records import Record


class Backlog:
    """`records` and their `bytes`. Both bounds are kept by whoever fetches: `full` says when fetching should rest."""

    __slots__ = ("bytes", "records")

    def __init__(self) -> None:
        self.records: deque[Record] = deque()
        self.bytes = 0

    def append(self, record: Record) -> None:
        """One more, behind all others."""
        self.records.append(record)
        self.bytes += len(record.value or b"") + len(record.key or b"")
        if record.headers:
            self.bytes += _headers_bytes(record)

    def cut(self, most: int, most_bytes: int) -> list[Record]:
        """Take the first: at least one, else bounded in count and bytes."""
        records, size = self.records, 0
        batch: list[Record] = []
        while records and len(batch) < most and (not batch or size < most_bytes):
            record = records.popleft()
            size += len(record.value or b"") + len(record.key or b"")
            if record.headers:
                size += _headers_bytes(record)
            batch.append(record)
        self.bytes -= size
        return batch

    def give_back(self, records: Sequence[Record]) -> None:
        """These come again, before all others."""
        self.records.extendleft(reversed(records))
        self.bytes += sum(map(_bytes_of, records))

    def clear(self) -> None:
        """Forget them; they are fetched anew."""
        self.records.clear()
        self.bytes = 0

    def full(self, most: int, most_bytes: int) -> bool:
        """Whether more should not be fetched now."""
        return len(self.records) >= most or self.bytes >= most_bytes


def _bytes_of(record: Record) -> int:
    """What `append` and `cut`, where each call would cost, add up in place."""
    return len(record.value or b"") + len(record.key or b"") + _headers_bytes(record)


def _headers_bytes(record: Record) -> int:
    return sum(len(name) + len(value or b"") for name, value in record.headers)
