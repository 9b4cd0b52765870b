"""Which detail row a fact lies in, and which month places it there."""

from msgspec import Struct

from processors.person.state import Flag
from schemas.dates import MONTH_ZERO
from schemas.facts import AnyFact, BenefitPayment, BenefitRecovery, ContribRefund, Contribution
from schemas.kinds import Kind

PACK_MONTHS = 6
"""Months of one packed row."""
HOT_MONTHS_MAX = 7
"""Months with a row of their own; one more, and the oldest of them that share a pack are packed."""
_SLOT_MAX = 0xFFFF
_MONTH_MAX = MONTH_ZERO + _SLOT_MAX


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


_LETTERS = {member: SECTIONS[kind].letter for member, kind in KIND_OF.items()}
TIMED: frozenset[type] = frozenset(member for member, kind in KIND_OF.items() if SECTIONS[kind].timed)
"""Structs of timed facts. Looked up by type: `isinstance` of a msgspec struct goes through its metaclass and costs several times as much."""


def section_of(fact: AnyFact) -> bytes:
    """The section that a fact belongs to: letter, then scheme or record."""
    of = type(fact)
    if of is Contribution or of is ContribRefund:
        return ledger_section(fact.scheme)  # type: ignore[union-attr]  # the type was looked at
    if of is BenefitPayment or of is BenefitRecovery:
        return payment_section(fact.record)  # type: ignore[union-attr]  # the type was looked at
    return _LETTERS[of]


def month_of(fact: AnyFact) -> int:
    """The month that places a timed fact; 0 for the others and where none is stated."""
    return fact.month if type(fact) in TIMED else 0  # type: ignore[union-attr]  # timed facts have one


def ledger_section(scheme: int) -> bytes:
    """The section of one scheme's contributions."""
    return b"L" + scheme.to_bytes(2, "big")


def payment_section(record: bytes) -> bytes:
    """The section of one benefit record's payments."""
    return b"P" + record


def slot_of(month: int) -> int:
    """The place of a month among the rows of a timed section: months from 1980-01 on; what is earlier, or of no stated month, shares the first."""
    return month - MONTH_ZERO if MONTH_ZERO <= month <= _MONTH_MAX else 0 if month < MONTH_ZERO else _SLOT_MAX


def month_section(section: bytes, slot: int) -> bytes:
    """The row of one month."""
    return section + b"\x01" + slot.to_bytes(2, "big")


def packed_section(section: bytes, pack: int) -> bytes:
    """The row of PACK_MONTHS months."""
    return section + b"\x00" + pack.to_bytes(2, "big")


def is_packed(section: bytes) -> bool:
    """Whether a row's section is that of a pack."""
    return section[:1] in _TIMED_LETTERS and section[-_TAIL] == 0


_TAIL = 3
_TIMED_LETTERS = frozenset(section.letter for section in SECTIONS.values() if section.timed)
