"""How a value in a scenario becomes the value of a fact field: dates, months, money, codes by name, labels for hashes."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from msgspec.structs import FieldInfo, fields

from schemas.dates import day_of, month, yyyymm
from schemas.facts import AnyFact, BenefitRecord, BenefitRecovery, Card, ContribRefund, Enrolment, Fact, NationalMatch
from schemas.kinds import (
    AliveKind,
    BenefitKind,
    BenefitState,
    CancelReason,
    CardState,
    ContribKind,
    DeathOrigin,
    EnrolState,
    ItemClass,
    PayerKind,
    PayLeg,
    PersonType,
    Precision,
    RecoveryKind,
    Source,
    Stage,
    StatusKind,
)

CODES: dict[str, type[IntEnum]] = {
    "origin": DeathOrigin,
    "precision": Precision,
    "cancel_reason": CancelReason,
    "payer_kind": PayerKind,
    "benefit": BenefitKind,
    "item_class": ItemClass,
    "leg": PayLeg,
    "recovery": RecoveryKind,
    "kind": ContribKind,
    "stage": Stage,
    "alive": AliveKind,
    "person_type": PersonType,
    "status_kind": StatusKind,
    "source": Source,
}
STATES: dict[type[Fact], type[IntEnum]] = {
    Enrolment: EnrolState,
    NationalMatch: EnrolState,
    BenefitRecord: BenefitState,
    BenefitRecovery: PayLeg,
    ContribRefund: PayLeg,
    Card: CardState,
}
MONTHS = frozenset({"month", "first_month", "last_month", "start_month", "end_month", "settled_month", "tax_month"})
DAYS = frozenset({"from_day", "to_day", "birth_day", "entitle_from", "entitle_to", "as_of"})
MONTHS_MAX = 12 * 60
MONTHS_FORM = "a month YYYYMM, a list of them, or a range such as 202401..202406"
_MONTH = re.compile(r"[12]\d{3}(0[1-9]|1[0-2])")
_MONTHS_GIVEN = re.compile(rf"{_MONTH.pattern}(\.\.{_MONTH.pattern})?")
_WHOLE = re.compile(r"-?\d{1,15}")
_FORMS = {"scheme": (re.compile(r"\d{1,4}"), "a scheme's code, at most 4 digits")}
_YUAN = re.compile(r"-?\d{1,13}(\.\d{1,2})?")
CARRIED = tuple(field.name for field in fields(Fact))


class ScenarioError(ValueError):
    """A scenario that does not fit: step (0 = none), field, and a problem that tells the class of what was found and what is allowed, never a value."""

    def __init__(self, problem: str, field: str = "", step: int = 0) -> None:
        self.problem, self.field, self.step = problem, field, step
        super().__init__(f"{field}: {problem}" if field else problem)


def misfit(field: str, found: object, allowed: str) -> ScenarioError:
    """The refusal of a value in a field."""
    return ScenarioError(f"found {kind_of(found)}; allowed: {allowed}", field)


def kind_of(value: object) -> str:
    """What a value is, without the value."""
    if value is None:
        return "nothing"
    kinds = {bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "a mapping", dt.date: "a date"}
    return kinds.get(type(value), f"a text of {len(value)} characters" if isinstance(value, str) else "another kind of value")


def one_of(value: object, name: str, allowed: Iterable[str]) -> str:
    """A value that is one of a few texts."""
    names = sorted(allowed)
    if not isinstance(value, str) or value not in names:
        raise misfit(name, value, ", ".join(names))
    return value


def name_shown(key: object) -> str:
    """A field's name as a refusal may show it: only what has the form of one."""
    return str(key) if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,39}", str(key)) else f"a name of {len(str(key))} characters"


def label(text: object) -> bytes:
    """The 8 bytes that stand for a label; empty for an empty one."""
    return hashlib.blake2b(str(text).encode(), digest_size=8).digest() if text not in ("", None) else b""


