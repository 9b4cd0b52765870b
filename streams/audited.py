"""Whoever acts on persons' data or on the flow of records has it written into the audit topic before it is done: the entries, and a command's own."""

from typing import Any

from schemas.audit import AuditEntry, Deed
from schemas.look_ups import Asker
from schemas.roles import Role
from streams.audit import KafkaAudit, account, command_writer
from streams.settings import Settings


def entry_of_command(deed: Deed, **fields: Any) -> AuditEntry:
    """An entry by the account that runs the command, as operator."""
    return AuditEntry(deed=deed, actor=account(), role=Role.OPERATOR, source="command", **fields)


def entry_of_asker(
    asker: Asker, deed: Deed, persons: list[bytes] | None = None, count: int = 0, reason: str | None = None, **more: list[str]
) -> AuditEntry:
    """An entry of what somebody asked of a service that acts for a page or a command."""
    return AuditEntry(
        deed=deed,
        actor=asker.actor,
        role=asker.role,
        division=asker.division,
        source=asker.source,
        reason=asker.reason if reason is None else reason,
        persons=persons or [],
        count=count,
        **more,
    )


def audited(settings: Settings, deed: Deed, **fields: Any) -> None:
    """Write one entry; AuditDownError where the audit topic does not take it, and then nothing else is done."""
    with KafkaAudit(settings, command_writer()) as audit:
        audit(entry_of_command(deed, **fields))
