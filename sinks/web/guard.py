"""Who asks, and whether they may: sessions, rights and the proof that a form is the workbench's own."""

import hmac
import time
from collections.abc import Awaitable, Callable

from fastapi import Request

from schemas.audit import Deed
from sinks.web.audit import written
from sinks.web.parts import parts_of
from sinks.web.rights import Right
from sinks.web.sessions import Session

COOKIE = "canbao_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
BACKGROUND = "/live"
"""Paths below this are fetched by pages themselves: they keep no session alive."""


class NotSignedInError(Exception):
    """No session, or an ended one."""


class ForbiddenError(Exception):
    """Signed in, without the right."""


class HiddenError(Exception):
    """There is nothing here for this user: answered like something that does not exist."""


class ForgedError(Exception):
    """A change without the token of its own session."""


Needs = Callable[[Request], Awaitable[Session]]


def needs(right: Right, *, hidden: bool = False) -> Needs:
    """The dependency of a page or call: the session of a user who has the right. `hidden`: for others there is no such page."""

    async def check(request: Request) -> Session:
        session = await session_of(request)
        if not session.user.may(right):
            await written(request, session.user, Deed.READ_REFUSED, objects=[request.url.path], reason=f"role lacks {right}")
            raise HiddenError if hidden else ForbiddenError
        return session

    return check


async def session_of(request: Request) -> Session:
    """The session of a request; NotSignedInError without one."""
    token = request.cookies.get(COOKIE, "")
    touch = not request.url.path.startswith(BACKGROUND)
    session = await parts_of(request).sessions.read(token, int(time.time()), touch=touch) if token else None
    if session is None:
        raise NotSignedInError
    request.state.session = session
    return session


async def check_form(request: Request, session: Session) -> None:
    """A change must carry the session's own token, in a header or in a field of its form."""
    sent = request.headers.get(CSRF_HEADER, "")
    if not sent and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = await request.form()
        sent = str(form.get(CSRF_FIELD, ""))
    if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise ForgedError