def day_value(value: object, name: str) -> int:
    """A day from a YAML date or ISO text; 0 for none."""
    if value in ("", None, 0):
        return 0
    try:
        return day_of(value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)))
    except ValueError:
        raise misfit(name, value, "a date that exists, YYYY-MM-DD") from None


def month_value(value: object, name: str) -> int:
    """A month from YYYYMM; 0 for none."""
    if value in ("", None, 0):
        return 0
    if not _MONTH.fullmatch(str(value)):
        raise misfit(name, value, "a month, YYYYMM")
    return month(int(str(value)))


def sex_value(value: object, name: str = "sex") -> int:
    """1 for M, 2 for F, 0 unknown."""
    known = {"M": 1, "F": 2, "1": 1, "2": 2, "0": 0, "": 0, "None": 0}
    if str(value) not in known:
        raise misfit(name, value, "M, F")
    return known[str(value)]


def whole(value: object, name: str) -> int:
    """A whole number."""
    form, allowed = _FORMS.get(name, (_WHOLE, "a whole number of at most 15 digits"))
    if isinstance(value, bool) or not form.fullmatch(str(value)):
        raise misfit(name, value, allowed)
    return int(str(value))


def fen(value: object, name: str) -> int:
    """Fen from yuan with at most two decimals, without floats."""
    if isinstance(value, bool) or not _YUAN.fullmatch(str(value)):
        raise misfit(name, value, "an amount in yuan with at most two decimals")
    yuan, _, cents = str(value).partition(".")
    sign = -1 if yuan.startswith("-") else 1
    return int(yuan) * 100 + sign * int((cents + "00")[:2])


def field_value(of: type[Fact], name: str, value: object) -> Any:
    """The value of one field of a fact as the fact holds it."""
    info = _info(of, name)
    codes = STATES.get(of) if name == "state" else CODES.get(name)
    if codes is not None:
        return _code(codes, name, value)
    if name == "sex":
        return sex_value(value)
    if name in MONTHS:
        return month_value(value, name)
    if name in DAYS or name.endswith("_on"):
        return day_value(value, name)
    return whole(value, name) if info.type is int else _text(info, value)


def _text(info: FieldInfo, value: object) -> bytes | str:
    if info.type is bytes and isinstance(value, bytes):
        return value
    text = plain(value, info.name)
    return label(text) if info.type is bytes else str(text)


def plain(value: object, name: str) -> object:
    """A text, or what can be read as one."""
    if not isinstance(value, str | int | float | dt.date | None):
        raise misfit(name, value, "one text")
    return value


def _code(codes: type[IntEnum], name: str, value: object) -> int:
    if isinstance(value, str) and value in codes.__members__:
        return int(codes[value])
    if isinstance(value, int) and not isinstance(value, bool) and value in set(codes):
        return value
    raise misfit(name, value, ", ".join(codes.__members__))


def _info(of: type[Fact], name: str) -> FieldInfo:
    for info in fields(of):
        if info.name == name and name not in CARRIED:
            return info
    allowed = ", ".join(sorted(field.name for field in fields(of) if field.name not in CARRIED))
    raise ScenarioError(f"{of.__name__} has no such field; allowed: {allowed}", name_shown(name))


def zero_of(of: type[AnyFact]) -> dict[str, Any]:
    """A fact's fields at their zero: nothing stated."""
    zeros: dict[type, Any] = {int: 0, str: "", bytes: b""}
    return {info.name: zeros[info.type] for info in fields(of) if info.name not in CARRIED}


def months_given(value: object, name: str = "month") -> list[int]:
    """YYYYMM numbers of one month, a list, or a range '202401..202406'."""
    if isinstance(value, list):
        return [number for part in value for number in months_given(part, name)]
    if not _MONTHS_GIVEN.fullmatch(str(value)):
        raise misfit(name, value, MONTHS_FORM)
    first, _, last = str(value).partition("..")
    start, end = (month_value(one, name) for one in (first, last or first))
    if not start <= end < start + MONTHS_MAX:
        raise misfit(name, value, f"{MONTHS_FORM}; a range runs forward, over at most {MONTHS_MAX} months")
    return [yyyymm(number) for number in range(start, end + 1)]
