"""The local copy of one changelog partition: what it is a copy of, where it lies, and whether it may be built upon."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from streams.engine.folders import Place
from streams.engine.store import Identity, SharedMemory, Store

_MARGIN_SECONDS = 3600.0
"""A local copy is distrusted this long before the first tombstone that it may have missed is gone."""


class LocalCopy(msgspec.Struct, frozen=True):
    """One partition's copy on this worker's disk, open or not."""

    identity: Identity
    partition: int
    folder: Path
    keeps_tombstones_seconds: float

    @property
    def place(self) -> Place:
        """Changelog topic and partition number."""
        return self.identity.topic, self.partition

    def open(self, memory: SharedMemory, low: int, high: int, released: Callable[[], None]) -> Store:
        """Open it; one that can't be built upon, now that its changelog reaches from `low` to `high`, begins anew.

        `released` is called once, when the store is closed or could not be opened.
        """
        try:
            store = Store(self.folder, self.identity, memory, released)
        except BaseException:
            released()
            raise
        try:
            if store.distrust(low, high, time.time() - self.keeps_tombstones_seconds + _MARGIN_SECONDS) is not None:
                store.discard()
        except BaseException:
            store.close()
            raise
        return store
