"""Entries of the audit topic: who did what to whose data, when and why. The port through which every room writes them.

Basis: 个人信息保护法 art. 51, 54, 57; 网络数据安全管理条例 art. 12 (records of processing kept at least three years); 网络安全法 (network logs
kept at least six months). An entry names persons by their pseudonymous key only.
"""

import re
from concurrent.futures import Future
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from schemas.roles import Role

MOST_PERSONS = 50_000
"""Persons in one entry; whoever exports more writes several."""
LONGEST_TEXT = 500
NUMBER_LIKE = re.compile(r"(?<![0-9A-Za-z])[0-9]{15,19}[Xx]?(?![0-9A-Za-z])")
"""An identity number of 15 or 18 characters, or an account number: 15 to 19 digits that stand alone."""


class Deed(StrEnum):
    """What was done. Names are stable; a new deed is a new name."""

    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED"
    SIGNED_OUT = "SIGNED_OUT"
    PERSON_READ = "PERSON_READ"
    LIST_READ = "LIST_READ"
    READ_REFUSED = "READ_REFUSED"
    EXPORTED = "EXPORTED"
    DECIDED = "DECIDED"
    DEAD_LETTER_OPENED = "DEAD_LETTER_OPENED"
    DEAD_LETTERS_REPLAYED = "DEAD_LETTERS_REPLAYED"
    TARGET_CHANGED = "TARGET_CHANGED"
    TARGET_REPLAYED = "TARGET_REPLAYED"
    FEED_RESUMED = "FEED_RESUMED"
    POLICY_CHANGED = "POLICY_CHANGED"
    UNQUARANTINED = "UNQUARANTINED"
    IDENTITY_LOOKED_UP = "IDENTITY_LOOKED_UP"
    LOOK_UP_REFUSED = "LOOK_UP_REFUSED"
    BULK_REQUESTED = "BULK_REQUESTED"
    BULK_APPROVED = "BULK_APPROVED"
    PERSON_ERASED = "PERSON_ERASED"
    KEYS_ROTATED = "KEYS_ROTATED"
    INCIDENT_ASKED = "INCIDENT_ASKED"
    ANCHORED = "ANCHORED"


class AuditTextError(ValueError):
    """A text that must not be written: it holds something like an identity or account number, or is too long. Never shows the text."""


class AuditDownError(ConnectionError):
    """The audit topic did not take the entry: what was to be done must not be done."""


class AuditEntry(Struct, array_like=True, frozen=True, kw_only=True):
    """One deed.

    Raises:
        AuditTextError: `reason` or one of `objects` looks like it holds a number of a person.
    """

    deed: Deed
    actor: str  # account name of a person, or the name of a process
    role: Role
    division: int = 0  # of the actor; 0 = none or all
    persons: list[bytes] = []  # person keys, 17 bytes each
    objects: list[str] = []  # alert ids, feed, target, export name, batch
    count: int = 0  # rows exported, records replayed
    reason: str = ""
    source: str = ""  # address from which the actor came

    def __post_init__(self) -> None:
        """Refuse numbers and over-long texts before they are written for years."""
        for text in (self.reason, self.actor, *self.objects):
            if len(text) > LONGEST_TEXT:
                raise AuditTextError(f"audit text: at most {LONGEST_TEXT} characters, got {len(text)}")
            if NUMBER_LIKE.search(text):
                raise AuditTextError("audit text: holds what looks like an identity or account number; name a file or case instead")
        if len(self.persons) > MOST_PERSONS:
            raise AuditTextError(f"audit entry: at most {MOST_PERSONS} persons, got {len(self.persons)}")


class Audit(Protocol):
    """Where entries are written. An act on a person's data is audited *before* it is shown or done, and not done where that fails."""

    def __call__(self, entry: AuditEntry) -> None:
        """Return once the entry is in the topic; AuditDownError where it is not. Blocks for 10 to 20 ms, at most some seconds."""

    def submit(self, entry: AuditEntry) -> Future[None]:
        """The same without waiting: `await asyncio.wrap_future(audit.submit(entry))`. Entries of one moment share a transaction."""
