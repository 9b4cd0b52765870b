"""Contributions: collected by the tax office, booked by the business database (pension, injury) or the medical platform."""

import datetime as dt
from dataclasses import dataclass

from demo.city.city import DAY
from demo.city.life import Life
from demo.city.records import Booking, MedicalBooking, TaxContribution
from schemas.dates import month_of_day, yyyymm

PENSION_EMP, PENSION_RES, MED_EMP, MED_RES, INJURY = 110, 170, 310, 390, 410
MEDICAL_SCHEMES = frozenset({MED_EMP, MED_RES})
BASE_FEN = 600_000
SHARES: dict[int, tuple[int, int, int]] = {  # person, employer, public: fen a month, a year for 170 and 390
    PENSION_EMP: (48_000, 96_000, 0),
    MED_EMP: (12_000, 48_000, 0),
    INJURY: (0, 1_800, 0),
    PENSION_RES: (30_000, 0, 0),
    MED_RES: (38_000, 0, 67_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What is paid: a month by an employer unless said otherwise."""

    scheme: int
    month: int
    on: dt.date
    payer: str = ""
    months: int = 1
    kind: str = "10"
    number: str | None = None  # None: the usual number of this payer, month and scheme
    item: str = ""
    tax: bool = True
    booked: bool = True
    booked_after: int = 2  # days
    booked_number: str | None = None
    shares: tuple[int, int, int] | None = None
    place: int | None = None
    account: str | None = None
    reversed: bool = False


def pay(life: Life, bill: Bill) -> tuple[TaxContribution | None, Booking | MedicalBooking | None]:
    """One contribution on its way: treasury on the day, booked some days later under the same bill number."""
    collected = _collected(life, bill) if bill.tax else None
    booked = _booked(life, bill) if bill.booked else None
    if collected is not None:
        life.city.write(collected)
    if booked is not None:
        life.city.write(booked)
    return collected, booked


def bill_number(life: Life, bill: Bill) -> str:
    """One number for an employer, month and scheme; one a person for people who pay themselves."""
    owner = bill.payer[-7:] if bill.payer else life.account[-7:]
    return bill.number if bill.number is not None else f"{owner}{yyyymm(bill.month)}{bill.scheme}"


def _collected(life: Life, bill: Bill) -> TaxContribution:
    person, employer, public = bill.shares or SHARES[bill.scheme]
    employer, person = (employer, person) if bill.payer else (0, person + employer)
    return TaxContribution(
        row=life.city.row(), who=life.who, noted=bill.on, place=bill.place or life.home, scheme=bill.scheme, month=bill.month,
        months=bill.months, payer=bill.payer, payer_kind=_payer_kind(bill), bill=bill_number(life, bill), kind=bill.kind, item=bill.item,
        person_fen=person, employer_fen=employer, public_fen=public, paid_on=bill.on, settled=_month(bill.on), base_fen=_base(bill),
        reversed=bill.reversed,
    )  # fmt: skip


def _booked(life: Life, bill: Bill) -> Booking | MedicalBooking:
    person, employer, public = bill.shares or SHARES[bill.scheme]
    employer, person = (employer, person) if bill.payer else (0, person + employer)
    on = bill.on + bill.booked_after * DAY
    number = bill_number(life, bill) if bill.booked_number is None else bill.booked_number
    of = MedicalBooking if bill.scheme in MEDICAL_SCHEMES else Booking
    kind = _MEDICAL_KINDS[bill.kind] if bill.scheme in MEDICAL_SCHEMES else bill.kind
    return of(
        row=life.city.row(), who=life.who, noted=on, place=bill.place or life.home, account=bill.account or life.account,
        scheme=bill.scheme, month=bill.month, months=bill.months, payer=bill.payer, payer_kind=_payer_kind(bill), bill=number, kind=kind,
        item=bill.item, person_fen=person, employer_fen=employer, public_fen=public, paid_on=bill.on, settled=_month(on),
        base_fen=_base(bill), reversed=bill.reversed,
    )  # fmt: skip


_MEDICAL_KINDS = {"10": "10", "2": "20", "11": "30", "13": "40", "12": "50"}


def _payer_kind(bill: Bill) -> str:
    return "201" if bill.item == "11" else "101" if bill.payer else "102"


def _base(bill: Bill) -> int:
    return BASE_FEN if bill.scheme in {PENSION_EMP, MED_EMP, INJURY} else 0


def _month(on: dt.date) -> int:
    return on.year * 12 + on.month - 1


def month_of(on: dt.date) -> int:
    """The month number of a date."""
    return month_of_day((on - dt.date(1970, 1, 1)).days)
