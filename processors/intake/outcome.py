"""What intake makes of one record."""

from enum import StrEnum

from msgspec import Struct

from schemas.errors import Code
from schemas.events import Facts


class SkipReason(StrEnum):
    """Why a record changes nothing; each is counted."""

    TOMBSTONE = "tombstone"
    HEARTBEAT = "heartbeat"
    TRANSACTION_MARK = "transaction_mark"
    NO_FACTS = "no_facts"
    STALE = "stale"
    DUPLICATE = "duplicate"
    DELETE_OF_UNKNOWN_ROW = "delete_of_unknown_row"


class IdentitySeen(Struct, frozen=True, gc=False):
    """Whom a record is about. Personal data: it leaves intake sealed, in `canbao.identities`, or not at all."""

    person: bytes
    kind: str
    country: str
    number: str
    name: str

    def __repr__(self) -> str:
        """The key only: a representation ends up in logs."""
        return f"IdentitySeen(person={self.person.hex()})"


class Deletion(Struct, array_like=True, gc=False):
    """A deleted row, remembered until its transaction is over: an insert of the same natural key in it makes both a correction."""

    transaction: int
    natural: bytes
    facts: Facts


class Accepted(Struct, gc=False):
    """The record states something.

    Attributes:
        messages: one per (person, record): a row whose subject changed gives two, withdrawn at the old person first.
        identity: whom the row is about now; None when only a withdrawal is left.
        notes: raw codes that no code map knows, as "field=code"; the event is kept with UNKNOWN.
        remember: (source row, its newest statement or None) for feeds without before-images.
        deletion: a deleted row to remember for the rest of its transaction.
    """

    messages: list[Facts]
    identity: IdentitySeen | None
    notes: list[str]
    remember: list[tuple[bytes, Facts | None]]
    deletion: Deletion | None = None


class Marker(Struct, frozen=True, gc=False):
    """A completeness marker: a division's rows recorded through `through` (a day, inclusive; 0 = a watermark only) stand before it.

    `xmin`, `xmax`: the database snapshot of its writing; both 0 for feeds that are no database.
    """

    division: int
    through: int
    xmin: int
    xmax: int


class Skipped(Struct, frozen=True, gc=False):
    """The record changes nothing."""

    reason: SkipReason


class Rejected(Struct, frozen=True, gc=False):
    """The record cannot be used; it goes to the dead letters. `brakes`: the feed must stop at once."""

    code: Code
    field: str = ""
    value_class: str = ""
    allowed: str = ""
    brakes: bool = False


Outcome = Accepted | Marker | Skipped | Rejected
