"""How each field of each fact is read from a record: the vocabulary of the feed files.

A feed file says which column fills a field; this table says what the column's value must be. Fields that every fact carries (row, status,
version, source, division) and the name key are filled by intake itself.
"""

from enum import Enum, IntEnum

from msgspec import Struct

from schemas import kinds
from schemas.kinds import Kind
from schemas.record_kinds import Flag, IncomeKind


class Reading(Enum):
    """What a column's value must be, and what becomes of it."""

    DAY_PAST = "a date not after today"
    DAY = "a date, which may lie ahead"
    DAY_PARTIAL = "a date not after today, or only its month or year: the last day of it"
    PRECISION = "how exactly the same column gives the date"
    MONTH = "a month YYYYMM"
    COUNT = "a whole number, at least 0"
    FEN = "an amount in yuan with at most two decimals, at least 0; becomes fen"
    CODE = "a code of this source's code map"
    DIGITS = "the digits of a code, 0 when empty"
    DIVISION = "a division code, six digits or more"
    EMPLOYER = "a uniform social credit code"
    KEYED = "an opaque number; becomes a keyed hash of 8 bytes"
    CARD_SERIAL = "a card's serial, 8 to 20 letters and digits; becomes a keyed hash of 8 bytes"
    HASHED = "a system's own number; becomes a hash of 8 bytes"
    RECORD = "[scheme, person number, division]; becomes the record's hash"
    BILL = "[payer, bill number]; becomes a hash, empty without a number"
    PAYER = "the payer's code; empty: the person"
    STATE = "one state column, or the pair [AAC008, AAC031]"
    RAW_PAIR = "[AAC008, AAC031] as two digits"
    SAME_PERSON = "[number, other number]; 1 when the other is empty or the same person"
    OTHER_PERSON = "[number, other number]; 1 when the other is another person"


COLUMNS_NEEDED = {
    Reading.RECORD: 3,
    Reading.BILL: 2,
    Reading.RAW_PAIR: 2,
    Reading.SAME_PERSON: 2,
    Reading.OTHER_PERSON: 2,
}
"""How many columns a reading takes; others take one, and dates as many as one likes (the first that is not empty)."""


class FieldRule(Struct, frozen=True):
    """How one field is read.

    Attributes:
        default: None: a record without it is refused; otherwise the value of an empty column.
        ahead_months: how many months after the day of the record a month may lie; 0 = as far as it likes.
    """

    reading: Reading
    enum: type[IntEnum] | None = None
    default: int | str | bytes | None = None
    ahead_months: int = 0


def _code(enum: type[IntEnum], default: int | None = None) -> FieldRule:
    return FieldRule(Reading.CODE, enum, default)


_DAY = FieldRule(Reading.DAY, default=0)
_DAY_PAST = FieldRule(Reading.DAY_PAST, default=0)
_MONTH = FieldRule(Reading.MONTH)
_MONTH_OR_NONE = FieldRule(Reading.MONTH, default=0)
_PAID_MONTH = FieldRule(Reading.MONTH, ahead_months=12)  # benefits go out monthly, at most a few months early before a festival
_DUE_MONTH = FieldRule(Reading.MONTH, ahead_months=24)  # a premium year is collected from the September before it; some prepay another
_MONTHS = FieldRule(Reading.COUNT, default=1)
_FEN = FieldRule(Reading.FEN)
_FEN_OR_NONE = FieldRule(Reading.FEN, default=0)
_FLAG = _code(Flag, 0)
_SCHEME = _code(kinds.Scheme)
_PLACE = FieldRule(Reading.DIVISION)
_RECORD = FieldRule(Reading.RECORD)
_BILL = FieldRule(Reading.BILL, default=b"")
_PAYER = FieldRule(Reading.PAYER)
_EMPLOYER = FieldRule(Reading.EMPLOYER, default="")
_LEG = _code(kinds.PayLeg)
_DIGITS = FieldRule(Reading.DIGITS, default=0)

