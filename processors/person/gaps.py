"""Gaps in the cover of one family: which months are missing, since when, judged how far (domain R11).

A month is missing when its settle day has passed, by tick and by the horizon of every feed that could still bring it. Months of an exempt
spell are looked through: they are neither covered nor missing.
"""

from functools import lru_cache

from msgspec import Struct

from processors.person.cover import paid_bits, unpaid_bits, whole_years
from processors.person.excuses import excuse_of, last_before_retirement
from processors.person.exemptions import Spell
from processors.person.families import MEDICAL, Family, complete_through
from processors.person.payers import Basis, Payer, basis_of, payer_of
from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.model import CALENDAR, Moment, Numbers, Wake
from schemas.dates import MONTH_ZERO, bits_of, day, day_in_month, first_day, month_of_day, months_of
from schemas.kinds import YEAR_SCHEMES

_YEAR = 12
AHEAD_DAYS = 400


class Gap(Struct, kw_only=True):
    """Months without cover after a covered one. `months` are those judged so far; empty where none is yet."""

    first: int
    months: list[int]
    last: int  # its last month by calendar, judged or not
    prior: int  # last covered month before it
    until: int  # next covered month; 0 = still open
    payer: Payer
    basis: Basis
    judged_on: int  # settle day after which its first month is judged
    excuse: str  # why it is no lapse, as the word of a closing; empty = a lapse


class Cover(Struct):
    """The cover of one family as bitsets: covered months, and months of exempt spells."""

    covered: int
    exempt: int


def settle_day(month: int, now: Moment, division: int) -> int:
    """The day through which a month's contributions may still come: `contrib.settle_day`, as it held in that month, of the month after it."""
    return _settle_day(now.policy, month, division)  # type: ignore[arg-type]  # a policy is hashed by identity


def settled_month(through: int, now: Moment, division: int) -> int:
    """The last month whose settle day is not after `through`."""
    return _last_settled(now.policy, through, division)


@lru_cache(maxsize=4096)
def _settle_day(policy: Numbers, month: int, division: int) -> int:
    """Asked for every event, so remembered by month and division."""
    return day_in_month(month + 1, policy.days("contrib.settle_day", first_day(month), division))


def _last_settled(policy: Numbers, through: int, division: int) -> int:
    month = month_of_day(through) - 1
    return month if _settle_day(policy, month, division) <= through else month - 1  # type: ignore[arg-type]  # a policy is hashed by identity


class _Recent(Struct, frozen=True):
    """Which months matter on a day in a division."""

    judged: int  # the last month whose settle day is over
    cut: int  # bit of the January from which bitsets are looked at
    start: int  # bit, from `cut` on, of the month before which gaps have aged (`lapse.bounded_months`)


@lru_cache(maxsize=1024)
def _recent(policy: Numbers, as_of: int, division: int) -> _Recent:
    judged = _last_settled(policy, as_of - 1, division)
    recent = judged - policy.days("lapse.bounded_months", as_of, division) - MONTH_ZERO
    cut = recent // _YEAR * _YEAR
    return _Recent(judged, cut, recent - cut)


def open_by_calendar(person: Person, family: Family, now: Moment, division: int) -> Wake | None:
    """When the next month may be missing, where none is and none has to be looked at; None = look closer. Reads the head only.

    Only the months since `lapse.bounded_months` ago are looked at: where that month is paid, gaps before it have aged.
    """
    recent = _recent(now.policy, now.as_of, division)  # type: ignore[arg-type]  # a policy is hashed by identity
    paid, earlier = _recent_bits(person, family, recent.cut)
    start = recent.start
    if not paid >> start & 1:
        if earlier or not paid:
            return None
        start = (paid & -paid).bit_length() - 1
    ones = ~(paid >> start)
    unbroken = start + (ones & -ones).bit_length() - 2 + recent.cut + MONTH_ZERO
    if unbroken < recent.judged + _ends_year(person, family, recent.judged):
        return None
    if _ends_year(person, family, unbroken):
        return next_settle_wake(person, family, unbroken, now, division)
    return Wake(CALENDAR, settle_day(unbroken + 1, now, division) + 1)


def _recent_bits(person: Person, family: Family, cut: int) -> tuple[int, int]:
    """Paid months from bit `cut`, a January, on, and those before it."""
    paid = earlier = 0
    for line in person.head.schemes:
        if line.scheme in family.schemes:
            cover = bits_of(line.cover)
            recent = cover >> cut
            earlier |= cover ^ recent << cut
            paid |= whole_years(recent) if line.scheme in YEAR_SCHEMES else recent
    return paid, earlier


def next_settle_wake(person: Person, family: Family, covered_to: int, now: Moment, division: int) -> Wake:
    """When the month after a covered one may first be missing."""
    if _ends_year(person, family, covered_to):
        early = settle_day(covered_to, now, division) + 1
        if early > now.as_of:
            return Wake(CALENDAR, early)
    return Wake(CALENDAR, settle_day(covered_to + 1, now, division) + 1)


def cover_of(person: Person, family: Family, spells: list[Spell], now: Moment) -> Cover:
    """The cover of a family up to `AHEAD_DAYS` from now, all routes."""
    until, exempt = now.as_of + AHEAD_DAYS, 0
    for spell in spells:
        exempt |= spell.month_bits(until)
    return Cover(paid_bits(person, family) | unpaid_bits(person, family, until), exempt)


def covered_until(cover: Cover, now: Moment) -> int:
    """The last month of cover or exemption where none is missing now and it ends within `AHEAD_DAYS`; 0 otherwise."""
    last = (cover.covered | cover.exempt).bit_length() - 1 + MONTH_ZERO
    return last if month_of_day(now.as_of) <= last < month_of_day(now.as_of + AHEAD_DAYS) else 0


