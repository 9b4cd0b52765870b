"""个案: one case: the story, the month ledger, each alert with its why, and what was decided."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from schemas.audit import Deed
from schemas.decision import new_decision_id
from schemas.divisions import load_divisions
from sinks.web.audit import written
from sinks.web.casefile import CaseFile, case_file
from sinks.web.guard import HiddenError, needs
from sinks.web.ledger import ledger
from sinks.web.pages.decide import outcome_shown
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import Right
from sinks.web.sessions import Session

router = APIRouter(include_in_schema=False)
Reading = Annotated[Session, Depends(needs(Right.CASES))]
Decided = Annotated[str, Query(pattern="^([0-9a-f-]{36})?$")]
CaseId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="case id, 32 hexadecimal digits")]


async def found_case(request: Request, session: Session, case_id: str) -> CaseFile:
    """The case, its reading written down; HiddenError, written down too, where it is another division's or does not exist."""
    parts = parts_of(request)
    found = await case_file(parts.desk, session.user, case_id)
    if found is None:
        await written(request, session.user, Deed.READ_REFUSED, objects=[case_id], reason="no such case in this division")
        raise HiddenError
    await written(request, session.user, Deed.PERSON_READ, persons=[found.person] if found.person else [], objects=[case_id])
    return found


@router.get("/cases/{case_id}")
async def show(request: Request, case_id: CaseId, session: Reading, decision: Decided = "") -> Response:
    """The page; `decision`: the one just sent, whose outcome it tells."""
    found = await found_case(request, session, case_id)
    result = next((one for one in found.decisions if one.decision_id == decision), None)
    months = ledger(found.rows, [one.alert for one in found.alerts], found.as_of)
    return page(
        request,
        "case.html",
        case=found,
        ledger=months,
        targets=[*load_divisions().cities, *load_divisions().counties_of(load_divisions().city_of(session.user.division))],
        new_decision_id=new_decision_id,
        **outcome_shown(decision, result),
    )
