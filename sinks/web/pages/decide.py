"""Deciding about an alert: the form of the case page, and what became of what it sent."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import RedirectResponse, Response

from schemas.alert import Alert
from schemas.audit import Deed
from schemas.decision import Decision, DecisionResult
from schemas.handling import load_handling
from sinks.desk.read import DeskReader
from sinks.web.audit import written
from sinks.web.deciding import EvidenceMovedError, decision_of
from sinks.web.guard import HiddenError, check_form, needs
from sinks.web.pages.render import text_of
from sinks.web.parts import parts_of
from sinks.web.rights import Reach, Right
from sinks.web.sessions import Session

router = APIRouter(include_in_schema=False)
Deciding = Annotated[Session, Depends(needs(Right.DECIDE))]
Reading = Annotated[Session, Depends(needs(Right.CASES))]
AlertId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="alert id, 32 hexadecimal digits")]
DecisionId = Annotated[str, Path(pattern="^[0-9a-f-]{36}$")]
OUTCOME_SECONDS = 3.0
POLL_SECONDS = 0.1


async def alert_to_decide(request: Request, session: Session, alert_id: str) -> Alert:
    """The newest revision of an alert that the user sees whole; HiddenError, written down, otherwise."""
    desk = parts_of(request).desk
    briefs = await desk.briefs([alert_id])
    if not briefs or session.user.reach(briefs[0]) is not Reach.WHOLE:
        await written(request, session.user, Deed.READ_REFUSED, objects=[alert_id], reason="no such alert in this division")
        raise HiddenError
    ((newest, *_),) = await desk.revisions([alert_id])
    return newest


@router.post("/alerts/{alert_id}/decisions")
async def decide(request: Request, alert_id: AlertId, session: Deciding) -> Response:
    """Send what the form says, wait a moment for what becomes of it, and show the case again."""
    await check_form(request, session)
    alert = await alert_to_decide(request, session, alert_id)
    form = {name: str(value) for name, value in (await request.form()).items()}
    decision = await sent(request, session, alert, form)
    await outcome(parts_of(request).desk, decision.decision_id)
    return RedirectResponse(f"/cases/{alert.case_id.hex()}?decision={decision.decision_id}#{alert_id}", status_code=303)


async def sent(request: Request, session: Session, alert: Alert, form: Mapping[str, str]) -> Decision:
    """Send the decision of a form, written down first.

    Raises:
        DecisionFault: the form is none, or none of this user's.
        EvidenceMovedError: there is a newer revision than the one seen; nothing was sent.
        ConnectionError: whether it arrived is not known; the same form may be sent again.
    """
    decision = decision_of(session.user, alert, form)
    if decision.seen_revision != alert.revision:
        raise EvidenceMovedError
    deed = f"{decision.action} {decision.code}".strip()
    ids = [alert.alert_id.hex(), decision.decision_id]
    await written(request, session.user, Deed.DECIDED, persons=[alert.person_key.hex()], objects=ids, reason=deed)
    await parts_of(request).decide(decision)
    return decision


@router.get("/live/decisions/{decision_id}")
async def told(request: Request, decision_id: DecisionId, session: Reading) -> Response:
    """What became of a decision, as a line of the case page; asked again while nothing is known."""
    result = await parts_of(request).desk.result(decision_id)
    if result is not None and result.actor != session.user.subject:
        raise HiddenError
    return Response(text_of("decided.html", **outcome_shown(decision_id, result)), media_type="text/html")


def outcome_shown(decision_id: str, result: DecisionResult | None) -> dict[str, Any]:
    """What the line says."""
    verdicts = {verdict.value: text for verdict, text in load_handling().verdicts.items()}
    return {
        "decision_id": decision_id,
        "verdict": result.verdict if result else "",
        "said": verdicts.get(result.verdict, "") if result else "",
    }


async def outcome(desk: DeskReader, decision_id: str) -> DecisionResult | None:
    """What became of a decision, if it is known within a moment."""
    for _ in range(int(OUTCOME_SECONDS / POLL_SECONDS)):
        found = await desk.result(decision_id)
        if found is not None:
            return found
        await asyncio.sleep(POLL_SECONDS)
    return None
