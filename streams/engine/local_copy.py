"""The local copy of one changelog partition: what it is a copy of, where it lies, and whether it may be built upon."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from streams.engine.database import Identity, SharedMemory
from streams.engine.distrust import Distrust
from streams.engine.folders import Place
from streams.engine.observe import Observe, Unobserved
from streams.engine.store import Store

log = structlog.get_logger("canbao.engine")

_MARGIN_SECONDS = 3600.0
"""A local copy is distrusted this long before the first tombstone that it may have missed is gone."""


class LocalCopy(msgspec.Struct, frozen=True):
    """One partition's copy on this worker's disk, open or not. `observe` counts what is thrown away."""

    identity: Identity
    partition: int
    folder: Path
    keeps_tombstones_seconds: float
    observe: Observe = Unobserved()

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
        if store.torn is not None:
            self._tell(store.torn)
        try:
            found = store.distrust(low, high, time.time() - self.keeps_tombstones_seconds + _MARGIN_SECONDS)
            if found is not None:
                self.discard(store, found)
        except BaseException:
            store.close()
            raise
        return store

    def discard(self, store: Store, found: Distrust) -> None:
        """Throw away what it holds, and say why."""
        self._tell(found)
        store.discard()

    def _tell(self, found: Distrust) -> None:
        log.warning("local copy discarded", topic=self.identity.topic, partition=self.partition, code=str(found.why), reason=found.words)
        self.observe.discarded(found.why)
