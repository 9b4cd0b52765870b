"""The rows of one owned partition as they are after the last commit, and how a key is read.

A key is ordered bytes; its first byte is its kind. Kinds 0x00-0xEF belong to the stage and go to the changelog, except 0x00,
the partition header, which the engine writes. Kinds 0xF0-0xFF are local to this machine: the derived index and the cache's identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

HEADER_KEY = b"\x00"
LOCAL_KIND = 0xF0
"""From this first byte on, a key stays out of the changelog."""
IDENTITY_KEY = b"\xf0identity"
INDEX_PREFIX = b"\xf8"

Derive = Callable[[bytes, bytes], Sequence[bytes]]
"""Pure: the index entries of a row, from its key and value. An entry belongs to one row only, so it ends with the row's key."""


class Rows(Protocol):
    """Committed rows of one partition: RocksDB in a worker, a dictionary in tests."""

    def get(self, key: bytes) -> bytes | None:
        """Value of `key`, or None."""
        ...

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`."""
        ...

    def walk(self, start: bytes, stop: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows with start <= key < stop, in key order."""
        ...


def after(prefix: bytes) -> bytes:
    """The smallest key above every key that starts with `prefix`."""
    for at in range(len(prefix) - 1, -1, -1):
        if prefix[at] < 0xFF:  # noqa: PLR2004 - the largest byte
            return prefix[:at] + bytes((prefix[at] + 1,))
    raise ValueError("a prefix needs a byte below 0xFF: nothing would end the scan")
