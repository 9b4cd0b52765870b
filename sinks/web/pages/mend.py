"""Mending from 数据质量: sending dead letters back and letting a stopped feed run again. First what it is about, then a reason, then it is done."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from schemas.errors import load_errors
from schemas.feed_file import load_feeds
from schemas.look_ups import Asker
from schemas.mending import Halt, Mendable, WaitingLetters
from sinks.web.asking import file_named
from sinks.web.guard import HiddenError, check_form, needs
from sinks.web.mending import MendingDoor
from sinks.web.pages.quality import quality_page
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import Right
from sinks.web.sessions import Session
from sinks.web.wording import label

router = APIRouter(prefix="/quality", include_in_schema=False)
Mending = Annotated[Session, Depends(needs(Right.MEND))]
Feed = Annotated[str, Query(pattern="^[a-z_]{1,40}$")]
Code = Annotated[str, Query(pattern="^CB-[0-9]{3}$")]
Through = Annotated[str, Query(pattern=r"^[0-9]{1,4}:[0-9]{1,18}( [0-9]{1,4}:[0-9]{1,18}){0,200}$")]
REASONS = ("CODES_ADDED", "SOURCE_MENDED", "RELEASED", "CHECKED")
WRONG = 422


@router.get("/replay")
async def letters(request: Request, session: Mending, feed: Feed, code: Code) -> Response:  # noqa: ARG001 - who may
    """What would go back."""
    door = _door(request, feed)
    return _replay_page(request, _letters(await door.mendable(now=True), feed, code), feed, code)


@router.post("/replay")
async def replay(request: Request, session: Mending, feed: Feed, code: Code, through: Through) -> Response:
    """Send back what the page showed."""
    door, form = await _form(request, session, feed)
    wrong = _lacking(form)
    if wrong:
        return _replay_page(request, _letters(await door.mendable(now=True), feed, code), feed, code, wrong)
    count = await door.replay(_asker(request, session, form), feed, code, through)
    told = f"已送回 {count} 条，由接入程序重新读取" if count else "没有待重放的记录，可能已由他人办理"
    return await quality_page(request, session, f"{label('feed', feed)} {code}：{told}。")


@router.get("/resume")
async def halt(request: Request, session: Mending, feed: Feed) -> Response:  # noqa: ARG001 - who may
    """Why the feed stands."""
    return _resume_page(request, _halt(await _door(request, feed).mendable(now=True), feed), feed)


@router.post("/resume")
async def resume(request: Request, session: Mending, feed: Feed) -> Response:
    """Let it run."""
    door, form = await _form(request, session, feed)
    wrong = _lacking(form)
    if wrong:
        return _resume_page(request, _halt(await door.mendable(now=True), feed), feed, wrong)
    ran = await door.resume(_asker(request, session, form), feed)
    told = "已恢复，从暂停处继续读取" if ran else "正在运行，可能已由他人恢复"
    return await quality_page(request, session, f"{label('feed', feed)}：{told}。")


def _door(request: Request, feed: str) -> MendingDoor:
    door = parts_of(request).mending
    if door is None or feed not in load_feeds():
        raise HiddenError
    return door


async def _form(request: Request, session: Session, feed: str) -> tuple[MendingDoor, Mapping[str, str]]:
    await check_form(request, session)
    return _door(request, feed), {name: str(value) for name, value in (await request.form()).items()}


def _lacking(form: Mapping[str, str]) -> str:
    """What the form lacks, a name of `mend_wrong`; empty where it is whole."""
    if form.get("reason") not in REASONS:
        return "REASON"
    if not file_named(form.get("reference", "").strip()):
        return "REFERENCE"
    return "" if form.get("sure") == "yes" else "SURE"


def _asker(request: Request, session: Session, form: Mapping[str, str]) -> Asker:
    user, source = session.user, request.client.host if request.client else ""
    reason = f"{form['reason']} {form['reference'].strip()}"
    return Asker(actor=user.subject, role=user.role, division=user.division, source=source, reason=reason)


def _letters(found: Mendable, feed: str, code: str) -> WaitingLetters | None:
    return next((one for one in found.letters if (one.feed, one.code) == (feed, code)), None)


def _halt(found: Mendable, feed: str) -> Halt | None:
    return next((one for one in found.halts if one.feed == feed), None)


def _replay_page(request: Request, letters: WaitingLetters | None, feed: str, code: str, wrong: str = "") -> Response:
    action = f"/quality/replay?feed={feed}&code={code}&through={letters.through}" if letters else ""
    return _page(request, wrong, what="replay", feed=feed, code=code, letters=letters, halt=None, action=action)


def _resume_page(request: Request, halt: Halt | None, feed: str, wrong: str = "") -> Response:
    action = f"/quality/resume?feed={feed}" if halt else ""
    return _page(request, wrong, what="resume", feed=feed, code=halt.reason if halt else "", letters=None, halt=halt, action=action)


def _page(request: Request, wrong: str, **shown: Any) -> Response:
    return page(request, "mend.html", status=WRONG if wrong else 200, wrong=wrong, reasons=REASONS, errors=load_errors(), **shown)
