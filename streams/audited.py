"""Commands that act on persons' data or on the flow of records write what they are about to do into the audit topic, before they do it."""

from typing import Any

from schemas.audit import AuditEntry, Deed
from schemas.roles import Role
from streams.audit import KafkaAudit, account, command_writer
from streams.settings import Settings


def entry_of_command(deed: Deed, **fields: Any) -> AuditEntry:
    """An entry by the account that runs the command, as operator."""
    return AuditEntry(deed=deed, actor=account(), role=Role.OPERATOR, source="command", **fields)


def audited(settings: Settings, deed: Deed, **fields: Any) -> None:
    """Write one entry; AuditDownError where the audit topic does not take it, and then nothing else is done."""
    with KafkaAudit(settings, command_writer()) as audit:
        audit(entry_of_command(deed, **fields))
