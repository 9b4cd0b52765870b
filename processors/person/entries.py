"""Contribution entries: one payment, several reporters (domain 3.1b). A pure function of the set of facts of one person and scheme."""

from collections.abc import Sequence

from msgspec import Struct, field

from schemas.facts import ContribRefund, Contribution


class Entry(Struct, kw_only=True):
    """One payment for one month or span, over all departments that report it. Amounts are net of its refunds, in fen."""

    scheme: int
    place: int
    month: int
    months: int
    payer: bytes
    payer_kind: int
    bill: bytes
    kind: int  # ContribKind
    stage: int  # highest Stage among the rows
    item: int
    person_fen: int
    employer_fen: int
    public_fen: int
    gross_fen: int  # personal + employer before refunds
    counts: bool  # net personal + employer amount > 0, or public money, and not reversed
    covers: bool  # counts, of a covering kind, and TREASURY or BOOKED
    booked: bool  # counts and BOOKED
    joined: bool  # False = NO_BILL: a row without number that no other row matches
    facts: list[Contribution] = field(default_factory=list)
    refunds: list[ContribRefund] = field(default_factory=list)

    @property
    def net_fen(self) -> int:
        """Personal and employer money that is still there."""
        return self.person_fen + self.employer_fen

    def in_month(self, month: int) -> bool:
        """Whether the payment is for this month."""
        return self.month <= month < self.month + self.months


def entries_of(contributions: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> list[Entry]:
    """Group the rows of one scheme into entries, ordered by (month, place, payer, bill)."""
    raise NotImplementedError
