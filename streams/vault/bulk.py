"""Many identities at once (to notify after a leak, 个人信息保护法 art. 57): asked by one person, approved by another within a week, run once, within a day.

Request, approval and run are audit records, so nobody can approve what was not asked, and the chain proves both.
"""

import hashlib
import time
from collections import defaultdict

from processors.audit_chain import ChainCheck
from schemas.audit import AuditEntry, Deed
from schemas.audit_record import AuditRecord
from schemas.look_ups import APPROVER_ROLES, LOOK_UP_ROLES, Answer, Asker, BulkAnswer, BulkAsked, BulkPending
from streams.audit_reading import check_topic, read_audit
from streams.audited import entry_of_asker
from streams.settings import Settings
from streams.vault.lookup import Vault, judged
from streams.vault.reading import read_identities, read_restrictions

VALID_MS = 86_400_000
"""From the approval to the run."""
ASKED_VALID_MS = 7 * VALID_MS
"""From the request to the approval."""
DEEDS = frozenset({Deed.BULK_REQUESTED, Deed.BULK_APPROVED, Deed.IDENTITY_LOOKED_UP})


def ask(vault: Vault, asker: Asker, persons: set[bytes]) -> BulkAnswer:
    """Ask for a bulk look-up; its name goes to whoever approves."""
    refused = judged(asker, LOOK_UP_ROLES)
    if refused is not None:
        return _refused(vault, asker, refused, "")
    ordered = sorted(persons)
    request = (
        "b" + hashlib.sha256(b"".join(ordered) + f"{asker.actor}|{asker.reason}|{time.time_ns()}".encode()).hexdigest()[:15]
    )  # with a letter: sixteen digits would look like an account number
    vault.audit(entry_of_asker(asker, Deed.BULK_REQUESTED, persons=ordered, count=len(ordered), objects=[request]))
    return BulkAnswer(Answer.FOUND, request)


def asked_for(vault: Vault, request: str) -> BulkAsked | None:
    """What was asked under this name, for whoever is to approve it; None where nothing was, or the audit topic is broken."""
    found = _records(vault.settings, request).get(Deed.BULK_REQUESTED)
    return BulkAsked(found.entry.actor, found.entry.reason, found.entry.count, found.at_ms) if found else None


def pending(settings: Settings) -> list[BulkPending]:
    """Requests that can still be approved or run, newest first. The chains are checked when one is approved or run, not here."""
    now_ms = time.time_ns() // 1_000_000
    found = defaultdict[str, dict[Deed, AuditRecord]](dict)
    since_ms = now_ms - ASKED_VALID_MS - VALID_MS
    for kept in read_audit(settings, lambda one: one.entry.deed in DEEDS and len(one.entry.objects) == 1, _untold, since_ms):
        found[kept.record.entry.objects[0]][kept.record.entry.deed] = kept.record
    waiting = [_pending(name, records) for name, records in found.items() if Deed.IDENTITY_LOOKED_UP not in records]
    return sorted((one for one in waiting if one and one.until_ms > now_ms), key=lambda one: -one.at_ms)


def _pending(name: str, records: dict[Deed, AuditRecord]) -> BulkPending | None:
    asked, approved = records.get(Deed.BULK_REQUESTED), records.get(Deed.BULK_APPROVED)
    if asked is None:
        return None
    told, until = asked.entry, approved.at_ms + VALID_MS if approved else asked.at_ms + ASKED_VALID_MS
    return BulkPending(name, told.actor, told.division, told.reason, told.count, asked.at_ms, until, approved is not None)


def approve(vault: Vault, asker: Asker, request: str) -> BulkAnswer:
    """Approve what somebody else asked."""
    refused = judged(asker, APPROVER_ROLES)
    asked = _records(vault.settings, request).get(Deed.BULK_REQUESTED)
    if refused is None and (asked is None or asked.entry.actor == asker.actor or _past(asked.at_ms, ASKED_VALID_MS)):
        refused = Answer.NOT_APPROVED
    if refused is not None:
        return _refused(vault, asker, refused, request)
    vault.audit(entry_of_asker(asker, Deed.BULK_APPROVED, objects=[request]))
    return BulkAnswer(Answer.FOUND, request)


def run(vault: Vault, asker: Asker, request: str) -> BulkAnswer:
    """The identities of an approved request: by the account that asked, once, within a day of the approval, the audit topic being whole."""
    refused = judged(asker, LOOK_UP_ROLES)
    records = _records(vault.settings, request)
    asked, approved = records.get(Deed.BULK_REQUESTED), records.get(Deed.BULK_APPROVED)
    if refused is None and (asked is None or not _approved(asker, asked, approved) or Deed.IDENTITY_LOOKED_UP in records):
        refused = Answer.NOT_APPROVED
    if refused is not None or asked is None:
        return _refused(vault, asker, refused or Answer.NOT_APPROVED, request)
    restricted = read_restrictions(vault.settings)
    persons = [person for person in asked.entry.persons if person not in restricted]
    vault.audit(entry_of_asker(asker, Deed.IDENTITY_LOOKED_UP, persons=persons, count=len(persons), objects=[request]))
    return BulkAnswer(Answer.FOUND, request, read_identities(vault.settings, vault.envelopes, persons))


def _refused(vault: Vault, asker: Asker, answer: Answer, request: str) -> BulkAnswer:
    vault.audit(entry_of_asker(asker, Deed.LOOK_UP_REFUSED, objects=[request] if request else [], reason=""))
    return BulkAnswer(answer, request)


def _approved(asker: Asker, asked: AuditRecord, approved: AuditRecord | None) -> bool:
    if approved is None or asked.entry.actor != asker.actor:
        return False
    return not _past(approved.at_ms, VALID_MS) and approved.entry.actor != asked.entry.actor and approved.entry.role in APPROVER_ROLES


def _past(at_ms: int, valid_ms: int) -> bool:
    return time.time_ns() // 1_000_000 - at_ms > valid_ms


def _untold(_done: int, _total: int) -> None:
    """No progress is shown."""


def _records(settings: Settings, request: str) -> dict[Deed, AuditRecord]:
    """The records about a request; none at all where the topic's chains are broken."""
    check: ChainCheck = check_topic(settings, {}, _untold)
    if check.findings:
        return {}

    def about(record: AuditRecord) -> bool:
        one: AuditEntry = record.entry
        return one.deed in DEEDS and one.objects == [request]

    return {kept.record.entry.deed: kept.record for kept in read_audit(settings, about, _untold)}
