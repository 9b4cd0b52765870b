"""数据质量 and 规则目录."""

import asyncio
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from schemas.errors import load_errors
from schemas.feed_file import load_feeds
from schemas.kinds import Change
from schemas.mending import Mendable, MendingDownError
from sinks.web.feeds import delay_seconds, states_of
from sinks.web.guard import needs
from sinks.web.holds import DOUBTED, held
from sinks.web.pages.render import page
from sinks.web.parts import Parts, parts_of
from sinks.web.rights import PROVINCE_UNIT, Right
from sinks.web.sessions import Session
from sinks.web.wording import ago_zh

router = APIRouter(include_in_schema=False)
Looking = Annotated[Session, Depends(needs(Right.QUALITY))]
RULE_DAYS = 30


@router.get("/quality")
async def quality(request: Request, session: Looking) -> Response:
    """The feeds, what was refused and why, what waits and is held, and the workers that did not answer."""
    return await quality_page(request, session)


async def quality_page(request: Request, session: Session, told: str = "") -> Response:
    """The page; `told`: what was just done, in Chinese."""
    parts = parts_of(request)
    scraped, fresh, (counts,), waiting = await asyncio.gather(
        parts.scrape(), parts.desk.fresh(), parts.desk.counts([session.user.division]), _mendable(parts)
    )
    feeds = states_of(scraped)
    rejects = Counter[str]()
    for feed in feeds:
        rejects.update(feed.rejected)
    doubted = sum(number for facet, number in counts.items() if facet.rule == DOUBTED)
    return page(
        request,
        "quality.html",
        told=told,
        feeds=feeds,
        delays={feed.feed: ago_zh(delay_seconds(feed)) if feed.last_event_ms else "—" for feed in feeds},
        rejects=rejects.most_common(),
        errors=load_errors(),
        held=held(feeds, scraped, parts.catalogue.rules, fresh.as_of, doubted),
        scraped=scraped,
        fresh=fresh,
        **waiting,
    )


async def _mendable(parts: Parts) -> dict[str, Any]:
    """What waits, empty where this process has no door to it; `down`: the door does not answer."""
    nothing = Mendable([], [])
    shown = {"door": parts.mending is not None, "down": False, "mendable": nothing, "mended": set(load_feeds())}
    if parts.mending is not None:
        try:
            shown["mendable"] = await parts.mending.mendable()
        except MendingDownError:
            shown["down"] = True
    return shown


@router.get("/rules")
async def rules(request: Request, session: Annotated[Session, Depends(needs(Right.RULES))]) -> Response:
    """The rules in force, the numbers they read, and how often each spoke in the last days."""
    parts = parts_of(request)
    fresh = await parts.desk.fresh()
    place = session.user.division
    spoken = Counter[str]()
    days = list(range(fresh.as_of - RULE_DAYS + 1, fresh.as_of + 1)) if fresh.as_of and place % PROVINCE_UNIT else []
    for one in await parts.desk.days(place, days):
        for (change, rule), number in one.items():
            spoken[rule] += number if change == Change.OPENED else 0
    return page(request, "rules.html", catalogue=parts.catalogue, spoken=spoken, fresh=fresh, place=place)
