"""Contribution entries: one payment, several reporters (domain 3.1b). A pure function of the set of facts of one person and scheme.

Rows of one bill are one entry; tax and business may use different numbers for one bill; a row without number joins the one entry that it
equals. Nothing here depends on the order in which facts arrived: every choice among equals follows a stated sort.
"""

from collections.abc import Sequence

from msgspec import Struct, field

from processors.person.entry_refunds import GivenBack, Returned, returned_by_entry
from processors.person.entry_rows import ADJUST_KINDS, BILL_REUSE_DAYS, Draft, drafts_of, gives_back, paid_day, row_order
from processors.person.twins import without_twins
from schemas.facts import ContribRefund, Contribution
from schemas.kinds import COVERING_KINDS, YEAR_SCHEMES, PayerKind, Stage


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
    gone: frozenset[int] = frozenset()  # months of a longer payment that were given back as a whole
    unmatched: bool = False  # LEDGER_UNMATCHED: it equals several payments; it may cover, it is never counted
    facts: list[Contribution] = field(default_factory=list)
    refunds: list[ContribRefund] = field(default_factory=list)

    @property
    def net_fen(self) -> int:
        """Personal and employer money that is still there."""
        return self.person_fen + self.employer_fen

    @property
    def record(self) -> bytes:
        """The enrolment record that it was booked on; empty = unknown."""
        return next((fact.record for fact in self.facts if fact.record), b"")

    @property
    def booking(self) -> Contribution:
        """The row that books it, the latest where several do; ValueError where it is not BOOKED."""
        return max((fact for fact in self.facts if fact.stage == Stage.BOOKED), key=lambda fact: (fact.paid_on, fact.row))

    @property
    def standing(self) -> list[int]:
        """The months that it is for, those that were given back left out."""
        return [month for month in range(self.month, self.month + self.months) if month not in self.gone]

    def in_month(self, month: int) -> bool:
        """Whether the payment is, or was, for this month."""
        return self.month <= month < self.month + self.months

    def stands_in(self, month: int) -> bool:
        """Whether the payment is for this month, which was not given back."""
        return self.in_month(month) and month not in self.gone

    def share_fen(self, months: int) -> int:
        """The part of its net money for so many of the months that stand, rounded once; 0 where none does."""
        standing = self.months - len(self.gone)
        return (2 * self.net_fen * months + standing) // (2 * standing) if standing else 0


