"""The door to dead letters and stopped feeds: the port that the process is given, one call at a time, what it reads kept for some seconds."""

import asyncio
import time
from typing import Protocol

from schemas.look_ups import Asker
from schemas.mending import Mendable

FRESH_SECONDS = 5.0


class MendingPort(Protocol):
    """What answers. Calls block, and write down what they are asked before they do it.

    Raises, from every call:
        AuditDownError: it could not be written down, so nothing was done.
        MendingDownError: Kafka does not answer, or not to all of it; a repeat is harmless.
    """

    def mendable(self) -> Mendable:
        """What waits and what stands."""

    def replay(self, asker: Asker, feed: str, code: str, through: str) -> int:
        """Send back what waits of a feed and code, up to `through` of what was read; how many."""

    def resume(self, asker: Asker, feed: str) -> bool:
        """Let a feed run again; False where it runs."""


class MendingDoor:
    """One for the process."""

    def __init__(self, port: MendingPort) -> None:
        self._port = port
        self._lock = asyncio.Lock()
        self._found: Mendable | None = None
        self._until = 0.0

    async def mendable(self, *, now: bool = False) -> Mendable:
        """What waits and what stands, at most FRESH_SECONDS old; `now`: as of this moment."""
        async with self._lock:
            if now or self._found is None or time.monotonic() > self._until:
                self._found = await asyncio.to_thread(self._port.mendable)
                self._until = time.monotonic() + FRESH_SECONDS
            return self._found

    async def replay(self, asker: Asker, feed: str, code: str, through: str) -> int:
        """Send back; what was read before counts no more."""
        async with self._lock:
            self._found = None
            return await asyncio.to_thread(self._port.replay, asker, feed, code, through)

    async def resume(self, asker: Asker, feed: str) -> bool:
        """Let a feed run again; what was read before counts no more."""
        async with self._lock:
            self._found = None
            return await asyncio.to_thread(self._port.resume, asker, feed)
