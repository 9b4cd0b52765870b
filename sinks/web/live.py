"""Alerts as they come: one reader of the live stream for the process, and a bounded queue for each page that is open.

A row is rendered once, whoever looks. A page gets at most one message a quarter of a second, with the newest rows only: a flood of alerts
makes figures old, never a browser.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from functools import cached_property
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from sinks.desk import keys
from sinks.desk.brief import Brief, decode_brief
from sinks.web.pages.render import live_row
from sinks.web.rights import Reach, Right, User

log = structlog.get_logger("canbao.web.live")

ROWS = 20
"""Newest rows in one message."""
PAUSE_SECONDS = 0.25
BLOCK_MS = 1_000
READ_COUNT = 1_000
BREATHER = 50
"""Entries handed out before other requests get their turn."""
READERS_MAX = 500
"""Pages that one process keeps open."""


class Row:
    """One arrival, and how it looks: rendered when the first page shows it."""

    def __init__(self, alert: Brief) -> None:
        self.alert = alert

    @cached_property
    def html(self) -> str:
        """Its row of the table."""
        return live_row(self.alert)


class Reader:
    """One open page: what waits for it, the newest ROWS; `missed` counts what was pushed out."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.waiting: deque[Row] = deque(maxlen=ROWS)
        self.came = asyncio.Event()

    def offer(self, row: Row) -> None:
        """Put an arrival in front of the page if its user may see it."""
        if self.user.may(Right.CASES) and self.user.reach(row.alert) is not Reach.WHOLE:
            return
        self.waiting.append(row)
        self.came.set()


class Hub:
    """Reads the live stream while somebody looks."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None

    async def follow(self, user: User) -> AsyncIterator[list[Row]]:
        """Arrivals for a user, newest first, a few at a time; an empty list about once a second, so that the caller can look around."""
        reader = Reader(user)
        self._readers.add(reader)
        if self._task is None:
            self._task = asyncio.create_task(self._read(), name="live")
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.came.wait(), 1.0)
                reader.came.clear()
                rows = list(reader.waiting)[::-1]
                reader.waiting.clear()
                yield rows
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._readers.discard(reader)

    @property
    def full(self) -> bool:
        """Whether no more pages are taken."""
        return len(self._readers) >= READERS_MAX

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _read(self) -> None:
        place = b""
        while True:
            try:
                place = await self._turn(place or await self._end())
            except (RedisError, OSError) as error:
                log.warning("live stream is not read, waiting", error=type(error).__name__)
                await asyncio.sleep(1.0)

    async def _end(self) -> bytes:
        newest: Any = await self._redis.xrevrange(keys.LIVE, count=1)
        return bytes(newest[0][0]) if newest else b"0"

    async def _turn(self, place: bytes) -> bytes:
        found: Any = await self._redis.xread({keys.LIVE: place}, count=READ_COUNT, block=BLOCK_MS)
        streams = list(found.values()) if isinstance(found, dict) else [entries for _, entries in found or []]
        entries = streams[0] if streams else []
        if entries and isinstance(entries[0], list):  # redis-py nests them once more under RESP3
            entries = entries[0]
        for number, (identifier, fields) in enumerate(entries):
            place = identifier
            row = Row(decode_brief(fields[b"brief"]))
            for reader in self._readers:
                reader.offer(row)
            if not number % BREATHER:
                await asyncio.sleep(0)
        return place
