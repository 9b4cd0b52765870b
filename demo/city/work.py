"""Jobs: hired, paid for every month, left."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from demo.city.life import Life
from demo.city.money import MED_EMP, MED_RES, MEDICAL_SCHEMES, PENSION_EMP, Bill, month_of, pay
from demo.city.records import Enrolment, MedicalEnrolment, Payroll

BOTH = (PENSION_EMP, MED_EMP)


def hire(life: Life, employer: str, since: dt.date, schemes: Iterable[int] = BOTH, on: dt.date | None = None) -> None:
    """Enrolled by an employer (or as a payer of one's own, with an empty code) since a day."""
    for scheme in schemes:
        if scheme in MEDICAL_SCHEMES:
            _enrol_medical(life, scheme, employer, since, on or since)
        else:
            _enrol(life, scheme, employer, since, on or since)


def _enrol(life: Life, scheme: int, employer: str, since: dt.date, on: dt.date) -> None:
    before = life.enrolments.get(scheme)
    record = Enrolment(
        row=before.row if before else life.city.row(), who=life.who, noted=on, account=life.account, place=life.home, scheme=scheme,
        payer_kind="101" if employer else "102", employer=employer, since=since, changed_on=on,
        first_month=before.first_month if before else month_of(since),
    )  # fmt: skip
    life.enrolments[scheme] = record
    life.city.write(record)


def _enrol_medical(life: Life, scheme: int, employer: str, since: dt.date, on: dt.date) -> None:
    before = life.medical.get(scheme)
    record = MedicalEnrolment(
        row=before.row if before else life.city.row(), who=life.who, noted=on, account=life.account, place=life.home, scheme=scheme,
        kind="11", payer_kind="101" if employer else "102", employer=employer, since=since, changed_on=on,
        first_month=before.first_month if before else month_of(since),
    )  # fmt: skip
    life.medical[scheme] = record
    life.city.write(record)


def pay_months(life: Life, employer: str, first: int, last: int, schemes: Iterable[int] = BOTH, day: int | None = None) -> None:
    """Paid on time for every month of the run from `first` to `last` (offsets); quietly stops at the end of the run."""
    city = life.city
    for offset in range(first, min(last, city.months - 1) + 1):
        on = city.at(offset, day or city.rng.randint(11, 17))
        for scheme in schemes:
            pay(life, Bill(scheme=scheme, month=city.month(offset), on=on, payer=employer, booked_after=city.rng.randint(1, 3)))


def leave(life: Life, on: dt.date, reason: str, schemes: Iterable[int] = BOTH) -> None:
    """Interrupted (63xx): the record pauses."""
    for scheme in schemes:
        if scheme in MEDICAL_SCHEMES:
            life.medical[scheme] = replace(life.medical[scheme], noted=on, state="2", reason=reason, until=on, changed_on=on)
            life.city.write(life.medical[scheme])
        else:
            life.enrolments[scheme] = replace(life.enrolments[scheme], noted=on, pair="22", reason=reason, until=on, changed_on=on)
            life.city.write(life.enrolments[scheme])


def end(life: Life, on: dt.date, reason: str, schemes: Iterable[int] | None = None, died: dt.date | None = None) -> None:
    """Ended (64xx): all records, or those of some schemes."""
    for scheme in tuple(schemes or (*life.enrolments, *life.medical)):
        if scheme in MEDICAL_SCHEMES:
            life.medical[scheme] = replace(life.medical[scheme], noted=on, state="4", reason=reason, until=on, changed_on=on)
            life.city.write(life.medical[scheme])
        else:
            ended = replace(life.enrolments[scheme], noted=on, pair="43", reason=reason, until=on, changed_on=on, died_on=died)
            life.enrolments[scheme] = ended
            life.city.write(ended)


def wages(life: Life, employer: str, offset: int) -> None:
    """Wages of one month, reported to the tax office in the month after."""
    city = life.city
    on = city.at(offset + 1, 12)
    wage = city.rng.randrange(400_000, 900_000, 10_000)
    record = Payroll(row=city.row(), who=life.who, noted=on, place=life.home, employer=employer, month=city.month(offset), wage_fen=wage)
    city.write(record)


def starts_work(life: Life, employer: str, start: int, last: int = 1000, *, pause_medical: int | None = 12) -> None:
    """A resident member finds a job: employee schemes from that month on; 390 is paused some days later, or never."""
    city = life.city
    hire(life, employer, city.at(start, 1))
    pay_months(life, employer, start, last)
    if pause_medical is not None:
        leave(life, city.at(start, pause_medical), "6407", [MED_RES])
