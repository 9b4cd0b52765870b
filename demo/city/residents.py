"""The resident schemes: enrolled once, paid once a year."""

import datetime as dt

from demo.city.life import Life
from demo.city.money import MED_RES, PENSION_RES, Bill, pay
from demo.city.records import Enrolment, MedicalEnrolment

KINDS = {"child": "14", "student": "15", "newborn": "16", "resident": "14"}


def join_pension(life: Life, since: dt.date, place: int | None = None, account: str | None = None) -> Enrolment:
    """Enrolled in 170."""
    record = Enrolment(
        row=life.city.row(), who=life.who, noted=since, account=account or life.account, place=place or life.home, scheme=PENSION_RES,
        payer_kind="102", since=since, changed_on=since, first_month=since.year * 12 + since.month - 1,
    )  # fmt: skip
    life.enrolments[PENSION_RES] = record
    life.city.write(record)
    return record


def join_medical(
    life: Life, since: dt.date, kind: str = "resident", place: int | None = None, account: str | None = None
) -> MedicalEnrolment:
    """Enrolled in 390."""
    record = MedicalEnrolment(
        row=life.city.row(), who=life.who, noted=since, account=account or life.account, place=place or life.home, scheme=MED_RES,
        kind=KINDS[kind], payer_kind="102", since=since, changed_on=since, first_month=since.year * 12 + since.month - 1,
    )  # fmt: skip
    life.medical[MED_RES] = record
    life.city.write(record)
    return record


def pay_pension_year(life: Life, year: int, on: dt.date, kind: str = "10") -> None:
    """The 170 premium of a year."""
    pay(life, Bill(scheme=PENSION_RES, month=year * 12, months=12, on=on, kind=kind, item="1"))


def pay_medical_year(life: Life, year: int, on: dt.date | None = None, first_month: int = 1) -> None:
    """The 390 premium of a year: in the window before it, unless a day is given; from `first_month` for those who come in later."""
    paid = on or dt.date(year - 1, life.city.rng.choice((10, 11)), life.city.rng.randint(8, 25))
    pay(life, Bill(scheme=MED_RES, month=year * 12 + first_month - 1, months=13 - first_month, on=paid))
