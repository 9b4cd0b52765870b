"""The API under the pages: the same figures, lists and cases with the same rights, described by /api/openapi.json."""

import asyncio
import datetime as dt
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.security import APIKeyCookie
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from schemas.alert_json import alert_fields
from schemas.decision import REVISION_MAX, Action
from schemas.kinds import Agency, Handling, Level, Origin, Severity
from schemas.kinds import Queue as WorkQueue
from sinks.web.deciding import NO_CODE
from sinks.web.feeds import feed_states
from sinks.web.guard import COOKIE, check_form, needs, session_of
from sinks.web.listing import PAGE_ROWS, listed, query_of
from sinks.web.pages.case import CaseId, found_case
from sinks.web.pages.decide import AlertId, alert_to_decide, outcome, sent
from sinks.web.pages.figures import overview
from sinks.web.parts import parts_of
from sinks.web.rights import Right
from sinks.web.sessions import Session

VERSION = "1"
ROWS_MAX = 200
PROBLEM: dict[str, Any] = {
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["status", "title", "detail"],
                "properties": {"status": {"type": "integer"}, "title": {"type": "string"}, "detail": {"type": "string"}},
            }
        }
    }
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "not signed in", **PROBLEM},
    403: {"description": "the role has not this right", **PROBLEM},
    422: {"description": "a parameter is wrong", **PROBLEM},
    503: {"description": "the read model does not answer", **PROBLEM},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "no such thing, or another division's", **PROBLEM}}

cookie = APIKeyCookie(name=COOKIE, auto_error=False)
router = APIRouter(prefix="/api/v1", dependencies=[Depends(cookie)], responses=REFUSALS)


def attach(app: FastAPI) -> None:
    """Add the calls."""
    app.include_router(router)


def answered(value: Any, status: int = 200) -> Response:
    """A value as JSON; structs that are arrays inside canbao are objects here."""
    return Response(msgspec.json.encode(msgspec.to_builtins(_named(value))), media_type="application/json", status_code=status)


def _named(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list | tuple):
        return [_named(one) for one in value]
    return {name: _named(one) for name, one in value.items()} if isinstance(value, dict) else value


@router.get("/session")
async def session(session: Annotated[Session, Depends(session_of)]) -> Response:
    """Who is signed in, with which rights; `csrf` goes into the header X-CSRF-Token of every change."""
    user = session.user
    rights = sorted(right.value for right in Right if user.may(right))
    return answered({"name": user.name, "role": user.role.value, "division": user.division, "rights": rights, "csrf": session.csrf})


@router.get("/overview")
async def figures(request: Request, session: Annotated[Session, Depends(needs(Right.OVERVIEW))]) -> Response:
    """The figures of the user's division, with the day of the log that they are of."""
    return answered(await overview(parts_of(request).desk, session.user.division))


@router.get("/alerts")
async def alerts(
    request: Request,
    session: Annotated[Session, Depends(needs(Right.CASES))],
    rule: Annotated[str, Query(pattern=r"^[A-Za-z0-9_]{0,16}$")] = "",
    queue: WorkQueue | None = None,
    severity: Severity | None = None,
    level: Level | None = None,
    handling: Handling | None = None,
    owner: Agency | None = None,
    origin: Origin | None = None,
    division: Annotated[str, Query(pattern="^([0-9]{6})?$")] = "",
    due: Annotated[str, Query(pattern="^(overdue|today|week)?$")] = "",
    sort: Annotated[str, Query(pattern="^(due|severity|new|amount)$")] = "due",
    after: Annotated[str, Query(pattern=r"^([0-9]-[0-9]{1,16}-[0-9a-f]{32})?$", description="`following` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=ROWS_MAX)] = PAGE_ROWS,
) -> Response:
    """Open alerts in order; `total` matches in all, `following` is the cursor of the next page, null on the last."""
    named = {"queue": queue, "severity": severity, "level": level, "handling": handling, "owner": owner, "origin": origin}
    given = {name: value.value for name, value in named.items() if value is not None}
    query = query_of({**given, "rule": rule, "division": division, "due": due, "sort": sort, "after": after})
    desk = parts_of(request).desk
    found, fresh = await asyncio.gather(listed(desk, session.user, query, limit), desk.fresh())
    following = found.following.text() if found.following else None
    return answered({"as_of": fresh.as_of, "total": found.total, "following": following, "alerts": found.rows})


@router.get("/cases/{case_id}", responses=NOT_FOUND)
async def case(request: Request, case_id: CaseId, session: Annotated[Session, Depends(needs(Right.CASES))]) -> Response:
    """One case: its alerts with their newest revision whole, the story, the public rows of the person."""
    found = await found_case(request, session, case_id)
    whole = [alert_fields(one.alert) for one in found.alerts]
    rows = [{"as_of": row.as_of, "places": row.places} for row in found.rows]
    return answered(
        {
            "case_id": case_id,
            "cause": found.cause,
            "alerts": whole,
            "elsewhere": len(found.elsewhere),
            "story": found.story,
            "enrolments": rows,
        }
    )


class Proposed(BaseModel):
    """A decision about one alert. Send the same `decision_id` again after a failure: it is applied once."""

    model_config = ConfigDict(extra="forbid")

    decision_id: Annotated[str, Field(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="UUID")]
    seen_revision: Annotated[int, Field(ge=1, le=REVISION_MAX)]
    seen_handling_version: Annotated[int, Field(ge=0, le=REVISION_MAX)]
    action: Action
    code: Annotated[str, Field(pattern="^([A-Z][A-Z0-9_]{0,39})?$")] = ""
    valid_until: Annotated[dt.date | None, Field(description="EXPLAIN and repayment plans")] = None
    note_ref: Annotated[str, Field(pattern="^[A-Za-z0-9._:/-]{0,64}$")] = ""
    to_division: Annotated[str, Field(pattern="^([1-8][0-9]{5})?$")] = ""
    to_agency: Agency | None = None

    def form(self) -> dict[str, str]:
        """As the form of the page sends it."""
        given = {
            name: str("" if value is None else value) for name, value in self.model_dump(exclude={"action", "code", "to_agency"}).items()
        }
        return {**given, "choice": f"{self.action}/{self.code or NO_CODE}", "to_agency": self.to_agency or ""}


@router.post("/alerts/{alert_id}/decisions", status_code=202, responses={**NOT_FOUND, 409: {"description": "证据已更新", **PROBLEM}})
async def decide(
    request: Request, alert_id: AlertId, proposed: Proposed, session: Annotated[Session, Depends(needs(Right.DECIDE))]
) -> Response:
    """Decide about an alert. `verdict` is null where it is not yet known what became of it: read the case again."""
    await check_form(request, session)
    alert = await alert_to_decide(request, session, alert_id)
    decision = await sent(request, session, alert, proposed.form())
    result = await outcome(parts_of(request).desk, decision.decision_id)
    return answered({"decision_id": decision.decision_id, "verdict": result.verdict if result else None}, status=202)


@router.get("/rules", dependencies=[Depends(needs(Right.RULES))])
async def rules(request: Request) -> Response:
    """The rules and policy numbers in force."""
    return answered(parts_of(request).catalogue)


@router.get("/feeds", dependencies=[Depends(needs(Right.QUALITY))])
async def feeds(request: Request) -> Response:
    """How each feed stands."""
    return answered(await feed_states(parts_of(request)))
