"""批量查号: many persons at once. One asks, another approves after seeing who asked, why and for how many, then who asked reads them once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from schemas.audit import Deed
from schemas.look_ups import Answer, Asker, BulkPending, VaultDownError
from sinks.web.asking import FILE_REASONS, AskedWrongError, Why, many_asked, question_of, request_asked
from sinks.web.audit import written
from sinks.web.guard import check_form, needs
from sinks.web.pages.lookup import STATUS, WRONG, admitted, asker_of
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import CITY_UNIT, Right, User
from sinks.web.sessions import Session
from sinks.web.vault import VaultDoor

router = APIRouter(prefix="/lookup/bulk", include_in_schema=False)
Seeing = Annotated[Session, Depends(needs(Right.BULK, hidden=True))]
Asking = Annotated[Session, Depends(needs(Right.LOOK_UP, hidden=True))]
Approving = Annotated[Session, Depends(needs(Right.APPROVE, hidden=True))]
Name = Annotated[str, Query(alias="request", pattern="^(b[0-9a-f]{15})?$")]
Form = Mapping[str, str]
Shown = dict[str, Any]
Act = Callable[[VaultDoor, Asker, Form], Awaitable[Shown]]


@router.get("")
async def forms(request: Request, session: Seeing, name: Name = "") -> Response:
    """What waits, and the forms that the role may use; `name`: the request to be approved."""
    shown: Shown = {}
    waiting = await _pending(request, session)
    asked = next((one for one in waiting or [] if one.request == name and _approvable(one, session.user)), None)
    if asked:
        shown = {"done": "seen", "said": Answer.FOUND, "name": name, "asked": asked}
    return _shown(request, session, waiting, 200, **shown)


@router.post("/request")
async def ask(request: Request, session: Asking) -> Response:
    """Ask for many; the page tells the name that goes to whoever approves."""

    async def act(door: VaultDoor, asker: Asker, form: Form) -> Shown:
        persons = many_asked(form)
        told = await door.ask(lambda: door.port.request(asker, persons))
        return {"done": "requested", "said": told.answer, "name": told.request}

    return await _acted(request, session, act)


@router.post("/requested")
async def see(request: Request, session: Approving) -> Response:
    """What was asked under a name, with the form to approve it."""

    async def act(door: VaultDoor, _asker: Asker, form: Form) -> Shown:
        name = request_asked(form)
        asked = await door.ask(lambda: door.port.requested(name))
        if asked is None:
            raise AskedWrongError(Why.REQUEST)
        return {"done": "seen", "said": Answer.FOUND, "name": name, "asked": asked}

    return await _acted(request, session, act)


@router.post("/approve")
async def approve(request: Request, session: Approving) -> Response:
    """Approve what another asked."""

    async def act(door: VaultDoor, asker: Asker, form: Form) -> Shown:
        name = request_asked(form)
        told = await door.ask(lambda: door.port.approve(asker, name))
        return {"done": "approved", "said": told.answer, "name": name}

    return await _acted(request, session, act)


@router.post("/run")
async def run(request: Request, session: Asking) -> Response:
    """The identities of an approved request, this once."""

    async def act(door: VaultDoor, asker: Asker, form: Form) -> Shown:
        name = request_asked(form)
        told = await door.ask(lambda: door.port.run(asker, name))
        return {"done": "run", "said": told.answer, "name": name, "identities": told.identities}

    return await _acted(request, session, act)


async def _acted(request: Request, session: Session, act: Act) -> Response:
    """Check, act, show; what is refused here is written down here."""
    await check_form(request, session)
    parts = parts_of(request)
    if parts.vault is None:
        return await _page(request, session)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await admitted(parts.vault, session)
        question = await question_of(parts.desk, session.user, form)
        shown = await act(parts.vault, asker_of(request, session, question), form)
    except AskedWrongError as refused:
        await written(request, session.user, Deed.LOOK_UP_REFUSED, reason=f"refused by the page: {refused.why}")
        return await _page(request, session, STATUS.get(refused.why, WRONG), said=refused.why)
    return await _page(request, session, **shown)


async def _page(request: Request, session: Session, status: int = 200, **shown: Any) -> Response:
    return _shown(request, session, await _pending(request, session), status, **shown)


async def _pending(request: Request, session: Session) -> list[BulkPending] | None:
    """What waits in the user's division; of the command line, which has none, for a city. None where it cannot be read."""
    door, user = parts_of(request).vault, session.user
    if door is None:
        return []
    try:
        found = await door.ask(door.port.pending)
    except VaultDownError:
        return None
    return [one for one in found if (user.covers(one.division) if one.division else user.division % CITY_UNIT == 0)]


def _approvable(one: BulkPending, user: User) -> bool:
    return user.may(Right.APPROVE) and not one.approved and one.actor != user.subject


def _shown(request: Request, session: Session, waiting: list[BulkPending] | None, status: int, **shown: Any) -> Response:
    """The page; nothing that was typed in is shown again but the request's name."""
    nothing: Shown = {"done": "", "said": None, "name": "", "asked": None, "identities": {}}
    parts = {
        "ready": parts_of(request).vault is not None,
        "waiting": waiting,
        "approvable": [one.request for one in waiting or [] if _approvable(one, session.user)],
        "file_reasons": FILE_REASONS,
    }
    return page(request, "bulk.html", status=status, **{**parts, **nothing, **shown})
