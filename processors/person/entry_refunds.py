"""Which contribution money was given back, and on which entry (domain 3.1b: refunds join the same way as rows without number).

Three mechanisms say that money is gone: the row itself is marked 已退收, a reversal row was booked, a refund was paid. Departments use more
than one of them for the same money, so an entry loses the greatest of the three, not their sum.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct, field

from processors.person.refund_homes import Paid, billed, homes_of, spread
from processors.person.refund_reports import Back, of_refund, of_reversal, reported_once
from schemas.facts import ContribRefund, Contribution
from schemas.kinds import PayLeg

MONTHS_TOLERANCE_FEN = 10  # a refund that differs by more from what its months cost was not of these months (domain R08)


class Part(Struct, frozen=True):
    """What one amount given back took off one entry, in fen, and the months that it states; month 0 = none."""

    month: int
    months: int
    person_fen: int
    employer_fen: int


class Returned(Struct):
    """What came back on one entry."""

    refunded: list[Part] = field(default_factory=list)
    reversed: list[Part] = field(default_factory=list)
    refunds: list[ContribRefund] = field(default_factory=list)

    def whole_months(self, rows: Sequence[Contribution]) -> frozenset[int]:
        """The months of a longer bill that were given back as a whole: what came back for the months stated is what was paid for them.

        `rows` are those of the reporter that speaks for the bill. Any other amount leaves all months partly paid (decision 0012).
        """
        gone: set[int] = set()
        for parts in (self.refunded, self.reversed):
            back: dict[tuple[int, int], int] = defaultdict(int)
            for part in parts:
                back[part.month, part.months] += part.person_fen + part.employer_fen
            for (month, months), back_fen in back.items():
                stated = range(month, month + months) if month else range(0)
                paid = [Fraction(row.person_fen + row.employer_fen, row.months) * _common(row, stated) for row in rows]
                if abs(sum(paid, Fraction(0)) - back_fen) <= MONTHS_TOLERANCE_FEN:
                    gone.update(stated)
        return frozenset(gone)

    def amounts(self, rows: Sequence[Contribution]) -> tuple[int, int, int]:
        """Personal, employer and public money gone, over the three mechanisms."""
        marked = [0, 0, 0]
        if not self.refunded and not self.reversed and not any(row.reversed for row in rows):
            return 0, 0, 0
        for source in {row.source for row in rows if row.reversed}:
            mine = [row for row in rows if row.reversed and row.source == source]
            top = max(row.stage for row in mine)
            for index, name in enumerate(("person_fen", "employer_fen", "public_fen")):
                marked[index] = max(marked[index], sum(getattr(row, name) for row in mine if row.stage == top))
        person = max(sum(part.person_fen for part in parts) for parts in (self.refunded, self.reversed))
        employer = max(sum(part.employer_fen for part in parts) for parts in (self.refunded, self.reversed))
        return max(person, marked[0]), max(employer, marked[1]), marked[2]


class GivenBack(Struct):
    """What came back on each entry, in their order, and the rows of which nobody knows what they gave back."""

    by_entry: list[Returned]
    homeless: list[ContribRefund | Contribution] = field(default_factory=list)


def returned_by_entry(drafts: Sequence[Paid], reversals: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> GivenBack:
    """What came back on each draft, in the order of the drafts. What fits none or several is homeless (LEDGER_UNMATCHED)."""
    found = [Returned() for _ in drafts]
    given = GivenBack(found)
    if not refunds and not reversals:
        return given

    def home(back: Back) -> int:
        """The first entry of this number in these months, payments first: numbers of one entry are one number. -1 = none."""
        return min(billed(back, drafts), key=lambda i: (drafts[i].adjusts, i), default=-1)

    paid_back = reported_once([of_refund(refund) for refund in refunds if refund.state == PayLeg.PAID], home)
    room = [[draft.person_fen, draft.employer_fen] for draft in drafts]
    for back in paid_back:
        homes = homes_of(back, drafts, room)
        if not homes:
            given.homeless += back.refunds
        for index, share in spread(back, homes, drafts, room):
            found[index].refunded.append(Part(back.month, back.months, *share))
            found[index].refunds += back.refunds
    room = [[draft.person_fen, draft.employer_fen] for draft in drafts]
    for back in reported_once([of_reversal(row) for row in reversals], home):
        homes = homes_of(back, drafts, room)
        if not homes:
            given.homeless += back.reversals
        for index, share in spread(back, homes, drafts, room):
            found[index].reversed.append(Part(back.month, back.months, *share))
    return given


def _common(row: Contribution, stated: range) -> int:
    """How many of the months stated a row is for."""
    return max(min(row.month + row.months, stated.stop) - max(row.month, stated.start), 0)
