"""Which detail row a fact lies in, and which month places it there."""

from msgspec import Struct

from processors.person.state import Flag
from schemas.dates import MONTH_ZERO
from schemas.facts import AnyFact, BenefitPayment, BenefitRecovery, ContribRefund, Contribution, Payroll
from schemas.kinds import Kind

PACK_MONTHS = 6
"""Months of one packed row."""
HOT_MONTHS_MAX = 7
"""Months with a row of their own; one more, and the oldest of them that share a pack are packed."""
_SLOT_MAX = 0xFFFF


class Section(Struct, frozen=True):
    """One kind of detail row."""

    letter: bytes
    flag: int
    timed: bool = False


SECTIONS: dict[Kind, Section] = {
    Kind.DEATH_CLAIM: Section(b"D", Flag.DEATH),
    Kind.HUKOU: Section(b"H", Flag.HUKOU),
    Kind.CARD: Section(b"K", Flag.CARD),
    Kind.ENROLMENT: Section(b"E", Flag.ENROLMENT),
    Kind.BENEFIT_RECORD: Section(b"R", Flag.BENEFIT),
    Kind.BENEFIT_PAYMENT: Section(b"P", Flag.PAYMENT, timed=True),
    Kind.BENEFIT_RECOVERY: Section(b"P", Flag.RECOVERY, timed=True),
    Kind.CONTRIBUTION: Section(b"L", Flag.CONTRIBUTION, timed=True),
    Kind.CONTRIB_REFUND: Section(b"L", Flag.REFUND, timed=True),
    Kind.ALIVE: Section(b"A", Flag.ALIVE),
    Kind.TRANSFER: Section(b"T", Flag.TRANSFER),
    Kind.BALANCE: Section(b"B", Flag.BALANCE),
    Kind.PAYROLL: Section(b"W", Flag.PAYROLL, timed=True),
    Kind.STATUS: Section(b"S", Flag.STATUS),
    Kind.NATIONAL_MATCH: Section(b"N", Flag.NATIONAL),
    Kind.IDENTITY: Section(b"I", Flag.IDENTITY),
}

KIND_OF: dict[type, Kind] = {member: Kind(member.__struct_config__.tag) for member in AnyFact.__args__}


def section_of(fact: AnyFact) -> bytes:
    """The section that a fact belongs to: letter, then scheme or record."""
    if isinstance(fact, Contribution | ContribRefund):
        return b"L" + fact.scheme.to_bytes(2, "big")
    if isinstance(fact, BenefitPayment | BenefitRecovery):
        return b"P" + fact.record
    return SECTIONS[KIND_OF[type(fact)]].letter


def month_of(fact: AnyFact) -> int:
    """The month that places a timed fact; 0 for the others and where none is stated."""
    if isinstance(fact, Contribution | ContribRefund | BenefitPayment | BenefitRecovery | Payroll):
        return fact.month
    return 0


def ledger_section(scheme: int) -> bytes:
    """The section of one scheme's contributions."""
    return b"L" + scheme.to_bytes(2, "big")


def payment_section(record: bytes) -> bytes:
    """The section of one benefit record's payments."""
    return b"P" + record


def slot_of(month: int) -> int:
    """The place of a month among the rows of a timed section: months from 1980-01 on; what is earlier, or of no stated month, shares the first."""
    return min(max(month - MONTH_ZERO, 0), _SLOT_MAX)


def month_section(section: bytes, slot: int) -> bytes:
    """The row of one month."""
    return section + b"\x01" + slot.to_bytes(2, "big")


def packed_section(section: bytes, pack: int) -> bytes:
    """The row of PACK_MONTHS months."""
    return section + b"\x00" + pack.to_bytes(2, "big")


def is_packed(section: bytes) -> bool:
    """Whether a row's section is that of a pack."""
    return len(section) > _TAIL and section[-_TAIL] == 0 and len(section) - _TAIL == _TIMED_LENGTH.get(section[:1])


_TAIL = 3
_TIMED_LENGTH = {b"L": 3, b"P": 9, b"W": 1}
