"""数据质量 and 规则目录."""

import asyncio
from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from schemas.errors import load_errors
from schemas.kinds import Change
from sinks.web.feeds import delay_seconds, states_of
from sinks.web.guard import needs
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import PROVINCE_UNIT, Right
from sinks.web.sessions import Session
from sinks.web.wording import ago_zh

router = APIRouter(include_in_schema=False)
RULE_DAYS = 30


@router.get("/quality", dependencies=[Depends(needs(Right.QUALITY))])
async def quality(request: Request) -> Response:
    """The feeds, what was refused and why, and the workers that did not answer."""
    parts = parts_of(request)
    scraped, fresh = await asyncio.gather(parts.scrape(), parts.desk.fresh())
    feeds = states_of(scraped)
    rejects = Counter[str]()
    for feed in feeds:
        rejects.update(feed.rejected)
    return page(
        request,
        "quality.html",
        feeds=feeds,
        delays={feed.feed: ago_zh(delay_seconds(feed)) if feed.last_event_ms else "—" for feed in feeds},
        rejects=rejects.most_common(),
        errors=load_errors(),
        scraped=scraped,
        fresh=fresh,
    )


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
