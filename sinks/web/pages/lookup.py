"""查号: number ↔ person key through the identity vault. Numbers come by form, leave on one page that no cache keeps, and stand in no address."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from schemas.audit import Deed
from schemas.look_ups import Answer, Asker, LookUp
from sinks.desk.brief import Brief
from sinks.web.asking import CASE_REASONS, FILE_REASONS, AskedWrongError, Question, Why, key_asked, question_of
from sinks.web.audit import written
from sinks.web.guard import check_form, needs
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import Reach, Right
from sinks.web.sessions import Session
from sinks.web.vault import VaultDoor

router = APIRouter(include_in_schema=False)
Asking = Annotated[Session, Depends(needs(Right.LOOK_UP, hidden=True))]
Reference = Annotated[str, Query(pattern="^([0-9a-f]{32})?$")]
STATUS = {Why.QUOTA: 429, Why.CASE: 404}
WRONG = 422
Ask = Callable[[VaultDoor, Asker, Question, Mapping[str, str]], Awaitable[LookUp]]


@router.get("/lookup")
async def forms(request: Request, session: Asking, case: Reference = "") -> Response:  # noqa: ARG001 - who may
    """The two forms; `case`: the case from whose page somebody came."""
    return _page(request, case=case)


@router.post("/lookup/number")
async def number(request: Request, session: Asking) -> Response:
    """Number and name behind a person key."""

    async def ask(door: VaultDoor, asker: Asker, question: Question, form: Mapping[str, str]) -> LookUp:
        person = key_asked(question, form)
        return await door.ask(lambda: door.port.behind(asker, person))

    return await _answered(request, session, ask)


@router.post("/lookup/key")
async def key(request: Request, session: Asking) -> Response:
    """The person key of a number, and that person's alerts in the user's division."""

    async def ask(door: VaultDoor, asker: Asker, _question: Question, form: Mapping[str, str]) -> LookUp:
        typed = form.get("number", "")
        return await door.ask(lambda: door.port.key_of(asker, typed, time.time_ns() // 1_000_000))

    return await _answered(request, session, ask)


async def _answered(request: Request, session: Session, ask: Ask) -> Response:
    """Check, ask, show. What is refused here is written down here; what the vault is asked, by the vault."""
    await check_form(request, session)
    door, user = parts_of(request).vault, session.user
    if door is None:
        return _page(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await admitted(door, session)
        question = await question_of(parts_of(request).desk, user, form)
        found = await ask(door, asker_of(request, session, question), question, form)
    except AskedWrongError as refused:
        await written(request, user, Deed.LOOK_UP_REFUSED, reason=f"refused by the page: {refused.why}")
        return _page(request, said=refused.why, status=STATUS.get(refused.why, WRONG))
    if found.answer is Answer.NOT_A_NUMBER:  # the vault has no person to write down
        await written(request, user, Deed.LOOK_UP_REFUSED, reason=question.reason)
    person = found.person.hex() if found.answer is Answer.FOUND else ""
    alerts = await _alerts(request, session, person) if person and found.identity is None else []
    same = question.person == person if question.person and person else None
    return _page(request, said=found.answer, found=found, alerts=alerts, same=same)


async def admitted(door: VaultDoor, session: Session) -> None:
    """Count the attempt; AskedWrongError once the user's hour is used up."""
    if not await door.admits(session.user, int(time.time())):
        raise AskedWrongError(Why.QUOTA)


def asker_of(request: Request, session: Session, question: Question) -> Asker:
    """Who asks the vault."""
    user, source = session.user, request.client.host if request.client else ""
    return Asker(actor=user.subject, role=user.role, division=user.division, source=source, reason=question.reason)


async def _alerts(request: Request, session: Session, person: str) -> list[Brief]:
    """The person's alerts that the user sees whole."""
    return [brief for brief in await parts_of(request).desk.person(person) if session.user.reach(brief) is Reach.WHOLE]


def _page(
    request: Request,
    *,
    case: str = "",
    said: Answer | Why | None = None,
    found: LookUp | None = None,
    alerts: list[Brief] | None = None,
    same: bool | None = None,
    status: int = 200,
) -> Response:
    """The page. Nothing that was typed in is shown again."""
    door = parts_of(request).vault
    return page(
        request,
        "lookup.html",
        status=status,
        ready=door is not None,
        per_hour=door.per_hour if door else 0,
        case_reasons=CASE_REASONS,
        file_reasons=FILE_REASONS,
        case=case,
        said=said,
        found=found if found and found.answer is Answer.FOUND else None,
        alerts=alerts or [],
        same=same,
    )
