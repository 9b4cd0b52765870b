"""预警: the list with filters, order, pages by cursor, and its files to take away."""

import asyncio
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from schemas.audit import Deed
from sinks.web.audit import written
from sinks.web.export import ROWS_MAX, csv_of, watermark, xlsx_of
from sinks.web.guard import needs
from sinks.web.listing import FILTERS, SORTS, divisions_of, everything, listed, query_of
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import Right
from sinks.web.sessions import Session
from sinks.web.wording import stamp

router = APIRouter(include_in_schema=False)
Reading = Annotated[Session, Depends(needs(Right.CASES))]
Taking = Annotated[Session, Depends(needs(Right.EXPORT))]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTED_FILTERS = ("queue", "severity", "level", "handling", "owner", "origin")


@router.get("/alerts")
async def show(request: Request, session: Reading) -> Response:
    """The page, or its table alone when the page itself asks for it."""
    parts = parts_of(request)
    query = query_of(request.query_params)
    found, fresh = await asyncio.gather(listed(parts.desk, session.user, query), parts.desk.fresh())
    persons = [alert.person for alert in found.rows]
    await written(request, session.user, Deed.LIST_READ, persons=persons, objects=[query.url(after="")], count=len(persons))
    return page(
        request,
        "alerts.html",
        query=query,
        found=found,
        fresh=fresh,
        filters={name: FILTERS[name] for name in LISTED_FILTERS},
        sorts=SORTS,
        rules=parts.catalogue.rules,
        divisions=divisions_of(session.user),
        export=session.user.may(Right.EXPORT),
        following=query.url(after=found.following.text()) if found.following else "",
        first=query.url(after="") if query.after else "",
    )


@router.get("/alerts/export.{kind}")
async def take(request: Request, kind: Literal["csv", "xlsx"], session: Taking) -> Response:
    """The list as a file, at most ROWS_MAX rows; written down before it is sent."""
    parts = parts_of(request)
    query = query_of({**request.query_params, "after": ""})
    rows = await everything(parts.desk, session.user, query, ROWS_MAX)
    persons = [alert.person for alert in rows]
    await written(request, session.user, Deed.EXPORTED, persons=persons, objects=[f"{kind}?{query.url()}"], count=len(persons))
    now_ms = time.time_ns() // 1_000_000
    head = watermark(session.user, now_ms, len(rows))
    names = {"Content-Disposition": f'attachment; filename="canbao-{stamp(now_ms)}.{kind}"', "Cache-Control": "no-store"}
    if kind == "csv":
        return StreamingResponse(csv_of(rows, head), media_type="text/csv; charset=utf-8", headers=names)
    return Response(await asyncio.to_thread(xlsx_of, rows, head), media_type=XLSX, headers=names)
