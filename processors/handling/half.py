"""The clerks' half as the state keeps it beside the engine's half, and the alert that both show together."""

from msgspec import Struct, field, msgpack, structs

from processors.person.person import Person
from processors.person.state import detail_key
from schemas.alert import Alert, alert_id
from schemas.handling import load_handling
from schemas.kinds import Handling, Premise

ANSWERS_KEPT = 30
"""Answers to earlier decisions that an alert remembers: a decision that comes again is answered as it was."""
TABLE = load_handling()


class Basis(Struct, array_like=True, frozen=True):
    """What an explanation or a closing rests on: the alert as it was then."""

    material: bytes  # material_key then
    seen: bytes  # material_key since, while the facts were no worse
    months: list[int]
    amount_fen: int
    certain_fen: int
    balance_fen: int
    feeds: list[str]
    parties: list[str]  # texts of the material facts: employers, records, kinds


class Answer(Struct, array_like=True, frozen=True):
    """What was answered to a decision."""

    decision: bytes  # the 16 bytes of its UUID
    verdict: str
    code: str
    valid_until: int
    to_division: int
    revision: int
    version: int
    handling: str
    as_of: int


class Half(Struct, array_like=True, frozen=True):
    """The clerks' half. Days are day numbers of the log; 0 and empty = none."""

    handling: str = Handling.NEW.value
    version: int = 0
    code: str = ""
    changed_on: int = 0
    until: int = 0  # last day on which an explanation or repayment plan stands
    basis: Basis | None = None
    reopened: bool = False
    confirmed_on: int = 0  # since when it counts as confirmed, closed afterwards or not
    dead_on: int = 0  # when a clerk found the death true (R24)
    referred_to: int = 0
    referred_agency: str = ""
    refusals: int = 0
    due: int = 0  # of a referral
    division: int = 0  # that has the case since the first decision; 0 = the engine's
    agency: str = ""
    answers: list[Answer] = field(default_factory=list)


FRESH = Half()


class AlertRow(Struct, array_like=True):
    """What the state keeps of an alert for ever: the engine's last revision, when it became an ALERT, and the clerks' half."""

    alert: Alert
    alerted_on: int = 0
    half: Half = FRESH
    material: list[int | str] = field(default_factory=list)  # the material facts behind the alert's material_key


decode_row = msgpack.Decoder(AlertRow).decode


def alert_key(person: bytes, identifier: bytes) -> bytes:
    """Key of the row of an alert."""
    return detail_key(person, b"Z" + identifier)


def half_of(person: Person, rule: str, scope: list[int | str]) -> Half:
    """The clerks' half of one alert of a person; a fresh one where there is none."""
    raw = person.read(alert_key(person.key, alert_id(rule, person.head.subject, scope)))
    return FRESH if raw is None else decode_row(raw).half


def shown(alert: Alert, half: Half) -> Alert:
    """The alert with both halves, as it is published."""
    if half is FRESH or half == FRESH:
        return alert
    division = half.division or alert.handling_division
    involved = {*alert.involved_divisions, alert.handling_division, half.referred_to} - {0, division}
    return structs.replace(
        alert,
        handling=half.handling,
        handling_version=half.version,
        handling_code=half.code,
        handled_on=half.changed_on,
        stands_until=half.until,
        referred_to=half.referred_to,
        referred_agency=half.referred_agency,
        handling_division=division,
        involved_divisions=sorted(involved),
        owner_agency=half.agency or alert.owner_agency,
        reopened=alert.reopened or half.reopened,
        due=_due(alert, half),
    )


def _due(alert: Alert, half: Half) -> int:
    """Whose clock runs: the engine's until the alert is decided, a referral's own, none afterwards."""
    clock = TABLE.states[Handling(half.handling)].clock
    if alert.premise != Premise.HOLDS or clock == "STOPS":
        return 0
    return half.due if clock == "REFERRAL" else alert.due
