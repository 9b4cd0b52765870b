"""Who paid the last covered month, and in what rhythm a gap after it is judged (domain 3.4 `lapse.basis`).

An employer pays month by month. Whoever pays for himself has a rhythm of his own: the bills of the last 24 months show it. 170 and 390 are
paid by the year.
"""

from collections import defaultdict
from enum import StrEnum

from msgspec import Struct, field

from processors.person.cover import covers_without_payment, entitled_days, whole_years
from processors.person.entries import Entry
from processors.person.families import Family
from processors.person.ledger_months import entries_in
from processors.person.person import Person
from processors.rules.model import Moment
from schemas.dates import MONTH_ZERO, bits_of, first_day, last_day, month_bit
from schemas.facts import Fact
from schemas.kinds import YEAR_SCHEMES, PayerKind, Scheme

_YEAR = 12


class Basis(StrEnum):
    """How a gap is judged."""

    MONTH = "MONTH"  # each month after its settle day
    OWN_YEAR = "OWN_YEAR"  # 110 and 310 by a person who pays for longer spans: the calendar year
    PENSION_YEAR = "PENSION_YEAR"  # 170: the year and its days of grace
    MEDICAL_YEAR = "MEDICAL_YEAR"  # 390: the collection window before the year


class Payer(Struct, kw_only=True):
    """Who covered a month. `place` is the insuring division as reported."""

    scheme: int
    place: int
    kind: int  # PayerKind
    payer: bytes = b""
    employer: str = ""
    facts: list[Fact] = field(default_factory=list)


def payer_of(person: Person, family: Family, month: int) -> Payer | None:
    """Who covered a month: an employer before the person, an employee scheme before a resident one; None where no fact says."""
    paid = [entry for scheme in family.schemes for entry in _entries_about(person, scheme, month) if entry.covers and reaches(entry, month)]
    if paid:
        entry = min(paid, key=lambda one: (one.scheme in YEAR_SCHEMES, one.payer_kind != PayerKind.EMPLOYER, one.scheme, one.payer))
        employer = next((fact.employer for fact in entry.facts if fact.employer), "")
        return Payer(
            scheme=entry.scheme,
            place=entry.place,
            kind=entry.payer_kind,
            payer=entry.payer,
            employer=employer,
            facts=list(entry.facts[-1:]),
        )
    for record in person.enrolments:
        first, last = entitled_days(record)
        if record.scheme not in (*family.schemes, *family.others) or not covers_without_payment(record):
            continue
        if first <= last_day(month) and (not last or last >= first_day(month)):
            return Payer(scheme=record.scheme, place=record.place, kind=record.payer_kind, facts=[record])
    return _fund(person, month) if Scheme.MED_EMP in family.schemes else None


def _entries_about(person: Person, scheme: int, month: int) -> list[Entry]:
    """The payments that may cover a month; none where the head says that nothing does."""
    covered = bits_of(person.line(scheme).cover)
    if scheme in YEAR_SCHEMES:
        return person.entries(scheme) if whole_years(covered) & month_bit(month) else []
    return entries_in(person, scheme, (month,)) if covered & month_bit(month) else []


def reaches(entry: Entry, month: int) -> bool:
    """Whether a payment covers a month; one of a year scheme covers its whole year."""
    if entry.scheme in YEAR_SCHEMES:
        return entry.month // _YEAR <= month // _YEAR <= (entry.month + entry.months - 1) // _YEAR
    return entry.in_month(month)


def basis_of(person: Person, payer: Payer, month: int, now: Moment) -> Basis:
    """The rhythm in which a gap after a month is judged."""
    day = first_day(month)
    if payer.scheme == Scheme.PENSION_RES:
        return _by_policy(now.policy.text("lapse.basis.resident", day, payer.place), Basis.PENSION_YEAR)
    if payer.scheme == Scheme.MED_RES:
        return _by_policy(now.policy.text("lapse.basis.resident", day, payer.place), Basis.MEDICAL_YEAR)
    if payer.kind != PayerKind.INDIVIDUAL:
        return _by_policy(now.policy.text("lapse.basis.employer", day, payer.place), Basis.OWN_YEAR)
    rule = now.policy.text("lapse.basis.individual", day, payer.place)
    if rule != "OWN_CYCLE":
        return _by_policy(rule, Basis.OWN_YEAR)
    return Basis.MONTH if _pays_monthly(person, payer, month, now) else Basis.OWN_YEAR


def pays_after(person: Person, payer: Payer, month: int) -> bool:
    """Whether a later month of the same payer is covered for the person."""
    if not bits_of(person.line(payer.scheme).cover) >> max(month - MONTH_ZERO + 1, 0):
        return False
    return any(
        entry.covers and entry.payer == payer.payer and max(entry.standing, default=0) > month for entry in person.entries(payer.scheme)
    )


def _by_policy(rule: str, yearly: Basis) -> Basis:
    return Basis.MONTH if rule == "MONTH" else yearly


def _pays_monthly(person: Person, payer: Payer, month: int, now: Moment) -> bool:
    """At least twelve bills of one month in the last 24 months, and none that spans more."""
    window = now.policy.days("lapse.cycle_window_months", first_day(month), payer.place)
    spans: dict[tuple[bytes, bytes | int], int] = defaultdict(int)
    for entry in person.entries(payer.scheme):
        if entry.covers and entry.payer_kind == PayerKind.INDIVIDUAL and month - window < entry.month <= month:
            spans[entry.payer, entry.bill or entry.month] += entry.months
    singles = sum(1 for span in spans.values() if span == 1)
    return singles == len(spans) and singles >= now.policy.days("lapse.single_month_bills", first_day(month), payer.place)


def _fund(person: Person, month: int) -> Payer | None:
    """The unemployment fund, where the person drew unemployment benefit that month."""
    for record in person.benefit_records:
        if record.scheme == Scheme.UNEMPLOYMENT and record.start_month <= month:
            return Payer(scheme=Scheme.MED_EMP, place=record.place, kind=PayerKind.FUND, facts=[record])
    return None
