"""查号: number ↔ person key. By role, with a reason, each one audited before anything is shown; many at once only with a second person's approval."""

from enum import StrEnum

from msgspec import Struct

from processors.identity.keys import KeyMaker
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from schemas.audit import Audit, AuditEntry, AuditTextError, Deed
from schemas.roles import Role
from streams.agents.days import today
from streams.settings import Settings
from streams.vault.envelopes import Envelopes, Identity
from streams.vault.reading import read_identities, read_restrictions

LOOK_UP_ROLES = frozenset({Role.STEWARD, Role.SUPERVISOR})
APPROVER_ROLES = frozenset({Role.SUPERVISOR, Role.AUDITOR})
SHORTEST_REASON = 4


class Asker(Struct, frozen=True, kw_only=True):
    """Who asks, and why. `source`: address from which the request came, or `command`."""

    actor: str
    role: Role
    division: int = 0
    source: str = ""
    reason: str


class Answer(StrEnum):
    """What became of a look-up."""

    FOUND = "FOUND"
    UNKNOWN = "UNKNOWN"  # no such person, or nothing rests in the vault
    RESTRICTED = "RESTRICTED"  # 个人信息保护法 art. 47
    NOT_A_NUMBER = "NOT_A_NUMBER"
    ROLE_REFUSED = "ROLE_REFUSED"
    REASON_REFUSED = "REASON_REFUSED"  # missing, too short, or it holds a number
    NOT_APPROVED = "NOT_APPROVED"


class LookUp(Struct, frozen=True):
    """The answer; `identity` is personal data and leaves through no log."""

    answer: Answer
    person: bytes = b""
    identity: Identity | None = None

    def __repr__(self) -> str:
        """The answer only."""
        return f"LookUp({self.answer})"


class Vault:
    """Look-ups of one process. Calls block (Kafka is read): from a page, `await asyncio.to_thread(vault.behind, ...)`.

    Raises, from every call:
        AuditDownError: it could not be audited, so nothing was read.
    """

    def __init__(self, settings: Settings, audit: Audit, envelopes: Envelopes, keys: KeyMaker) -> None:
        self.settings, self.audit, self.envelopes, self._keys = settings, audit, envelopes, keys

    def behind(self, asker: Asker, person: bytes) -> LookUp:
        """Number and name behind a person key."""
        refused = self._audited(asker, [person])
        if refused is not None:
            return LookUp(refused)
        if person in read_restrictions(self.settings):
            return LookUp(Answer.RESTRICTED, person)
        found = read_identities(self.settings, self.envelopes, [person]).get(person)
        return LookUp(Answer.FOUND if found else Answer.UNKNOWN, person, found)

    def key_of(self, asker: Asker, number: str, now_ms: int) -> LookUp:
        """The person key of a number as a document shows it. UNKNOWN keys are answered too: whether the person is known shows in the pages."""
        identifier = recognise(number, Document.NUMBER, "", today(now_ms))
        if not isinstance(identifier, Identifier):
            return LookUp(Answer.NOT_A_NUMBER)
        person = self._keys.person_key(identifier)
        refused = self._audited(asker, [person])
        if refused is not None:
            return LookUp(refused)
        restricted = person in read_restrictions(self.settings)
        return LookUp(Answer.RESTRICTED if restricted else Answer.FOUND, person)

    def _audited(self, asker: Asker, persons: list[bytes]) -> Answer | None:
        """Why it is refused, or None once the look-up stands in the audit topic."""
        refused = judged(asker, LOOK_UP_ROLES)
        if refused is Answer.REASON_REFUSED:
            self.audit(entry(asker, Deed.LOOK_UP_REFUSED, persons=persons, reason=""))
        elif refused is not None:
            self.audit(entry(asker, Deed.LOOK_UP_REFUSED, persons=persons))
        else:
            self.audit(entry(asker, Deed.IDENTITY_LOOKED_UP, persons=persons, count=len(persons)))
        return refused


def judged(asker: Asker, roles: frozenset[Role]) -> Answer | None:
    """Whether role and reason will do; None if so."""
    if len(asker.reason.strip()) < SHORTEST_REASON:
        return Answer.REASON_REFUSED
    try:
        entry(asker, Deed.IDENTITY_LOOKED_UP)
    except AuditTextError:
        return Answer.REASON_REFUSED
    return None if asker.role in roles else Answer.ROLE_REFUSED


def entry(
    asker: Asker, deed: Deed, persons: list[bytes] | None = None, count: int = 0, reason: str | None = None, **more: list[str]
) -> AuditEntry:
    """The audit entry of what somebody asked."""
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
