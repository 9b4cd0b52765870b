"""Reports of contribution money given back: one refund reported twice is one (domain 3.1b)."""

from collections import defaultdict
from collections.abc import Callable

from msgspec import Struct, field

from schemas.facts import ContribRefund, Contribution


class Back(Struct):
    """One amount given back, by whichever mechanism."""

    source: int
    month: int  # 0 = not stated
    months: int
    payer: bytes
    bill: bytes
    document: bytes
    person_fen: int
    employer_fen: int
    row: bytes
    posted_on: int
    refunds: list[ContribRefund] = field(default_factory=list)
    reversals: list[Contribution] = field(default_factory=list)

    @property
    def order(self) -> tuple[object, ...]:
        """Reports of one amount sort the same way whatever came first."""
        return self.month, self.months, self.posted_on, self.source, self.row

    @property
    def sources(self) -> set[int]:
        """Who reports it."""
        return {refund.source for refund in self.refunds} or {self.source}


def of_refund(refund: ContribRefund) -> Back:
    """What a refund that was paid gave back."""
    return Back(
        source=refund.source,
        month=refund.month,
        months=max(refund.months, 1),
        payer=refund.payer,
        bill=refund.bill,
        document=refund.refund,
        person_fen=refund.person_fen,
        employer_fen=refund.employer_fen,
        row=refund.row,
        posted_on=refund.posted_on,
        refunds=[refund],
    )


def of_reversal(row: Contribution) -> Back:
    """What a reversal row took back: its amounts are negative where the source books them so."""
    return Back(
        source=row.source,
        month=row.month,
        months=row.months,
        payer=row.payer,
        bill=row.bill,
        document=b"",
        person_fen=abs(row.person_fen),
        employer_fen=abs(row.employer_fen),
        row=row.row,
        posted_on=row.paid_on,
        reversals=[row],
    )


def reported_once(backs: list[Back], home: Callable[[Back], int]) -> list[Back]:
    """Each refund once: equal document, or equal bill, months and amounts from different sources, a bill missing on one side included.

    Where reports with different numbers are one, the number that is known here stands, else that none was given.
    """
    backs = sorted(_documents(backs), key=lambda back: (home(back) < 0, bool(back.bill), back.order))
    backs = _fold(backs, lambda back, other: _may_fold(back, other) and home(back) == home(other))
    return _fold(backs, lambda back, other: _may_fold(back, other) and -1 in {home(back), home(other)})


def _documents(backs: list[Back]) -> list[Back]:
    """Rows of one document and month: parts within a source add up, reports of several sources are one."""
    groups: dict[tuple[object, ...], list[Back]] = defaultdict(list)
    for back in sorted(backs, key=lambda back: back.order):
        groups[back.document, back.month, back.months, b"" if back.document else back.row].append(back)
    return [_one_of(group) for group in groups.values()]


def _one_of(group: list[Back]) -> Back:
    if len(group) == 1:
        return group[0]
    sums: dict[int, tuple[int, int]] = {}
    for back in group:
        person, employer = sums.get(back.source, (0, 0))
        sums[back.source] = person + back.person_fen, employer + back.employer_fen
    first = group[0]
    first.person_fen, first.employer_fen = max(sums.values(), key=lambda share: (sum(share), share))
    for back in group[1:]:
        first.refunds, first.reversals = first.refunds + back.refunds, first.reversals + back.reversals
        first.bill, first.payer = first.bill or back.bill, first.payer or back.payer
    return first


def _same_money(back: Back) -> tuple[object, ...]:
    return back.month, back.months, back.person_fen, back.employer_fen


def _fold(backs: list[Back], may_fold: Callable[[Back, Back], bool]) -> list[Back]:
    """Fold reports of equal months and amounts where `may_fold` agrees."""
    kept: list[Back] = []
    groups: dict[tuple[object, ...], list[Back]] = defaultdict(list)
    for back in backs:
        group = groups[_same_money(back)]
        twin = next((other for other in group if may_fold(back, other)), None)
        if twin is None:
            kept.append(back)
            group.append(back)
        else:
            twin.refunds, twin.reversals = twin.refunds + back.refunds, twin.reversals + back.reversals
    return kept


def _may_fold(back: Back, other: Back) -> bool:
    """Reported by different sources, of one payer: two refunds by one source stay two."""
    return not back.sources & other.sources and (not back.payer or not other.payer or back.payer == other.payer)
