"""总览: what needs doing today, by queue and division; alerts as they arrive; feeds; trend."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from schemas.dates import date_of
from sinks.web.feeds import feed_states
from sinks.web.guard import COOKIE, needs
from sinks.web.live import ROWS, Hub
from sinks.web.pages.figures import Overview, overview
from sinks.web.pages.render import page, text_of
from sinks.web.parts import parts_of
from sinks.web.rights import Reach, Right
from sinks.web.sessions import Session

router = APIRouter(include_in_schema=False)
Looking = Annotated[Session, Depends(needs(Right.OVERVIEW))]
RECENT = 400
"""Entries of the live stream among which the first rows are looked for."""
FIGURES_SECONDS = 5.0
"""Least time between two refreshes of an open page's figures."""


@router.get("/")
async def show(request: Request, session: Looking) -> Response:
    """The page."""
    parts = parts_of(request)
    figures, feeds, recent = await asyncio.gather(
        overview(parts.desk, session.user.division), feed_states(parts), _recent(request, session)
    )
    return page(
        request,
        "overview.html",
        figures=figures,
        feeds=feeds,
        recent=recent,
        trend=trend_data(figures),
        cases=session.user.may(Right.CASES),
    )


@router.get("/live/figures")
async def figures_again(request: Request, session: Looking) -> Response:
    """The figures alone, fetched by the page when something arrived."""
    figures = await overview(parts_of(request).desk, session.user.division)
    return Response(text_of("overview_figures.html", figures=figures, cases=session.user.may(Right.CASES)), media_type="text/html")


@router.get("/live/alerts")
async def arriving(request: Request, session: Looking) -> Response:
    """Server-sent events: `alert` with the newest rows, `figures` when the figures are old, `ended` when the session is."""
    hub: Hub = request.app.state.hub
    if hub.full:
        return Response(status_code=503, headers={"Retry-After": "30"})
    return EventSourceResponse(_events(request, hub, session), ping=15)


async def _events(request: Request, hub: Hub, session: Session) -> AsyncIterator[dict[str, str]]:
    sessions, token = parts_of(request).sessions, request.cookies.get(COOKIE, "")
    old, told, looked = False, time.monotonic(), time.monotonic()
    async for rows in hub.follow(session.user):
        now = time.monotonic()
        if rows:
            old = True
            if session.user.may(Right.CASES):
                yield {"event": "alert", "data": "".join(row.html for row in rows)}
        if old and now - told > FIGURES_SECONDS:
            old, told = False, now
            yield {"event": "figures", "data": "1"}
        if now - looked > FIGURES_SECONDS:
            looked = now
            if await sessions.read(token, int(time.time()), touch=False) is None:
                yield {"event": "ended", "data": "1"}
                return


async def _recent(request: Request, session: Session) -> list[Any]:
    if not session.user.may(Right.CASES):
        return []
    found = await parts_of(request).desk.recent(RECENT)
    return [alert for alert in found if session.user.reach(alert) is Reach.WHOLE][:ROWS]


def trend_data(figures: Overview) -> dict[str, Any]:
    """The trend as the chart takes it."""
    trend = figures.trend
    return {
        "kind": "trend",
        "days": [date_of(day).isoformat() for day in trend.days],
        "series": [{"name": "新增", "values": trend.opened}, {"name": "消除、撤回、并入", "values": trend.closed}],
    }
