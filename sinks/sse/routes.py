"""GET /alerts/stream: a division's alerts as they come, for browsers and machines; resumed by `Last-Event-ID` after any break.

    id: 370116:1732000000500-3
    event: alert
    data: {"specversion":"1.0","id":…,"type":"canbao.alert",…,"data":{"alert_id":…,"revision":…}}

`event: gap` names divisions whose stream was cut behind the reader's cursor: read the list anew. Delivery is at least once.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import structlog
from msgspec import Struct
from redis.exceptions import RedisError
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schemas.delivery import event_json
from sinks.sse.live import START, Cursor, Entry, LiveAlerts, cursor_text, read_cursor

log = structlog.get_logger("canbao.sse")

PATH = "/alerts/stream"
LIFE_SECONDS = 900.0
"""A connection ends after this: the reader comes back by itself, and its rights are looked at again."""
PING_SECONDS = 15
SEND_SECONDS = 30.0
"""A reader that takes nothing for so long is let go."""
RETRY = b"retry: 3000\n\n"
LONGEST_CURSOR = 16_384
DOWN = (RedisError, OSError)


class Grant(Struct, frozen=True):
    """Who reads, and which divisions it may see."""

    reader: str
    divisions: frozenset[int]


Allow = Callable[[Request], Awaitable[Grant | None]]
"""Who stands behind a request; None: nobody (401)."""


def stream_routes(live: LiveAlerts, allow: Allow, life_seconds: float = LIFE_SECONDS) -> list[Route]:
    """The route, to be mounted where `allow` can tell who asks. Query: `division` and `rule`, repeatable; `from=start` reads what is kept."""

    async def stream(request: Request) -> Response:
        grant = await allow(request)
        if grant is None:
            return JSONResponse({"detail": "who are you?"}, 401, {"WWW-Authenticate": "Bearer"})
        try:
            divisions, cursor = _asked(request)
        except ValueError as error:
            return JSONResponse({"detail": str(error)}, 422)
        strange = sorted((divisions | cursor.keys()) - grant.divisions)
        if strange:
            log.warning("another division's stream was asked for", target=grant.reader, count=len(strange))
            return JSONResponse({"detail": "no such stream"}, 404)
        divisions = divisions or set(grant.divisions)
        try:
            begin = {} if request.query_params.get("from") == "start" else await live.now(divisions - cursor.keys())
            whole = {division: cursor.get(division) or begin.get(division, START) for division in divisions}
            gaps = await live.gaps(whole)
        except DOWN as error:
            log.warning("no live alerts: the read model does not answer", error=type(error).__name__)
            return JSONResponse({"detail": "try again soon"}, 503, {"Retry-After": "5"})
        rules = frozenset(request.query_params.getlist("rule"))
        events = _events(live, whole, gaps, rules, time.monotonic() + life_seconds)
        return EventSourceResponse(events, ping=PING_SECONDS, send_timeout=SEND_SECONDS, sep="\n")

    return [Route(PATH, stream, methods=["GET"])]


def _asked(request: Request) -> tuple[set[int], Cursor]:
    """Divisions asked for and the cursor brought along; ValueError names what is wrong."""
    named = request.query_params.getlist("division")
    if not all(one.isascii() and one.isdigit() for one in named):
        raise ValueError("division: a six-digit code")
    brought = request.headers.get("last-event-id") or request.query_params.get("cursor", "")
    if len(brought) > LONGEST_CURSOR:
        raise ValueError("Last-Event-ID: longer than any of ours")
    divisions = {int(one) for one in named}
    cursor = read_cursor(brought) if brought else {}
    return divisions, {division: place for division, place in cursor.items() if not divisions or division in divisions}


async def _events(live: LiveAlerts, cursor: Cursor, gaps: list[int], rules: frozenset[str], until: float) -> AsyncIterator[Any]:
    yield RETRY
    if gaps:
        yield b"event: gap\ndata: " + ",".join(map(str, gaps)).encode() + b"\n\n"
    told = dict(cursor)
    try:
        async for entries in live.follow(cursor):
            chunk = b"".join(_event(told, one) for one in entries if not rules or one.rule in rules)
            told.update(cursor)
            if chunk:
                yield chunk
            if time.monotonic() > until:
                return
    except DOWN as error:
        log.warning("live alerts broke off", error=type(error).__name__)


def _event(told: Cursor, entry: Entry) -> bytes:
    """One event; `told` moves along, so its id resumes exactly behind it."""
    told[entry.division] = entry.id
    return b"id: %b\nevent: alert\ndata: %b\n\n" % (cursor_text(told).encode(), event_json(entry.attributes, entry.alert))
