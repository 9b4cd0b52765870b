"""Which contribution money was given back, and on which entry (domain 3.1b: refunds join the same way as rows without number).

Three mechanisms say that money is gone: the row itself is marked 已退收, a reversal row was booked, a refund was paid. Departments use more
than one of them for the same money, so an entry loses the greatest of the three, not their sum.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct, field

from schemas.facts import ContribRefund, Contribution
from schemas.kinds import PayLeg

_PERSON, _EMPLOYER = 0, 1  # the sides of an amount


class Paid(Protocol):
    """What a refund needs to know of an entry in the making."""

    month: int
    end: int
    bills: set[bytes]
    person_fen: int
    employer_fen: int
    unmatched: bool

    @property
    def payer(self) -> bytes:
        """Who paid."""
        ...

    @property
    def adjusts(self) -> bool:
        """Whether it only corrects base or rate."""
        ...

    @property
    def order(self) -> tuple[int, tuple[bytes, ...]]:
        """Later payments sort later."""
        ...


class Returned(Struct):
    """What came back on one entry. Each share is (personal, employer) in fen."""

    refunded: list[tuple[int, int]] = field(default_factory=list)
    reversed: list[tuple[int, int]] = field(default_factory=list)
    refunds: list[ContribRefund] = field(default_factory=list)

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
        person, employer = (max(sum(share[side] for share in shares) for shares in (self.refunded, self.reversed)) for side in (0, 1))
        return max(person, marked[0]), max(employer, marked[1]), marked[2]


class GivenBack(Struct):
    """What came back on each entry, in their order, and the rows of which nobody knows what they gave back."""

    by_entry: list[Returned]
    homeless: list[ContribRefund | Contribution] = field(default_factory=list)


class _Back(Struct):
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


def returned_by_entry(drafts: Sequence[Paid], reversals: Sequence[Contribution], refunds: Sequence[ContribRefund]) -> GivenBack:
    """What came back on each draft, in the order of the drafts. What fits none or several is homeless (LEDGER_UNMATCHED)."""
    found = [Returned() for _ in drafts]
    given = GivenBack(found)
    if not refunds and not reversals:
        return given

    def home(back: _Back) -> int:
        """The first entry of this number in these months, payments first: numbers of one entry are one number. -1 = none."""
        return min(_billed(back, drafts), key=lambda i: (drafts[i].adjusts, i), default=-1)

    paid_back = _once([_of_refund(refund) for refund in refunds if refund.state == PayLeg.PAID], home)
    room = [[draft.person_fen, draft.employer_fen] for draft in drafts]
    for back in paid_back:
        targets = _targets(back, drafts, room)
        if not targets:
            given.homeless += back.refunds
        for index, share in _spread(back, targets, drafts, room):
            found[index].refunded.append(share)
            found[index].refunds += back.refunds
    room = [[draft.person_fen, draft.employer_fen] for draft in drafts]
    for back in _once([_of_reversal(row) for row in reversals], home):
        targets = _targets(back, drafts, room)
        if not targets:
            given.homeless += back.reversals
        for index, share in _spread(back, targets, drafts, room):
            found[index].reversed.append(share)
    return given


def _of_refund(refund: ContribRefund) -> _Back:
    return _Back(
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


def _of_reversal(row: Contribution) -> _Back:
    return _Back(
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


# two reporters of one refund


def _once(backs: list[_Back], home: Callable[[_Back], int]) -> list[_Back]:
    """Each refund once: equal document, or equal bill, months and amounts from different sources, a bill missing on one side included.

    Where reports with different numbers are one, the number that is known here stands, else that none was given.
    """
    backs = sorted(_documents(backs), key=lambda back: (home(back) < 0, bool(back.bill), back.order))
    backs = _fold(backs, lambda back, other: _may_fold(back, other) and home(back) == home(other))
    return _fold(backs, lambda back, other: _may_fold(back, other) and -1 in {home(back), home(other)})


def _documents(backs: list[_Back]) -> list[_Back]:
    """Rows of one document and month: parts within a source add up, reports of several sources are one."""
    groups: dict[tuple[object, ...], list[_Back]] = defaultdict(list)
    for back in sorted(backs, key=lambda back: back.order):
        groups[back.document, back.month, back.months, b"" if back.document else back.row].append(back)
    return [_one_of(group) for group in groups.values()]


def _one_of(group: list[_Back]) -> _Back:
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


def _same_money(back: _Back) -> tuple[object, ...]:
    return back.month, back.months, back.person_fen, back.employer_fen


def _fold(backs: list[_Back], may_fold: Callable[[_Back, _Back], bool]) -> list[_Back]:
    """Fold reports of equal months and amounts where `may_fold` agrees."""
    kept: list[_Back] = []
    groups: dict[tuple[object, ...], list[_Back]] = defaultdict(list)
    for back in backs:
        group = groups[_same_money(back)]
        twin = next((other for other in group if may_fold(back, other)), None)
        if twin is None:
            kept.append(back)
            group.append(back)
        else:
            twin.refunds, twin.reversals = twin.refunds + back.refunds, twin.reversals + back.reversals
    return kept


def _may_fold(back: _Back, other: _Back) -> bool:
    """Reported by different sources, of one payer: two refunds by one source stay two."""
    return not back.sources & other.sources and (not back.payer or not other.payer or back.payer == other.payer)


# where it belongs


def _targets(back: _Back, drafts: Sequence[Paid], room: Sequence[list[int]]) -> list[int]:
    """The drafts that an amount came back on; empty where none fits or the choice matters. `room`: personal and employer money left of each."""
    billed = _billed(back, drafts)
    if billed:
        whole = [i for i in billed if _amounts(drafts[i]) == (back.person_fen, back.employer_fen)]
        return [_latest(whole, drafts)] if whole else [i for i in billed if not drafts[i].adjusts] or billed
    if back.bill:
        return []  # it names a bill that nobody has reported: matched when that arrives
    able = [i for i, draft in enumerate(drafts) if sum(room[i]) > 0 and not draft.unmatched]
    pool = [i for i in able if _overlap(back, drafts[i]) and back.payer in {b"", drafts[i].payer}]
    whole = [i for i in pool if _amounts(drafts[i]) == (back.person_fen, back.employer_fen)]
    if whole:  # equal payments of one payer: it does not matter which of them left
        return [_latest(whole, drafts)] if len({drafts[i].payer for i in whole}) == 1 else []
    monthly = _month_by_month(back, drafts, pool)
    if monthly:
        return monthly
    apart = all(not _meet(drafts[a], drafts[b]) for a in pool for b in pool if a < b)
    return pool if apart and sum(sum(room[i]) for i in pool) >= back.person_fen + back.employer_fen else []


def _billed(back: _Back, drafts: Sequence[Paid]) -> list[int]:
    """The drafts of its number in its months."""
    return [i for i, draft in enumerate(drafts) if back.bill in draft.bills and _overlap(back, draft)]


def _latest(equal: Sequence[int], drafts: Sequence[Paid]) -> int:
    """Of equal amounts the one that left: the payment before an adjustment, the latest payment."""
    return max(equal, key=lambda i: (not drafts[i].adjusts, drafts[i].order))


def _month_by_month(back: _Back, drafts: Sequence[Paid], pool: Sequence[int]) -> list[int]:
    """For a refund of several months: of each month the latest payment that equals the month's share."""
    chosen = []
    for month in range(back.month, back.month + back.months):
        equal = [i for i in pool if (drafts[i].month, drafts[i].end) == (month, month + 1) and _is_share(drafts[i], back)]
        if not equal:
            return []
        chosen.append(max(equal, key=lambda i: drafts[i].order))
    return chosen


