"""批量查号: many persons at once. One asks, another approves after seeing who asked, why and for how many, then who asked reads them once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from schemas.audit import Deed
from schemas.look_ups import Answer, Asker
from sinks.web.asking import FILE_REASONS, AskedWrongError, Why, many_asked, question_of, request_asked
from sinks.web.audit import written
from sinks.web.guard import check_form, needs
from sinks.web.pages.lookup import STATUS, WRONG, admitted, asker_of
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import Right
from sinks.web.sessions import Session
from sinks.web.vault import VaultDoor

router = APIRouter(prefix="/lookup/bulk", include_in_schema=False)
Seeing = Annotated[Session, Depends(needs(Right.BULK, hidden=True))]
Asking = Annotated[Session, Depends(needs(Right.LOOK_UP, hidden=True))]
Approving = Annotated[Session, Depends(needs(Right.APPROVE, hidden=True))]
Form = Mapping[str, str]
Shown = dict[str, Any]
Act = Callable[[VaultDoor, Asker, Form], Awaitable[Shown]]


@router.get("")
async def forms(request: Request, session: Seeing) -> Response:  # noqa: ARG001 - who may
    """The forms that the role may use."""
    return _page(request)


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
        return _page(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await admitted(parts.vault, session)
        question = await question_of(parts.desk, session.user, form)
        shown = await act(parts.vault, asker_of(request, session, question), form)
    except AskedWrongError as refused:
        await written(request, session.user, Deed.LOOK_UP_REFUSED, reason=f"refused by the page: {refused.why}")
        return _page(request, STATUS.get(refused.why, WRONG), said=refused.why)
    return _page(request, **shown)


def _page(request: Request, status: int = 200, **shown: Any) -> Response:
    """The page; nothing that was typed in is shown again but the request's name."""
    nothing: Shown = {"done": "", "said": None, "name": "", "asked": None, "identities": {}}
    ready = parts_of(request).vault is not None
    return page(request, "bulk.html", status=status, ready=ready, file_reasons=FILE_REASONS, **{**nothing, **shown})
