"""Following the divisions' streams: entries as they come, from a cursor that a reader may bring back after any break.

    live = LiveAlerts(url)
    async for entries in live.follow({370116: "0-0"}):    # a list may be empty: nothing came for a while
        ...

A cursor holds one stream id a division, so resuming is exact. As text: `370102:1732000000000-0,370116:1732000000500-3`.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sinks.redis import stream_key

BLOCK_MS = 2_000
COUNT = 200
"""Entries of one stream in one answer; 2 to 4 KB each."""
TIMEOUT_SECONDS = 5.0
START = "0-0"
MOST_DIVISIONS = 512
Cursor = dict[int, str]
"""Division → id of the last entry that the reader has."""


class Entry(NamedTuple):
    """One revision on one division's stream; `alert` and `attributes` are JSON."""

    division: int
    id: str
    alert_id: str
    rule: str
    alert: bytes
    attributes: bytes


def cursor_text(cursor: Mapping[int, str]) -> str:
    """The cursor as `Last-Event-ID` carries it."""
    return ",".join(f"{division}:{identifier}" for division, identifier in sorted(cursor.items()))


def read_cursor(text: str) -> Cursor:
    """The cursor of a text; ValueError where it is none."""
    cursor: Cursor = {}
    for part in text.split(",")[: MOST_DIVISIONS + 1]:
        division, _, identifier = part.partition(":")
        milliseconds, _, sequence = identifier.partition("-")
        if not all(one.isascii() and one.isdigit() for one in (division, milliseconds, sequence)):
            raise ValueError("a cursor is division:milliseconds-sequence, several joined by commas")
        cursor[int(division)] = identifier
    return cursor


class LiveAlerts:
    """Reads the streams; one connection a follower, at most `readers` at a time. RedisError or OSError where the server is down."""

    def __init__(self, url: str, readers: int = 500) -> None:
        seconds = TIMEOUT_SECONDS + BLOCK_MS / 1000
        retry = Retry(NoBackoff(), 0)
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=TIMEOUT_SECONDS, retry=retry, max_connections=readers
        )
        self.followers = 0
        """How many follow now."""

    async def now(self, divisions: Iterable[int]) -> Cursor:
        """The cursor behind everything that is there."""
        cursor: Cursor = {}
        for division in divisions:
            newest: Any = await self._redis.xrevrange(stream_key(division), count=1)
            cursor[division] = newest[0][0].decode() if newest else START
        return cursor

    async def gaps(self, cursor: Mapping[int, str]) -> list[int]:
        """Divisions whose stream was cut behind the cursor: entries may be lost to this reader, who should read the list anew."""
        return [division for division, identifier in cursor.items() if identifier != START and await self._was_cut(division, identifier)]

    async def follow(self, cursor: Cursor) -> AsyncIterator[list[Entry]]:
        """Entries behind the cursor for ever, in order per division; `cursor` moves along."""
        names = {stream_key(division).encode(): division for division in cursor}
        self.followers += 1
        try:
            while True:
                yield await self._next(names, cursor)
        finally:
            self.followers -= 1

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _next(self, names: Mapping[bytes, int], cursor: Cursor) -> list[Entry]:
        places: dict[Any, Any] = {name: cursor[division] for name, division in names.items()}
        answer: Any = await self._redis.xread(places, count=COUNT, block=BLOCK_MS)
        found: list[Entry] = []
        for name, entries in answer.items() if isinstance(answer, dict) else answer or []:
            division = names[name]
            found += [_entry(division, identifier.decode(), fields) for identifier, fields in _flat(entries)]
            cursor[division] = found[-1].id
        return found

    async def _was_cut(self, division: int, identifier: str) -> bool:
        name = stream_key(division)
        oldest: Any = await self._redis.xrange(name, count=1)
        if not oldest or order(identifier) >= order(oldest[0][0].decode()):
            return False
        told: Any = await self._redis.xinfo_stream(name)
        return bool(told["entries-added"] > told["length"])


def order(identifier: str) -> tuple[int, int]:
    """A stream id as it compares."""
    milliseconds, _, sequence = identifier.partition("-")
    return int(milliseconds), int(sequence)


def _entry(division: int, identifier: str, fields: Mapping[bytes, bytes]) -> Entry:
    return Entry(
        division,
        identifier,
        fields[b"alert_id"].decode(),
        fields[b"rule"].decode(),
        fields[b"json"],
        fields.get(b"ce", b'{"specversion":"1.0"}'),
    )


def _flat(entries: Sequence[Any]) -> Sequence[Any]:
    """Entries of a stream; redis-py nests them once more under RESP3."""
    return entries[0] if entries and isinstance(entries[0], list) else entries
