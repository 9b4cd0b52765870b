"""查号: number ↔ person key. By role, with a reason, each one audited before anything is shown; many at once only with a second person's approval."""

from processors.identity.keys import KeyMaker
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from schemas.audit import Audit, AuditTextError, Deed
from schemas.look_ups import LOOK_UP_ROLES, Answer, Asker, LookUp
from schemas.roles import Role
from streams.agents.days import today
from streams.audited import entry_of_asker
from streams.settings import Settings
from streams.vault.envelopes import Envelopes
from streams.vault.reading import read_identities, read_restrictions

SHORTEST_REASON = 4


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
            self.audit(entry_of_asker(asker, Deed.LOOK_UP_REFUSED, persons=persons, reason=""))
        elif refused is not None:
            self.audit(entry_of_asker(asker, Deed.LOOK_UP_REFUSED, persons=persons))
        else:
            self.audit(entry_of_asker(asker, Deed.IDENTITY_LOOKED_UP, persons=persons, count=len(persons)))
        return refused


def judged(asker: Asker, roles: frozenset[Role]) -> Answer | None:
    """Whether role and reason will do; None if so."""
    if len(asker.reason.strip()) < SHORTEST_REASON:
        return Answer.REASON_REFUSED
    try:
        entry_of_asker(asker, Deed.IDENTITY_LOOKED_UP)
    except AuditTextError:
        return Answer.REASON_REFUSED
    return None if asker.role in roles else Answer.ROLE_REFUSED
