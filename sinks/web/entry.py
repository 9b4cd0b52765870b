"""Signing in and out, whoever vouches for the user."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from schemas.audit import Deed
from sinks.web.audit import NOBODY, written
from sinks.web.guard import COOKIE, check_form, session_of
from sinks.web.pages.render import page
from sinks.web.parts import parts_of
from sinks.web.rights import User
from sinks.web.sessions import LONGEST_SECONDS, Session

router = APIRouter(include_in_schema=False)


def attach(app: FastAPI) -> None:
    """Add the routes of signing in and out."""
    app.include_router(router)


async def welcome(request: Request, user: User) -> Response:
    """Open a session for a user whom the sign-in service named, and go to the first page."""
    parts = parts_of(request)
    await written(request, user, Deed.SIGNED_IN)
    token = await parts.sessions.open(user, int(time.time()))
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, token, max_age=LONGEST_SECONDS, httponly=True, secure=parts.secure_cookies, samesite="lax")
    return answer


async def turn_away(request: Request, reason: str) -> Response:
    """The sign-in service named nobody who may come in; `reason` in Chinese."""
    await written(request, NOBODY, Deed.SIGN_IN_REFUSED, reason=reason)
    return page(request, "signin.html", status=403, reason=reason, sign_in=parts_of(request).sign_in.label)


@router.get("/signin")
async def signin(request: Request, ended: bool = False) -> Response:
    """The page before signing in."""
    reason = "会话已结束，请重新登录。" if ended else ""
    return page(request, "signin.html", reason=reason, sign_in=parts_of(request).sign_in.label)


@router.post("/signout")
async def signout(request: Request, session: Annotated[Session, Depends(session_of)]) -> Response:
    """End the session."""
    await check_form(request, session)
    parts = parts_of(request)
    await written(request, session.user, Deed.SIGNED_OUT)
    await parts.sessions.end(request.cookies.get(COOKIE, ""))
    answer = await parts.sign_in.farewell(request) or RedirectResponse("/signin", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, secure=parts.secure_cookies, samesite="lax")
    return answer
