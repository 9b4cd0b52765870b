"""Questions to the identity vault and their answers (查号: number ↔ person key), as they pass between the rooms. A page asks; `streams.vault` answers."""

from enum import StrEnum

from msgspec import Struct

from schemas.roles import Role

LOOK_UP_ROLES = frozenset({Role.STEWARD, Role.SUPERVISOR})
APPROVER_ROLES = frozenset({Role.SUPERVISOR, Role.AUDITOR})


class Identity(Struct, array_like=True, frozen=True):
    """Personal data: kind of document, issuing country (ISO alpha-3), number, name."""

    kind: str
    country: str
    number: str
    name: str

    def __repr__(self) -> str:
        """Nothing of it: a representation ends up in logs."""
        return "Identity()"


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


class BulkAsked(Struct, frozen=True):
    """What an approver decides about: who asked, why, for how many persons, when (epoch milliseconds)."""

    actor: str
    reason: str
    count: int
    at_ms: int


class BulkPending(Struct, frozen=True):
    """A bulk request that is not run yet: to be approved until `until_ms`, or, once approved, to be run until then."""

    request: str
    actor: str
    division: int
    reason: str
    count: int
    at_ms: int
    until_ms: int
    approved: bool


class BulkAnswer(Struct, frozen=True):
    """`request` names the look-up; `identities` is personal data."""

    answer: Answer
    request: str = ""
    identities: dict[bytes, Identity] = {}

    def __repr__(self) -> str:
        """The answer and how many."""
        return f"BulkAnswer({self.answer}, {len(self.identities)})"


class VaultDownError(ConnectionError):
    """The vault's topics or its keys could not be read: nothing is shown. Never shows a value."""
