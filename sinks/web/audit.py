"""Writing down who did what, before it is shown or done; where that fails, nothing is shown and nothing done."""

import asyncio
from collections.abc import Sequence

from fastapi import Request

from schemas.audit import AuditEntry, Deed
from schemas.roles import Role
from sinks.web.parts import parts_of
from sinks.web.rights import User

NOBODY = User("-", "", Role.SYSTEM, 0)
"""Who is written down where nobody is signed in yet."""


async def written(
    request: Request,
    user: User,
    deed: Deed,
    *,
    persons: Sequence[str] = (),
    objects: Sequence[str] = (),
    count: int = 0,
    reason: str = "",
) -> None:
    """Write one entry; AuditDownError where the audit topic does not take it. Person keys in hexadecimal."""
    entry = AuditEntry(
        deed=deed,
        actor=user.subject,
        role=user.role,
        division=user.division,
        persons=[bytes.fromhex(person) for person in dict.fromkeys(persons)],
        objects=list(objects),
        count=count,
        reason=reason,
        source=request.client.host if request.client else "",
    )
    await asyncio.wrap_future(parts_of(request).audit.submit(entry))
