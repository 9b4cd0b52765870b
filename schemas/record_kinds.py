"""Codes that stand in records and not in facts of their own: what code maps translate besides `schemas.kinds`."""

from enum import IntEnum


class Document(IntEnum):
    """The document type a record declares (AAC058 / PSN_CERT_TYPE after its source's code map; domain 1.13)."""

    NUMBER = 0  # 社会保障号码, or no type declared
    RESIDENT_ID = 1
    HMT_PERMIT = 2
    PR_CARD = 3
    PASSPORT = 4
    DISABILITY = 5  # its number starts with the citizen ID
    OTHER = 9


class Sex(IntEnum):
    """AAC004 (GB/T 2261.1)."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2


class IncomeKind(IntEnum):
    """Item of personal income a payroll row is about."""

    UNKNOWN = 0
    WAGE = 1
    LABOUR_FEE = 2
    OTHER = 9


class Flag(IntEnum):
    """Yes or no."""

    NO = 0
    YES = 1
