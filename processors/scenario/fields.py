"""How a value in a scenario becomes the value of a fact field: dates, months, money, codes by name, labels for hashes."""

import datetime as dt
import hashlib
from enum import IntEnum
from typing import Any

from msgspec.structs import FieldInfo, fields

from schemas.dates import day_of, month
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
CARRIED = tuple(field.name for field in fields(Fact))


class ScenarioError(ValueError):
    """A scenario that does not fit; the message names step and field."""


def label(text: object) -> bytes:
    """The 8 bytes that stand for a label; empty for an empty one."""
    return hashlib.blake2b(str(text).encode(), digest_size=8).digest() if text not in {"", None} else b""


def day_value(value: object) -> int:
    """A day from a YAML date or ISO text; 0 for none."""
    if value in {"", None, 0}:
        return 0
    return day_of(value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)))


def sex_value(value: object) -> int:
    """1 for M, 2 for F, 0 unknown."""
    return {"M": 1, "F": 2, "1": 1, "2": 2}.get(str(value), 0)


def fen(value: object) -> int:
    """Fen from yuan with at most two decimals, without floats."""
    yuan, _, cents = str(value).partition(".")
    sign = -1 if yuan.startswith("-") else 1
    return int(yuan) * 100 + sign * int((cents + "00")[:2])


def field_value(of: type[Fact], name: str, value: object) -> Any:
    """The value of one field of a fact as the fact holds it."""
    codes = STATES.get(of) if name == "state" else CODES.get(name)
    if codes is not None and isinstance(value, str):
        return int(codes[value])
    if name == "sex":
        return sex_value(value)
    if name in MONTHS:
        return month(int(str(value))) if value else 0
    if name in DAYS or name.endswith("_on"):
        return day_value(value)
    info = _info(of, name)
    if info.type is bytes:
        return value if isinstance(value, bytes) else label(value)
    return str(value) if info.type is str else int(str(value))


def _info(of: type[Fact], name: str) -> FieldInfo:
    for info in fields(of):
        if info.name == name:
            return info
    allowed = ", ".join(sorted(field.name for field in fields(of) if field.name not in CARRIED))
    raise ScenarioError(f"{of.__name__} has no field {name!r}; allowed: {allowed}")


def zero_of(of: type[AnyFact]) -> dict[str, Any]:
    """A fact's fields at their zero: nothing stated."""
    zeros: dict[type, Any] = {int: 0, str: "", bytes: b""}
    return {info.name: zeros[info.type] for info in fields(of) if info.name not in CARRIED}


def months_given(value: object) -> list[int]:
    """YYYYMM numbers of one month, a list, or a range '202401..202406'."""
    if isinstance(value, list):
        return [number for part in value for number in months_given(part)]
    text = str(value)
    if ".." not in text:
        return [int(text)]
    first, _, last = text.partition("..")
    start, end = month(int(first)), month(int(last))
    return [number // 12 * 100 + number % 12 + 1 for number in range(start, end + 1)]