def gaps_of(person: Person, family: Family, cover: Cover, now: Moment) -> list[Gap]:
    """The gaps by first month, excused ones included; those before a long time of cover are no longer of use to anyone and left out."""
    gaps: list[Gap] = []
    for months in _runs(cover, now):
        until = _next_covered_after(cover, months[-1])
        gap = None if until and has_aged(until, now) else _gap(person, family, cover, months, until, now)
        if gap is None:
            continue
        same_year = gaps and gaps[-1].basis is gap.basis is Basis.OWN_YEAR and gaps[-1].first // _YEAR == gap.first // _YEAR
        if same_year and not gaps[-1].excuse and not gap.excuse:
            gaps[-1].months += gap.months
            gaps[-1].last, gaps[-1].until = gap.last, gap.until
        else:
            gaps.append(gap)
    return gaps


def has_aged(until: int, now: Moment) -> bool:
    """Whether cover came back in month `until` so long ago that the gap before it has no consequence any more."""
    return now.as_of >= aged_on(until, now)


def aged_on(until: int, now: Moment) -> int:
    """The day from which a gap that ended before month `until` is left out."""
    return first_day(until + now.policy.days("lapse.bounded_months", first_day(until)))


def _runs(cover: Cover, now: Moment) -> list[list[int]]:
    """Missing months by calendar, each list without a covered month inside."""
    if not cover.covered:
        return []
    last = month_of_day(now.as_of) - MONTH_ZERO
    first = (cover.covered & -cover.covered).bit_length()
    missing = ~(cover.covered | cover.exempt) & ((1 << (last + 1)) - 1) & ~((1 << first) - 1)
    runs: list[list[int]] = []
    for month in months_of(missing):
        if runs and not _covered_between(cover, runs[-1][-1], month):
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _gap(person: Person, family: Family, cover: Cover, months: list[int], until: int, now: Moment) -> Gap | None:
    """The gap of a run of missing months; None where no fact says who paid before it."""
    first = months[0]
    prior = _last_covered_before(cover, first)
    payer = payer_of(person, family, prior)
    if payer is None:
        return None
    basis = basis_of(person, payer, prior, now)
    through = complete_through(now, family, payer.place)
    judged_on = _judged_on(first, basis, now, payer.place)
    end = _judged_through(basis, through, first, judged_on, now, payer.place)
    latest = last_before_retirement(person, first, payer, now)
    judged = [month for month in months if month <= (min(end, latest) if latest else end)]
    excuse = excuse_of(person, family, first, prior, until, payer, basis, now)
    return Gap(
        first=first, months=judged, last=months[-1], prior=prior, until=until, payer=payer, basis=basis, judged_on=judged_on, excuse=excuse
    )


def _judged_on(first: int, basis: Basis, now: Moment, division: int) -> int:
    """The settle day of the first month, by basis."""
    if basis is Basis.MONTH:
        return settle_day(first, now, division)
    if basis is Basis.MEDICAL_YEAR:
        return settle_day(_window_end_month(first, now, division), now, division)
    return _year_settled(first // _YEAR, basis, now, division)


def _judged_through(basis: Basis, through: int, first: int, judged_on: int, now: Moment, division: int) -> int:
    """The last month that may be called missing; before `first` where none may."""
    if through < judged_on:
        return first - 1
    if basis is Basis.MONTH:
        return settled_month(through, now, division)
    if basis is Basis.MEDICAL_YEAR:
        return max(first, settled_month(through, now, division))
    year = first // _YEAR
    while _year_settled(year + 1, basis, now, division) <= through:
        year += 1
    return year * _YEAR + _YEAR - 1


def _year_settled(year: int, basis: Basis, now: Moment, division: int) -> int:
    """The settle day of a whole year: January's of the next year's payments, or the year's end and its grace for 170."""
    if basis is Basis.OWN_YEAR:
        return settle_day(year * _YEAR + _YEAR - 1, now, division)
    on = first_day(year * _YEAR)
    end = day(f"{year:04d}-{now.policy.text('res.pension.year_end', on, division)}")
    return end + now.policy.days("res.pension.year_end_grace_days", on, division) - 1


def _window_end_month(first: int, now: Moment, division: int) -> int:
    """The month in which the collection window for the year of `first` ends."""
    month = int(now.policy.text("medres.window_end", first_day(first), division)[:2])
    year = first // _YEAR
    start = int(now.policy.text("medres.window_start", first_day(first), division)[:2])
    return (year - 1 if month >= start else year) * _YEAR + month - 1


def _ends_year(person: Person, family: Family, month: int) -> bool:
    """Whether a resident medical year may end with the month: the window for the next one closed before that begins."""
    return family is MEDICAL and month % _YEAR == _YEAR - 1 and person.has(Flag.MED_RES)


def _covered_between(cover: Cover, low: int, high: int) -> bool:
    between = ((1 << (high - MONTH_ZERO)) - 1) & ~((1 << (low - MONTH_ZERO + 1)) - 1)
    return bool(cover.covered & between)


def _last_covered_before(cover: Cover, month: int) -> int:
    return (cover.covered & ((1 << (month - MONTH_ZERO)) - 1)).bit_length() - 1 + MONTH_ZERO


def _next_covered_after(cover: Cover, month: int) -> int:
    later = cover.covered >> (month - MONTH_ZERO + 1)
    return month + (later & -later).bit_length() if later else 0


def next_settle_day(first: int, now: Moment, gap: Gap) -> int:
    """The settle day of a later month by the rhythm of a gap."""
    return (
        settle_day(first, now, gap.payer.place) if gap.basis is Basis.MEDICAL_YEAR else _judged_on(first, gap.basis, now, gap.payer.place)
    )