def entries_of(contributions: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> list[Entry]:
    """Group the rows of one scheme into entries, ordered by (month, place, payer, bill)."""
    if refunds or any(row.months > 1 for row in contributions):
        return sorted(_grouped(contributions, refunds), key=_entry_order)
    by_month: dict[int, list[Contribution]] = {}
    for row in contributions:
        by_month.setdefault(row.month, []).append(row)
    entries: list[Entry] = []
    for rows in by_month.values():
        lead = plain_lead(rows)
        entries += [_entry_of(lead, lead.stage, sorted(rows, key=row_order))] if lead is not None else _grouped(rows, ())
    return sorted(entries, key=_entry_order) if len(entries) > 1 else entries


def _entry_order(entry: Entry) -> tuple[object, ...]:
    return entry.month, entry.place, entry.payer, entry.bill, entry.months, entry.facts[0].row


def _grouped(contributions: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> list[Entry]:
    """The entries of any rows."""
    drafts, given = _drafted(contributions, refunds)
    return [_entry(draft, returned) for draft, returned in zip(drafts, given.by_entry, strict=True)]


def unmatched_of(contributions: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> list[ContribRefund | Contribution]:
    """LEDGER_UNMATCHED: rows that equal several payments, and money given back that fits none or several."""
    drafts, given = _drafted(contributions, refunds)
    several = [row for draft in drafts if draft.unmatched for row in draft.rows]
    return [*several, *given.homeless]


def _drafted(contributions: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> tuple[list[Draft], GivenBack]:
    """The payments in the making, and what came back on them."""
    contributions, refunds = without_twins(contributions), without_twins(refunds)
    drafts = drafts_of([row for row in contributions if not gives_back(row)])
    given_back = [row for row in contributions if gives_back(row) and row.stage >= Stage.TREASURY]
    return drafts, returned_by_entry(drafts, given_back, refunds)


def plain_lead(rows: Sequence[Contribution | ContribRefund]) -> Contribution | None:
    """The leading row of a month that most months are: one row, or one bill as tax and business report it. None = look closer."""
    lead = rows[0] if rows else None
    if type(lead) is not Contribution or not _is_plain(lead):
        return None
    if len(rows) == 1:
        return lead
    other = rows[1]
    if len(rows) > 2 or type(other) is not Contribution or not _is_plain(other):  # noqa: PLR2004 - two reporters
        return None
    if not lead.bill or lead.bill != other.bill or lead.payer != other.payer or lead.source == other.source or lead.stage == other.stage:
        return None
    if lead.kind in ADJUST_KINDS or other.kind in ADJUST_KINDS or abs(paid_day(lead) - paid_day(other)) > BILL_REUSE_DAYS:
        return None
    return lead if lead.stage > other.stage else other


def _is_plain(row: Contribution) -> bool:
    return row.months == 1 and not row.reversed and not gives_back(row)


def stands(lead: Contribution) -> tuple[bool, bool]:
    """(covers, with the person's or an employer's money) of a payment led by this row, of which nothing was given back."""
    gross_fen = lead.person_fen + lead.employer_fen
    counts = gross_fen > 0 or lead.public_fen > 0 or _counts_without_amount(lead)
    covers = counts and lead.kind in COVERING_KINDS and lead.stage >= _TREASURY
    return covers, covers and gross_fen > 0


def _entry(draft: Draft, returned: Returned) -> Entry:
    """The entry of a draft, net of what was given back."""
    stage = max(row.stage for row in (*draft.rows, *draft.extra))
    person_gone, employer_gone, public_gone = returned.amounts(draft.rows)
    entry = _entry_of(draft.lead, stage, sorted((*draft.rows, *draft.extra), key=row_order))
    entry.month, entry.months, entry.joined = draft.month, draft.end - draft.month, draft.numbered
    entry.person_fen = max(draft.person_fen - person_gone, 0)
    entry.employer_fen = max(draft.employer_fen - employer_gone, 0)
    entry.public_fen = max(draft.public_fen - public_gone, 0)
    entry.gross_fen = draft.person_fen + draft.employer_fen
    entry.refunds = returned.refunds
    if entry.months > 1 and entry.scheme not in YEAR_SCHEMES:
        lead = [row for row in draft.rows if (row.stage, row.source) == (draft.lead.stage, draft.lead.source)]
        entry.gone = returned.whole_months(lead) & frozenset(range(entry.month, entry.month + entry.months))
    if draft.public_fen and not entry.gross_fen:
        counts = entry.public_fen > 0
    elif entry.gross_fen:
        counts = entry.net_fen > 0
    else:
        counts = _counts_without_amount(draft.lead) and not any(row.reversed for row in draft.rows)
    entry.unmatched = draft.unmatched
    _stand(entry, counts=counts)
    return entry


def _counts_without_amount(row: Contribution) -> bool:
    """Months that a fund or the government pays may carry no amount."""
    return row.payer_kind in _PUBLIC_PAYERS


def _entry_of(lead: Contribution, stage: int, facts: list[Contribution]) -> Entry:
    """The entry of a leading row of which nothing was given back."""
    gross_fen = lead.person_fen + lead.employer_fen
    entry = Entry(
        scheme=lead.scheme,
        place=lead.place,
        month=lead.month,
        months=lead.months,
        payer=lead.payer,
        payer_kind=lead.payer_kind,
        bill=lead.bill,
        kind=lead.kind,
        stage=stage,
        item=lead.item,
        person_fen=lead.person_fen,
        employer_fen=lead.employer_fen,
        public_fen=lead.public_fen,
        gross_fen=gross_fen,
        counts=False,
        covers=False,
        booked=False,
        joined=bool(lead.bill),
        facts=facts,
    )
    _stand(entry, counts=gross_fen > 0 or lead.public_fen > 0 or _counts_without_amount(lead))
    return entry


def _stand(entry: Entry, *, counts: bool) -> None:
    """What an entry is good for follows from whether it counts."""
    entry.counts = counts
    entry.covers = counts and entry.kind in COVERING_KINDS and entry.stage >= _TREASURY
    entry.booked = counts and entry.stage == Stage.BOOKED and not entry.unmatched


_PUBLIC_PAYERS = frozenset({int(PayerKind.GOVERNMENT), int(PayerKind.FUND)})
_TREASURY = int(Stage.TREASURY)
