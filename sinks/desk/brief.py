"""What a list row shows of an alert, and the facet that it is counted and filtered by."""

from typing import NamedTuple, Self

from msgspec import Struct, msgpack

from schemas.alert import Alert

NO_DUE = 0x7FFF
"""Sorts an alert without a clock behind every day until 2059."""
AMOUNT_MAX = (1 << 36) - 1
SORTS = ("due", "new", "amount")


class Brief(Struct, array_like=True, gc=False):
    """One row of a list. Ids in hexadecimal, days since 1970-01-01 (0 = none), months YYYYMM, money fen."""

    alert_id: str
    case_id: str
    revision: int
    handling_version: int
    change: str
    rule: str
    title: str
    level: str
    premise: str
    severity: str
    queue: str
    due: int
    handling: str
    owner_agency: str
    division: int
    involved: list[int]
    scheme: int
    first_month: int
    last_month: int
    months: int
    amount_fen: int
    as_of: int
    detected_on: int
    origin: str
    reopened: bool
    person: str
    referred_to: int = 0


class Facet(NamedTuple):
    """What an open alert is counted by; as text, its parts joined by `|`."""

    rule: str
    queue: str
    severity: str
    level: str
    handling: str
    owner: str
    origin: str

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """The facet of an alert; a critical one is for today, whatever its rule's queue."""
        queue = "A" if alert.severity == "CRITICAL" else alert.queue
        return cls(alert.rule, queue, alert.severity, alert.level, alert.handling, alert.owner_agency, alert.origin)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The facet of its text."""
        return cls(*text.split("|"))

    def text(self) -> str:
        """The parts in one text."""
        return "|".join(self)


encode_brief = msgpack.Encoder().encode
decode_brief = msgpack.Decoder(Brief).decode


def brief_of(alert: Alert) -> Brief:
    """The list row of an alert."""
    months = alert.months or [0]
    return Brief(
        alert_id=alert.alert_id.hex(),
        case_id=alert.case_id.hex(),
        revision=alert.revision,
        handling_version=alert.handling_version,
        change=alert.change,
        rule=alert.rule,
        title=alert.title,
        level=alert.level,
        premise=alert.premise,
        severity=alert.severity,
        queue=Facet.of(alert).queue,
        due=alert.due,
        handling=alert.handling,
        owner_agency=alert.owner_agency,
        division=alert.handling_division,
        involved=alert.involved_divisions,
        scheme=alert.scheme,
        first_month=months[0],
        last_month=months[-1],
        months=len(alert.months),
        amount_fen=alert.amount_fen,
        as_of=alert.as_of,
        detected_on=alert.detected_on,
        origin=alert.origin,
        reopened=alert.reopened,
        person=alert.person_key.hex(),
        referred_to=alert.referred_to,
    )


def scores(alert: Alert) -> tuple[int, int, int]:
    """Positions in the three orders of SORTS, ascending; the low bits come from the id, so that a page boundary hardly ever falls between equals."""
    tie = int.from_bytes(alert.alert_id[:4], "big")
    due = (alert.due or NO_DUE) << 32 | tie
    new = (NO_DUE - alert.detected_on) << 32 | tie
    amount = (AMOUNT_MAX - min(alert.amount_fen, AMOUNT_MAX)) << 16 | tie >> 16
    return due, new, amount
