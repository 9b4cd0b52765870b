"""Who has the local copy of a partition open: one at a time, and who owns the partition comes before its standby.

RocksDB refuses a second opener, and a refused take-over ends the worker. So whoever opens a copy takes its place first and gives it
back when the store is closed; a take-over waits for a standby to let go, a standby never waits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

Place = tuple[str, int]
"""Changelog topic and partition number."""


class Folders:
    """Asked from the engine's thread, the restorer's and the standby's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owned: frozenset[Place] = frozenset()
        self._taken: set[Place] = set()

    def own(self, places: Iterable[Place]) -> None:
        """These partitions are ours, from the moment they are assigned until they are given up; no others are."""
        with self._lock:
            self._owned = frozenset(places)

    def owned(self, place: Place) -> bool:
        """Whether a standby must let go of it."""
        return place in self._owned

    def take(self, place: Place) -> bool:
        """For an owner: False while another has it open."""
        with self._lock:
            if place in self._taken:
                return False
            self._taken.add(place)
            return True

    def take_spare(self, place: Place) -> bool:
        """For a standby: False too when the partition is ours."""
        with self._lock:
            if place in self._taken or place in self._owned:
                return False
            self._taken.add(place)
            return True

    def back(self, place: Place) -> None:
        """The store is closed."""
        with self._lock:
            self._taken.discard(place)
