"""Two pension records of one person that paid for the same months: which stays, which goes, what is to come back (domain 3.3, R06)."""

from itertools import combinations

from msgspec import Struct

from processors.person.drawing import Drawing, less_loose_returns
from processors.person.person import Person
from processors.person.records import is_over
from processors.person.state import Flag
from schemas.dates import month_of_day
from schemas.kinds import EnrolState, Scheme


class Pair(Struct, kw_only=True):
    """A pair in the order of its records. Money in fen, over the months that both paid."""

    one: Drawing
    two: Drawing
    months: list[int]
    keep: Drawing | None  # None = the person and the agencies agree which
    clear: Drawing | None
    loosely_returned: bool = False  # a bank return without month was taken off the months that both paid

    @property
    def records(self) -> list[bytes]:
        """Both records, sorted."""
        return [self.one.record.record, self.two.record.record]

    @property
    def recoverable_fen(self) -> int:
        """What the cleared record is to give back: of 170 its basic pension, else all; 0 while it is open which one goes."""
        return owed_fen(self.clear, self.months) if self.clear else 0

    @property
    def recovered_fen(self) -> int:
        """Refunds, offsets and write-offs, of the cleared record or of both."""
        return sum(drawing.recovered_fen(self.months) for drawing in ([self.clear] if self.clear else [self.one, self.two]))

    @property
    def least_fen(self) -> int:
        """The sum that has to come back at least, whichever record goes."""
        return self.recoverable_fen if self.clear else min(owed_fen(self.one, self.months), owed_fen(self.two, self.months))


def owed_fen(drawing: Drawing, months: list[int]) -> int:
    """What a record gives back when it is the one to go."""
    return drawing.basic_fen(months) if drawing.record.scheme == Scheme.PENSION_RES else drawing.sum_fen(months)


def pairs_of(person: Person, drawings: list[Drawing]) -> list[Pair]:
    """Every pair of records that paid for one month."""
    return [pair for one, two in combinations(drawings, 2) if (pair := pair_of(person, one, two)).months]


def pair_of(person: Person, one: Drawing, two: Drawing) -> Pair:
    """The months that both paid and who wins. A single month in which the pension moved from one place to the other is none."""
    cleared = _to_clear(person, one, two)
    shared = sorted(one.months.keys() & two.months.keys())
    left_one, left_two = less_loose_returns(one, shared), less_loose_returns(two, shared)
    months = sorted(left_one.months.keys() & left_two.months.keys())
    if len(months) == 1 and months[0] in _transfer_months(person, one, two):
        months = []
    clear, keep = (None, None) if cleared is None else (left_one, left_two) if cleared is one else (left_two, left_one)
    loose = (left_one, left_two) != (one, two)
    return Pair(one=left_one, two=left_two, months=months, keep=keep, clear=clear, loosely_returned=loose)


def _transfer_months(person: Person, one: Drawing, two: Drawing) -> set[int]:
    """The months in which a transfer between the places of two records was booked."""
    places = {one.record.place, two.record.place}
    schemes = {one.record.scheme, two.record.scheme}
    booked = [leg for leg in person.transfers if leg.scheme in schemes and not leg.cancelled and leg.booked_on]
    return {month_of_day(leg.booked_on) for leg in booked if len(places) > 1 and {leg.division, leg.other_division} == places}


def has_ended(person: Person, drawing: Drawing) -> bool:
    """Whether the record pays no more: the benefit ended (14xx), or its enrolment did (64xx)."""
    if is_over(drawing.record):
        return True
    mine = [row for row in person.enrolments if row.record == drawing.record.record] if person.has(Flag.ENROLMENT) else []
    return bool(mine) and all(row.state == EnrolState.ENDED for row in mine)


def _to_clear(person: Person, one: Drawing, two: Drawing) -> Drawing | None:
    """170 beside 110 or 120 goes; of two 170 the place of later drawing; of two employee pensions the one that was ended, if one was."""
    resident = [drawing for drawing in (one, two) if drawing.record.scheme == Scheme.PENSION_RES]
    if len(resident) == 1:
        return resident[0]
    if resident and one.first_month != two.first_month:
        return max(one, two, key=lambda drawing: drawing.first_month)
    ended = [drawing for drawing in (one, two) if has_ended(person, drawing)]
    return ended[0] if len(ended) == 1 else None
