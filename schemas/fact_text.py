"""Facts in readable form: names of codes, dates, months, yuan; for `feed check` and other places where people read facts."""

from enum import IntEnum

from schemas.dates import date_of, yyyymm
from schemas.fact_fields import FIELDS, FieldRule, Reading
from schemas.facts import Fact, IdentityRecord
from schemas.kinds import FactStatus, Kind, Precision

DAYS = (Reading.DAY, Reading.DAY_PAST, Reading.DAY_PARTIAL)
OWN_FIELDS = len(Fact.__struct_fields__)


def kind_of(fact: Fact) -> Kind:
    """The kind of a fact."""
    return Kind(int(type(fact).__struct_config__.tag or 0))


def fact_title(fact: Fact) -> str:
    """Kind and status."""
    return f"{kind_of(fact).name} {FactStatus(fact.status).name}"


def fact_fields(fact: Fact) -> list[tuple[str, str]]:
    """(field, text) of everything the fact says beside what is common to all; values that say nothing are left out."""
    rules = {} if isinstance(fact, IdentityRecord) else FIELDS[kind_of(fact)]
    found = [(name, _text(getattr(fact, name), rules.get(name))) for name in fact.__struct_fields__[OWN_FIELDS:]]
    if isinstance(fact, IdentityRecord):
        found = [(name, str(date_of(fact.birth_day)) if name == "birth_day" and fact.birth_day else text) for name, text in found]
    return [("division", str(fact.division)), *[(name, text) for name, text in found if text]]


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _text(value: object, rule: FieldRule | None) -> str:  # noqa: PLR0911 - one line a reading
    if isinstance(value, bytes):
        return value.hex()
    if rule is None or isinstance(value, str):
        return str(value or "")
    number = int(value)  # type: ignore[call-overload]  # texts and bytes are gone above: a number
    if rule.reading in DAYS:
        return str(date_of(number)) if number else ""
    if rule.reading is Reading.MONTH:
        return str(yyyymm(number)) if number else ""
    if rule.reading is Reading.FEN:
        return f"{yuan(number)} yuan" if number else ""
    if rule.reading is Reading.SAME_PERSON:
        return str(number)
    enum = Precision if rule.reading is Reading.PRECISION else rule.enum
    return _code(number, enum) if enum is not None else str(number or "")


def _code(number: int, enum: type[IntEnum]) -> str:
    return enum(number).name if number in enum._value2member_map_ else str(number)
