"""Months for which a person was in the employee pension and in the resident pension at once (domain R08, 3.3). Months as month numbers.

A resident payment is for a year, an employee payment for a month: they overlap only in the months that both cover. A year payment covers from
the month of the 16th birthday to the month before drawing (domain 3.1b). Only booked payments count.
"""

from collections.abc import Container, Iterable, Sequence
from fractions import Fraction

from msgspec import Struct

from processors.person.conflict import frozen_pair
from processors.person.drawing import drawings_of
from processors.person.entries import Entry
from processors.person.person import Person
from processors.person.state import Flag
from schemas.dates import month_of_day
from schemas.facts import Enrolment
from schemas.kinds import PENSION_EMPLOYEE, BenefitState, EnrolState, PayerKind, Scheme

GOVERNMENT_PAID = 11  # payer item: premium paid by the government in the person's stead
MOVED_TO_EMPLOYEE = frozenset({1407, 6407})  # 参加职保: the resident record ended for this very reason
_TWELVE = 12

Employee = dict[int, list[Entry]]  # months with what was paid to the employee pension for them


class Part(Struct):
    """One resident payment and the months of one year in which it overlaps."""

    entry: Entry
    months: list[int]
    covered: int  # months that the payment covers in all
    employee: dict[int, Entry]  # what the employee pension was paid in these months

    @property
    def refund_fen(self) -> Fraction:
        """Personal and collective money of the overlap, exact."""
        return Fraction(self.entry.gross_fen * len(self.months), self.covered)

    @property
    def paid_on(self) -> int:
        """The day the money arrived; 0 = unknown."""
        return self.entry.booking.paid_on


def employee_months(person: Person) -> Employee:
    """Each month with booked 110 or 120 payments and these; a yearly bill of an individual gives its twelve months."""
    months: Employee = {}
    for scheme in PENSION_EMPLOYEE:
        if any(person.line(scheme).cover):
            for entry in person.entries(scheme):
                if entry.booked and entry.covers:
                    for number in entry.standing:
                        months.setdefault(number, []).append(entry)
    return months


def beside(person: Person, employee: Employee, record: bytes) -> dict[int, Entry]:
    """The first employee payment of each month beside a resident record; records that may be another person's are left to R19."""
    months: dict[int, Entry] = {}
    for number, entries in employee.items():
        mine = next((entry for entry in entries if not frozen_pair(person, record, entry.record)), None)
        if mine is not None:
            months[number] = mine
    return months


def paying_both(person: Person, employee: Employee, from_age_years: int) -> dict[int, list[Part]]:
    """Resident payments that overlap with employee months, by year."""
    first, last = _insurable(person, from_age_years)
    years: dict[int, list[Part]] = {}
    for entry in resident_payments(person):
        span = [number for number in range(entry.month, entry.month + entry.months) if first <= number <= last]
        paid = beside(person, {number: employee[number] for number in span if number in employee}, entry.record)
        for year in sorted({number // _TWELVE for number in paid}):
            mine = {number: other for number, other in paid.items() if number // _TWELVE == year}
            years.setdefault(year, []).append(Part(entry, list(mine), len(span), mine))
    return years


def resident_payments(person: Person) -> list[Entry]:
    """Booked 170 payments by the person, a collective, or the government in the person's stead; subsidies on top are none."""
    if not any(person.line(Scheme.PENSION_RES).cover):
        return []
    return [entry for entry in person.entries(Scheme.PENSION_RES) if entry.booked and entry.covers and _is_premium(entry)]


def _is_premium(entry: Entry) -> bool:
    if entry.gross_fen > 0:
        return entry.net_fen > 0
    return entry.item == GOVERNMENT_PAID or (entry.item == 0 and entry.payer_kind == PayerKind.GOVERNMENT)


def _insurable(person: Person, from_age_years: int) -> tuple[int, int]:
    """First and last month that a resident payment can cover: 16th birthday, month before drawing."""
    first = month_of_day(person.birth_day) + from_age_years * _TWELVE if person.birth_day else 0
    starts = [record.start_month for record in person.benefit_records if _is_resident_pension(record.scheme, record.own)]
    return first, min((start for start in starts if start), default=1 << 20) - 1


def _is_resident_pension(scheme: int, own: int) -> bool:
    return scheme == Scheme.PENSION_RES and bool(own)


def rounded_refund_fen(parts: Iterable[Part]) -> int:
    """The refund of all parts, rounded once, half up."""
    exact = sum((part.refund_fen for part in parts), Fraction(0))
    return int(exact + Fraction(1, 2))


def overlap_of(parts: Iterable[Part]) -> list[int]:
    """The overlapping months of all parts."""
    return sorted({number for part in parts for number in part.months})


def refund_covers(parts: Sequence[Part], tolerance_fen: int) -> bool:
    """Whether refunds of these payments name the overlapping months and differ from what is due by no more than the tolerance."""
    refunds = [refund for part in parts for refund in part.entry.refunds]
    named = {number for refund in refunds if refund.month for number in range(refund.month, refund.month + max(refund.months, 1))}
    enough = abs(rounded_refund_fen(parts) - refunded_fen(parts)) <= tolerance_fen
    return bool(refunds) and enough and named.issuperset(overlap_of(parts))


def refunded_fen(parts: Iterable[Part]) -> int:
    """What was given back of these payments."""
    return sum(part.entry.gross_fen - part.entry.net_fen for part in parts)


def drawing_months(person: Person, employee: Employee) -> dict[int, Entry]:
    """Employee months in which the person drew a resident pension, or stood as drawing one, each with its employee payment."""
    found: dict[int, Entry] = {}
    drawings = [one for one in drawings_of(person) if one.record.scheme == Scheme.PENSION_RES] if person.has(Flag.BENEFIT) else []
    for drawing in drawings:
        if drawing.record.reason not in MOVED_TO_EMPLOYEE:
            since = drawing.record.start_month if drawing.record.state == BenefitState.PAYABLE else 0
            found |= _drawn_beside(beside(person, employee, drawing.record.record), drawing.months, since)
    if not drawings:
        for row in residents(person):
            if row.state == EnrolState.DRAWING:
                found |= _drawn_beside(beside(person, employee, row.record), (), month_of_day(row.changed_on or row.from_day))
    return dict(sorted(found.items()))


def _drawn_beside(paid: dict[int, Entry], drawn: Container[int], since: int) -> dict[int, Entry]:
    """The months that were drawn, or lie behind the start of drawing; 0 = it is not known, or is over."""
    return {number: entry for number, entry in paid.items() if number in drawn or (since and number >= since)}


def residents(person: Person) -> list[Enrolment]:
    """Resident pension records."""
    return [row for row in person.enrolments if row.scheme == Scheme.PENSION_RES]


def employees(person: Person) -> list[Enrolment]:
    """Employee pension records."""
    return [row for row in person.enrolments if row.scheme in PENSION_EMPLOYEE]


def has_moved(person: Person, entry: Entry) -> bool:
    """Whether the resident record of a payment was ended because the person joined the employee pension (6407)."""
    known = entry.record
    rows = [row for row in residents(person) if not known or row.record == known] or residents(person)
    return bool(rows) and all(row.state == EnrolState.ENDED and row.reason in MOVED_TO_EMPLOYEE for row in rows)