FIELDS: dict[Kind, dict[str, FieldRule]] = {
    Kind.DEATH_CLAIM: {
        "origin": _code(kinds.DeathOrigin),
        "died_on": FieldRule(Reading.DAY_PARTIAL),
        "precision": FieldRule(Reading.PRECISION, default=0),
        "proof": FieldRule(Reading.DIGITS, default=0),
        "certificate": FieldRule(Reading.KEYED, default=b""),
    },
    Kind.HUKOU: {
        "place": _PLACE,
        "from_day": _DAY_PAST,
        "to_day": _DAY,
        "cancel_reason": _code(kinds.CancelReason, 0),
        "residence_permit": FieldRule(Reading.DIGITS, default=0),
    },
    Kind.CARD: {
        "card": FieldRule(Reading.CARD_SERIAL),
        "state": _code(kinds.CardState),
        "issued_on": _DAY_PAST,
        "changed_on": _DAY_PAST,
        "city": FieldRule(Reading.DIVISION, default=0),
    },
    Kind.ENROLMENT: {
        "record": _RECORD,
        "scheme": _SCHEME,
        "place": _PLACE,
        "state": FieldRule(Reading.STATE, kinds.EnrolState),
        "raw_pair": FieldRule(Reading.RAW_PAIR, default=99),
        "payer_kind": _code(kinds.PayerKind, 0),
        "employer": _EMPLOYER,
        "reason": _DIGITS,
        "from_day": _DAY,
        "to_day": _DAY,
        "changed_on": _DAY_PAST,
        "first_month": _MONTH_OR_NONE,
        "entitle_from": _DAY,
        "entitle_to": _DAY,
        "retired": _FLAG,
        "subsidised": _FLAG,
        "person_type": _code(kinds.PersonType, 0),
    },
    Kind.BENEFIT_RECORD: {
        "record": _RECORD,
        "benefit": _code(kinds.BenefitKind),
        "scheme": _SCHEME,
        "place": _PLACE,
        "state": _code(kinds.BenefitState),
        "reason": _DIGITS,
        "changed_on": _DAY_PAST,
        "start_month": _MONTH_OR_NONE,
        "end_month": _MONTH_OR_NONE,
        "own": FieldRule(Reading.SAME_PERSON, default=1),
        "certified_on": _DAY_PAST,
    },
    Kind.BENEFIT_PAYMENT: {
        "record": _RECORD,
        "month": _PAID_MONTH,
        "item": _DIGITS,
        "item_class": _code(kinds.ItemClass),
        "amount_fen": _FEN,
        "leg": _LEG,
        "paid_on": _DAY_PAST,
        "run": FieldRule(Reading.HASHED, default=b""),
        "payee_other": FieldRule(Reading.OTHER_PERSON, default=0),
    },
    Kind.BENEFIT_RECOVERY: {
        "record": _RECORD,
        "month": _MONTH_OR_NONE,
        "recovery": _code(kinds.RecoveryKind),
        "amount_fen": _FEN,
        "state": _LEG,
        "booked_on": _DAY_PAST,
    },
    Kind.CONTRIBUTION: {
        "scheme": _SCHEME,
        "place": _PLACE,
        "month": _DUE_MONTH,
        "months": _MONTHS,
        "bill": _BILL,
        "stage": _code(kinds.Stage),
        "kind": _code(kinds.ContribKind),
        "payer_kind": _code(kinds.PayerKind, 0),
        "payer": _PAYER,
        "item": _DIGITS,
        "person_fen": _FEN_OR_NONE,
        "employer_fen": _FEN_OR_NONE,
        "public_fen": _FEN_OR_NONE,
        "paid_on": _DAY_PAST,
        "settled_month": _MONTH_OR_NONE,
        "base_fen": _FEN_OR_NONE,
        "reversed": _FLAG,
        "record": FieldRule(Reading.RECORD, default=b""),
        "employer": _EMPLOYER,
    },
    Kind.CONTRIB_REFUND: {
        "scheme": _SCHEME,
        "place": _PLACE,
        "month": _DUE_MONTH,
        "months": _MONTHS,
        "bill": _BILL,
        "refund": FieldRule(Reading.HASHED, default=b""),
        "refund_type": _DIGITS,
        "person_fen": _FEN_OR_NONE,
        "employer_fen": _FEN_OR_NONE,
        "state": _LEG,
        "posted_on": _DAY_PAST,
        "payer": _PAYER,
    },
    Kind.ALIVE: {
        "alive": _code(kinds.AliveKind),
        "seen_on": FieldRule(Reading.DAY_PAST),
        "record": FieldRule(Reading.RECORD, default=b""),
    },
    Kind.TRANSFER: {
        "scheme": _SCHEME,
        "direction": FieldRule(Reading.DIGITS),
        "other_division": FieldRule(Reading.DIVISION, default=0),
        "month": _MONTH_OR_NONE,
        "months": _MONTHS,
        "booked_on": _DAY_PAST,
        "cancelled": _FLAG,
    },
    Kind.BALANCE: {
        "record": _RECORD,
        "scheme": _SCHEME,
        "balance_fen": _FEN,
        "state": _DIGITS,
        "as_of": FieldRule(Reading.DAY_PAST),
    },
    Kind.PAYROLL: {
        "employer": FieldRule(Reading.EMPLOYER),
        "income_kind": _code(IncomeKind),
        "month": _MONTH,
        "tax_month": _MONTH_OR_NONE,
        "wage_fen": _FEN,
    },
    Kind.STATUS: {
        "status_kind": _code(kinds.StatusKind),
        "from_day": _DAY,
        "to_day": _DAY,
        "code": _DIGITS,
    },
    Kind.NATIONAL_MATCH: {
        "scheme": _SCHEME,
        "place": FieldRule(Reading.DIVISION, default=0),
        "state": _code(kinds.EnrolState),
        "first_month": _MONTH_OR_NONE,
        "last_month": _MONTH_OR_NONE,
        "drawing": _FLAG,
        "queried_on": FieldRule(Reading.DAY_PAST),
    },
}
"""Kind → field → rule. IDENTITY facts come from a table's `subject`, not from fields."""