def _is_share(draft: Paid, back: _Back) -> bool:
    return (draft.person_fen * back.months, draft.employer_fen * back.months) == (back.person_fen, back.employer_fen)


def _amounts(draft: Paid) -> tuple[int, int]:
    return draft.person_fen, draft.employer_fen


def _overlap(back: _Back, draft: Paid) -> int:
    """Months of a draft that an amount is for; an amount without month is for all of them."""
    if not back.month:
        return draft.end - draft.month
    return max(min(back.month + back.months, draft.end) - max(back.month, draft.month), 0)


def _meet(one: Paid, two: Paid) -> bool:
    return one.month < two.end and two.month < one.end


def _spread(back: _Back, targets: Sequence[int], drafts: Sequence[Paid], room: Sequence[list[int]]) -> list[tuple[int, tuple[int, int]]]:
    """Divide an amount over drafts by months, to the fen, and take it from their room: the parts add up to the whole.

    What is more than a draft has left goes to the others in order; what none has left stays with the last.
    """
    total = sum(_overlap(back, drafts[index]) for index in targets)
    shares, before = [], 0
    for index in targets:
        after = before + _overlap(back, drafts[index])
        shares.append([_part(back.person_fen, before, after, total), _part(back.employer_fen, before, after, total)])
        before = after
    if len(targets) > 1:
        _fit(shares, [room[index] for index in targets])
    for index, share in zip(targets, shares, strict=True):
        for side in (_PERSON, _EMPLOYER):
            room[index][side] -= share[side]
    return [(index, (share[_PERSON], share[_EMPLOYER])) for index, share in zip(targets, shares, strict=True)]


def _fit(shares: list[list[int]], room: list[list[int]]) -> None:
    """Move what does not fit to where it does."""
    for side in (_PERSON, _EMPLOYER):
        over = 0
        for share, has in zip(shares, room, strict=True):
            excess = max(share[side] - max(has[side], 0), 0)
            share[side], over = share[side] - excess, over + excess
        for share, has in zip(shares, room, strict=True):
            fits = min(over, max(has[side] - share[side], 0))
            share[side], over = share[side] + fits, over - fits
        shares[-1][side] += over


def _part(amount_fen: int, before: int, after: int, total: int) -> int:
    return amount_fen * after // total - amount_fen * before // total
