"""Where an amount given back belongs: the entries it came back on, and how much of it on each (domain 3.1b)."""

from collections.abc import Sequence
from typing import Protocol

from processors.person.refund_reports import Back

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


def homes_of(back: Back, drafts: Sequence[Paid], room: Sequence[list[int]]) -> list[int]:
    """The drafts that an amount came back on; empty where none fits or the choice matters. `room`: personal and employer money left of each."""
    named = billed(back, drafts)
    if named:
        whole = [i for i in named if _amounts(drafts[i]) == (back.person_fen, back.employer_fen)]
        return [_latest(whole, drafts)] if whole else [i for i in named if not drafts[i].adjusts] or named
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


def billed(back: Back, drafts: Sequence[Paid]) -> list[int]:
    """The drafts of its number in its months."""
    return [i for i, draft in enumerate(drafts) if back.bill in draft.bills and _overlap(back, draft)]


def _latest(equal: Sequence[int], drafts: Sequence[Paid]) -> int:
    """Of equal amounts the one that left: the payment before an adjustment, the latest payment."""
    return max(equal, key=lambda i: (not drafts[i].adjusts, drafts[i].order))


def _month_by_month(back: Back, drafts: Sequence[Paid], pool: Sequence[int]) -> list[int]:
    """For a refund of several months: of each month the latest payment that equals the month's share."""
    chosen = []
    for month in range(back.month, back.month + back.months):
        equal = [i for i in pool if (drafts[i].month, drafts[i].end) == (month, month + 1) and _is_share(drafts[i], back)]
        if not equal:
            return []
        chosen.append(max(equal, key=lambda i: drafts[i].order))
    return chosen


def _is_share(draft: Paid, back: Back) -> bool:
    return (draft.person_fen * back.months, draft.employer_fen * back.months) == (back.person_fen, back.employer_fen)


def _amounts(draft: Paid) -> tuple[int, int]:
    return draft.person_fen, draft.employer_fen


def _overlap(back: Back, draft: Paid) -> int:
    """Months of a draft that an amount is for; an amount without month is for all of them."""
    if not back.month:
        return draft.end - draft.month
    return max(min(back.month + back.months, draft.end) - max(back.month, draft.month), 0)


def _meet(one: Paid, two: Paid) -> bool:
    return one.month < two.end and two.month < one.end


def spread(back: Back, homes: Sequence[int], drafts: Sequence[Paid], room: Sequence[list[int]]) -> list[tuple[int, tuple[int, int]]]:
    """Divide an amount over drafts by months, to the fen, and take it from their room: the parts add up to the whole.

    What is more than a draft has left goes to the others in order; what none has left stays with the last.
    """
    total = sum(_overlap(back, drafts[index]) for index in homes)
    shares, before = [], 0
    for index in homes:
        after = before + _overlap(back, drafts[index])
        shares.append([_part(back.person_fen, before, after, total), _part(back.employer_fen, before, after, total)])
        before = after
    if len(homes) > 1:
        _fit(shares, [room[index] for index in homes])
    for index, share in zip(homes, shares, strict=True):
        for side in (_PERSON, _EMPLOYER):
            room[index][side] -= share[side]
    return [(index, (share[_PERSON], share[_EMPLOYER])) for index, share in zip(homes, shares, strict=True)]


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
