"""Which months of a family are covered: by contributions (head lines), and without money (retirees, subsidies, the fund).

Bitsets of months start at 1980-01 (schemas.dates).
"""

from collections.abc import Iterable

from processors.person.families import Family
from processors.person.person import Person
from processors.person.state import Flag
from schemas.dates import MONTH_ZERO, bits_of, first_day, month_of_day, span_bits
from schemas.facts import BenefitRecord, Enrolment
from schemas.kinds import YEAR_SCHEMES, BenefitKind, BenefitState, EnrolState, FactStatus, PayerKind, Scheme, StatusKind

ENTITLING = frozenset({int(EnrolState.PAYING), int(EnrolState.DRAWING)})
GONE = frozenset({int(EnrolState.ENDED), int(EnrolState.INVALID), int(EnrolState.NONE)})
_YEAR = 12
_WHOLE_YEAR = (1 << _YEAR) - 1
_PUBLIC_PAYERS = frozenset({int(PayerKind.FUND), int(PayerKind.GOVERNMENT)})


def state_of(enrolment: Enrolment) -> int:
    """EnrolState of a record; a record that its source ended is ENDED whatever its last pair said."""
    return int(EnrolState.ENDED) if enrolment.status == FactStatus.ENDED else enrolment.state


def paid_bits(person: Person, family: Family) -> int:
    """Months with a payment that counts, TREASURY or BOOKED. A 170 or 390 payment covers its whole year (domain 3.1b)."""
    bits = 0
    for line in person.head.schemes:
        if line.scheme in family.schemes:
            cover = bits_of(line.cover)
            bits |= whole_years(cover) if line.scheme in YEAR_SCHEMES else cover
    return bits


def whole_years(bits: int) -> int:
    """The calendar years that have at least one of the months."""
    years, shift = 0, 0
    while bits >> shift:
        if bits >> shift & _WHOLE_YEAR:
            years |= _WHOLE_YEAR << shift
        shift += _YEAR
    return years


def unpaid_bits(person: Person, family: Family, until_day: int) -> int:
    """Months up to that of a day that are covered without a payment of the person or an employer."""
    bits = 0
    for enrolment in person.enrolments:
        if enrolment.scheme in (*family.schemes, *family.others) and covers_without_payment(enrolment):
            bits |= _bits(*entitled_days(enrolment), until_day)
    if Scheme.MED_EMP in family.schemes:
        bits |= _unemployment_bits(person, until_day)
    return bits


def covers_without_payment(enrolment: Enrolment) -> bool:
    """Whether a record entitles without a contribution row.

    A 310 retiree, a premium that the fund or the government pays, a special scheme, or a year for which the resident scheme itself states
    the entitlement.
    """
    if state_of(enrolment) not in ENTITLING:
        return False
    if enrolment.scheme == Scheme.MED_EMP and enrolment.retired:
        return True
    if enrolment.scheme == Scheme.MED_SPECIAL or enrolment.subsidised or enrolment.payer_kind in _PUBLIC_PAYERS:
        return True
    return enrolment.scheme == Scheme.MED_RES and bool(enrolment.entitle_from and enrolment.entitle_to)


def entitled_days(enrolment: Enrolment) -> tuple[int, int]:
    """First and last day on which a record may entitle; 0 = open on that side."""
    ends = [day for day in (enrolment.entitle_to, enrolment.to_day) if day]
    return enrolment.entitle_from or enrolment.from_day, min(ends, default=0)


def draws_pension(person: Person) -> bool:
    """Whether a pension record of the person's own is drawing, or suspended: neither has months to pay."""
    return any(is_own_pension(record) for record in _benefits(person)) or any(
        enrolment.scheme in (Scheme.PENSION_EMP, Scheme.PENSION_CIVIL, Scheme.PENSION_RES)
        and state_of(enrolment) in (EnrolState.DRAWING, EnrolState.PENSION_SUSPENDED)
        for enrolment in person.enrolments
    )


def is_own_pension(record: BenefitRecord) -> bool:
    """Whether a benefit record is the person's own pension, payable or suspended."""
    return (
        record.benefit == BenefitKind.PENSION
        and bool(record.own)
        and record.state in (BenefitState.PAYABLE, BenefitState.SUSPENDED)
        and record.status != FactStatus.ENDED
    )


def has_injury_allowance(person: Person) -> bool:
    """Whether the person draws a periodic injury allowance (伤残津贴, levels 1 to 4: 工伤保险条例 第35条)."""
    return any(
        record.benefit == BenefitKind.INJURY and record.own and record.state in (BenefitState.PAYABLE, BenefitState.SUSPENDED)
        for record in _benefits(person)
    )


def _benefits(person: Person) -> Iterable[BenefitRecord]:
    return person.benefit_records if person.has(Flag.BENEFIT) else ()


def _unemployment_bits(person: Person, until_day: int) -> int:
    """Months for which the unemployment fund pays the medical premium (社会保险法 第48条)."""
    bits, until = 0, month_of_day(until_day)
    for record in _benefits(person):
        if record.benefit != BenefitKind.UNEMPLOYMENT or not record.start_month:
            continue
        last = record.end_month or (until if record.state == BenefitState.PAYABLE else month_of_day(record.changed_on) - 1)
        bits |= span_bits(record.start_month, max(min(last, until) - record.start_month + 1, 0))
    for status in person.statuses:
        if status.status_kind == StatusKind.UNEMPLOYED_BENEFIT:
            bits |= _bits(status.from_day, status.to_day or (status.from_day if status.status == FactStatus.ENDED else 0), until_day)
    return bits


def _bits(from_day: int, to_day: int, until_day: int) -> int:
    first = month_of_day(from_day) if from_day else MONTH_ZERO
    last = month_of_day(min(to_day or until_day, until_day))
    return span_bits(first, max(last - first + 1, 0))


def is_enrolled(person: Person, family: Family) -> bool:
    """Whether a record of the family is neither ended nor void (domain 3.8: paused and drawing count); an unknown state counts."""
    if any(record.scheme in (*family.schemes, *family.others) and state_of(record) not in GONE for record in person.enrolments):
        return True
    return Scheme.PENSION_RES in family.schemes and any(is_own_pension(record) for record in _benefits(person))


def paid_through(person: Person, family: Family) -> int:
    """The last day of the last paid month; 0 = never paid."""
    paid = paid_bits(person, family)
    return first_day(paid.bit_length() + MONTH_ZERO) - 1 if paid else 0


def provisional_until(person: Person, family: Family, as_of: int) -> int:
    """The day through which payments without a record count as enrolled (TREASURY is provisional cover); 0 = none do.

    A record that ended or was voided in or after the last paid month says more than the payment.
    """
    until = paid_through(person, family)
    ended = [max(record.to_day, record.changed_on) for record in person.enrolments if record.scheme in family.schemes]
    if until < as_of or any(month_of_day(day) >= month_of_day(until) for day in ended if day):
        return 0
    return until
