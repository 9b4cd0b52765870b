"""What departments write, one dataclass a table, in plain values: dates, month numbers (year * 12 + month - 1), fen.

A record written again under the same row is an update. The emitters (`demo/city/emit`) put them into each department's own columns.
"""

import datetime as dt
from dataclasses import dataclass

from demo.city.identity import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of one table."""

    row: int
    who: Who
    noted: dt.date  # the day on which the department recorded it


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident(Record):
    """Household registration (公安): one spell of one person."""

    place: int
    since: dt.date
    reason: str = "02"  # 01 born, 02 moved in, 03 restored, 04 discharged soldier
    cancelled_on: dt.date | None = None
    cancel_reason: str = ""
    died_on: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit(Record):
    """Residence permit (公安)."""

    place: int
    since: dt.date
    until: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Record):
    """Medical certificate of death (卫健)."""

    place: int
    died_on: str
    state: str = "1"  # 1 issued, 2 corrected, 9 void

    @property
    def number(self) -> str:
        """The certificate's own number."""
        return f"SD{self.row:09d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cremation(Record):
    """Cremation register (民政)."""

    place: int
    died_on: str
    cremated_on: dt.date
    certificate: str = ""
    state: str = "1"  # 1 registered, 2 corrected, 9 revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Record):
    """What tax, business database and medical platform share of one contribution."""

    place: int
    scheme: int
    month: int
    months: int = 1
    payer: str = ""  # credit code; empty: the person
    payer_kind: str = "101"
    bill: str = ""
    kind: str = "10"
    item: str = ""
    person_fen: int = 0
    employer_fen: int = 0
    public_fen: int = 0
    paid_on: dt.date
    settled: int
    base_fen: int = 0
    reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxContribution(Money):
    """Contribution collected (税务)."""

    stage: str = "03"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking(Money):
    """Contribution booked (社保业务库)."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicalBooking(Money):
    """Contribution booked (医保)."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    """Contribution given back; written by the tax office or the business database (`by_tax`)."""

    by_tax: bool
    account: str
    place: int
    scheme: int
    month: int
    months: int
    payer: str = ""
    bill: str = ""
    document: str = ""
    refund_type: str = "F10004"
    person_fen: int = 0
    employer_fen: int = 0
    state: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payroll(Record):
    """Wages taxed (税务)."""

    place: int
    employer: str
    month: int
    wage_fen: int
    kind: str = "01"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord(Record):
    """Social-security card. `row` is the serial."""

    place: int
    state: str = "1"  # 1 active, 2 lost, 3 closed, 4 replaced
    issued_on: dt.date
    in_person: bool = False

    @property
    def serial(self) -> str:
        """The card's serial."""
        return f"A{self.row:08d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment(Record):
    """Enrolment record (社保业务库)."""

    account: str  # AAC001
    place: int
    scheme: int
    pair: str = "11"  # AAC008, AAC031
    payer_kind: str = "101"
    employer: str = ""
    reason: str = ""
    died_on: dt.date | None = None  # AAE138
    since: dt.date
    until: dt.date | None = None
    changed_on: dt.date
    first_month: int
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicalEnrolment(Record):
    """Enrolment record (医保)."""

    account: str  # PSN_NO
    place: int
    scheme: int
    state: str = "1"  # 1 normal, 2 paused, 3 invalid, 4 ended
    kind: str = "11"  # 11 working, 12 retired, 14 resident, 15 student, 16 newborn
    payer_kind: str = "101"
    employer: str = ""
    reason: str = ""
    since: dt.date
    until: dt.date | None = None
    changed_on: dt.date
    first_month: int
    entitle_from: dt.date | None = None
    entitle_to: dt.date | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit(Record):
    """Benefit record (社保业务库); `who` receives it."""

    account: str
    place: int
    scheme: int
    benefit: str = "1"  # 1 pension, 2 unemployment, 3 injury, 4 survivor, 5 funeral
    state: str = "1"  # 1 payable, 0 suspended, 3 ended
    reason: str = ""
    changed_on: dt.date
    died_on: dt.date | None = None
    start: int
    end: int = 0
    insured: str = ""  # number of the insured person where another one receives


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Record):
    """Benefit payment (社保业务库)."""

    account: str
    place: int
    scheme: int
    item: str = "100011"
    month: int
    amount_fen: int
    state: str = "1"  # 0 pending, 1 paid, 2 failed
    paid_on: dt.date
    run: str
    payee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Record):
    """Benefit money that came back (社保业务库)."""

    account: str
    place: int
    scheme: int
    month: int
    kind: str  # 1 returned, 2 refund, 3 offset, 4 write-off
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certification(Record):
    """Life certification (社保业务库)."""

    account: str
    place: int
    scheme: int
    way: str  # 1 face, 2 counter, 3 home visit, 4 data match
    seen_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Record):
    """Hospital settlement (医保)."""

    account: str
    place: int
    treated_on: dt.date
    checked: bool
    void: bool = False
