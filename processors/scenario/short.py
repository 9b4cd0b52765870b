"""The short form of a scenario step: an event of the catalogue with its defaults becomes the facts that intake would assert.

A step that speaks of a row again takes what it leaves out from that row's last statement, as a changed row in a department's table would.
"""

from typing import Any

from msgspec import Struct, field

from processors.person.sections import month_of, section_of
from processors.rules.r04_hukou_cancelled_not_death import death_origin_of
from processors.scenario.fields import fen, field_value, label, months_given, one_of, whole, zero_of
from schemas.facts import (
    Alive,
    AnyFact,
    Balance,
    BenefitPayment,
    BenefitRecord,
    BenefitRecovery,
    Card,
    ContribRefund,
    Contribution,
    DeathClaim,
    Enrolment,
    Fact,
    Hukou,
    IdentityRecord,
    NationalMatch,
    Payroll,
    Status,
    Transfer,
)
from schemas.kinds import MEDICAL, CancelReason, DeathOrigin, FactStatus, Precision, Source

STEP_KEYS = frozenset(
    {
        "event",
        "person",
        "at",
        "row",
        "change",
        "listed",  # one of several months of a step: each is a record of its own
        "version",
        "feed",
        "division",
        "name",
        "sex",
        "birth",
        "id_form",
        "snapshot",
        "expect",
        "published",
        "note",
    }
)
CHANGES = {
    "CREATED": FactStatus.ASSERTED,
    "CORRECTED": FactStatus.ASSERTED,
    "ANNULLED": FactStatus.WITHDRAWN,
    "ENDED": FactStatus.ENDED,
    "DELETED": FactStatus.ROW_GONE,  # archived: what it said stays
}
SOURCES = {"medical": Source.MEDICAL, "card": Source.CARD}  # feeds that state facts which another source states by default
CLAIM_KEYS = frozenset({"died_on", "certificate", "precision"})  # of the claim that rides on a registration or a booking
DEATH_BOOKED = frozenset({1401, 6401, 6309})


class Short(Struct, frozen=True):
    """One event of the catalogue: which fact, from which feed, with which defaults, and which fields name its row."""

    fact: type[Fact]
    feed: str
    source: Source
    defaults: dict[str, object] = {}
    row: tuple[str, ...] = ()
    identity: bool = False


class _Subject(Struct, frozen=True):
    """How a step's record names the person."""

    name: bytes
    id_form: int


_ENROL = ("scheme", "record")
_PAY = ("record", "month", "item", "run")
_MONEY = ("scheme", "month", "payer", "bill", "kind")


def _enrol(**defaults: object) -> Short:
    return Short(Enrolment, "business", Source.BUSINESS, {"payer_kind": "EMPLOYER", **defaults}, _ENROL, identity=True)


def _benefit(**defaults: object) -> Short:
    return Short(
        BenefitRecord, "business", Source.BUSINESS, {"benefit": "PENSION", "scheme": 170, "own": 1, **defaults}, ("record",), identity=True
    )


def _recovery(kind: str) -> Short:
    return Short(BenefitRecovery, "business", Source.BUSINESS, {"recovery": kind, "state": "PAID"}, ("recovery", "record", "month"))


def _claim(feed: str, source: Source, origin: str, proof: int) -> Short:
    return Short(DeathClaim, feed, source, {"origin": origin, "proof": proof}, ("origin",))


def _hukou(**defaults: object) -> Short:
    return Short(Hukou, "household", Source.POLICE, defaults, (), identity=True)


def _card(state: str) -> Short:
    return Short(Card, "card", Source.CARD, {"state": state}, ("card",))


def _status(kind: str, feed: str, source: Source) -> Short:
    return Short(Status, feed, source, {"status_kind": kind}, ("status_kind", "from_day"))


_CONTRIB: dict[str, object] = {"months": 1, "kind": "NORMAL", "payer_kind": "EMPLOYER", "scheme": 110, "payer": "employer"}
_REFUND: dict[str, object] = {"months": 1, "state": "PAID", "refund_type": 10004, "payer": "employer", "scheme": 110}
EVENTS: dict[str, Short] = {
    "DEATH_CERTIFIED": _claim("death_certificate", Source.HEALTH, "MEDICAL", 1),
    "CREMATED": _claim("cremation", Source.CIVIL, "FUNERAL", 1),
    "DEATH_REGISTERED": _claim("household", Source.POLICE, "POLICE", 2),
    "DEATH_DECLARED_BY_COURT": _claim("household", Source.COURT, "COURT", 3),
    "DEATH_REPORTED_BY_FAMILY": _claim("business", Source.BUSINESS, "FAMILY_COMMUNITY", 0),
    "HUKOU_IN": _hukou(),
    "HUKOU_OUT": _hukou(cancel_reason="MOVED_OUT"),
    "HUKOU_CANCELLED": _hukou(cancel_reason="UNKNOWN"),
    "RESIDENCE_PERMIT_START": _hukou(residence_permit=1),
    "CARD_ISSUED": _card("ACTIVE"),
    "CARD_LOST": _card("LOST"),
    "CARD_CLOSED": _card("CLOSED"),
    "ENROL_START": _enrol(state="PAYING"),
    "ENROL_PAUSE": _enrol(state="PAUSED"),
    "ENROL_RESUME": _enrol(state="PAYING"),
    "ENROL_END": _enrol(state="ENDED"),
    "ENROL_INVALID": _enrol(state="INVALID"),
    "BENEFIT_START": _benefit(state="PAYABLE"),
    "BENEFIT_SUSPENDED": _benefit(state="SUSPENDED"),
    "BENEFIT_RESUMED": _benefit(state="PAYABLE"),
    "BENEFIT_ENDED": _benefit(state="ENDED"),
    "BENEFIT_PAID": Short(BenefitPayment, "business", Source.BUSINESS, {"item": 100011, "item_class": "BASIC", "leg": "PAID"}, _PAY),
    "BENEFIT_RETURNED": _recovery("RETURNED"),
    "BENEFIT_REFUNDED": _recovery("REFUND"),
    "OFFSET_POSTED": _recovery("OFFSET"),
    "WRITE_OFF": _recovery("WRITE_OFF"),
    "CONTRIB_BILLED": Short(Contribution, "tax_contribution", Source.TAX, {**_CONTRIB, "stage": "BILLED"}, _MONEY),
    "CONTRIB_PAID": Short(Contribution, "tax_contribution", Source.TAX, {**_CONTRIB, "stage": "TREASURY"}, _MONEY),
    "CONTRIB_BOOKED": Short(Contribution, "business", Source.BUSINESS, {**_CONTRIB, "stage": "BOOKED"}, _MONEY),
    "CONTRIB_REFUNDED": Short(ContribRefund, "tax_contribution", Source.TAX, _REFUND, ("scheme", "month", "refund", "person_fen")),
    "REFUND_POSTED": Short(ContribRefund, "business", Source.BUSINESS, _REFUND, ("scheme", "month", "refund", "person_fen")),
    "LIFE_CERTIFIED": Short(Alive, "business", Source.BUSINESS, {"alive": "FACE"}, ("alive", "seen_on")),
    "MED_SETTLED": Short(Alive, "medical", Source.MEDICAL, {"alive": "HOSPITAL_CHECKED"}, ("alive", "seen_on")),
    "TRANSFER_OUT": Short(Transfer, "business", Source.BUSINESS, {"direction": 1, "months": 1}, ("direction", "scheme")),
    "TRANSFER_IN": Short(Transfer, "business", Source.BUSINESS, {"direction": 2, "months": 1}, ("direction", "scheme")),
    "ACCOUNT_BALANCE": Short(Balance, "business", Source.BUSINESS, {}, ("record",)),
    "PAYROLL_REPORTED": Short(Payroll, "tax_payroll", Source.TAX, {"income_kind": 1}, ("employer", "month")),
    "STUDENT_START": _status("STUDENT", "education", Source.EDUCATION),
    "MILITARY_START": _status("MILITARY", "military", Source.OTHER),
    "CUSTODY": _status("CUSTODY", "justice", Source.JUSTICE),
    "EMIGRATED": _status("EMIGRATED", "household", Source.POLICE),
    "SURVEY_ANSWERED": _status("UNINSURED_REASON", "business", Source.BUSINESS),
    "NATIONAL_MATCH_RESULT": Short(NationalMatch, "national_match", Source.NATIONAL, {"state": "NONE"}, ("scheme", "place")),
}


WITHDRAWN = int(FactStatus.WITHDRAWN)


class Rows(Struct):
    """What each row of the scenario said last: field values as given."""

    said: dict[bytes, dict[str, Any]]
    version: int = 0
    claimed: dict[bytes, dict[str, Any]] = field(default_factory=dict)  # the death claim that a row of another kind carries
    listed: set[bytes] = field(default_factory=set)  # labels under which a step gave several months


def expand(step: dict[str, Any]) -> list[dict[str, Any]]:
    """One step a month where `month` is a list or a range."""
    months = months_given(step["month"]) if step.get("month") else []
    return [{**step, "month": number, "listed": True} for number in months] if len(months) > 1 else [step]


def facts_of(step: dict[str, Any], person: dict[str, Any], rows: Rows) -> tuple[str, list[AnyFact]]:
    """(feed, facts) of one step. Amounts may be given in yuan under the field's name without `_fen`."""
    short = EVENTS[one_of(step["event"], "event", EVENTS)]
    given = _values(short, step)
    row = _row(step, short, {**short.defaults, **given})
    said = rows.said.get(row, {})
    stated = {**short.defaults, **said, **_defaults_that_change(short), **given}
    if "listed" in step:
        rows.listed.add(row)
    rows.said[row] = {key: value for key, value in stated.items() if key != "status"}
    rows.version += 1
    carried = _carried(step, short, row, rows.version, person)
    feed = step.get("feed") or (
        "medical" if short.fact is Enrolment and whole(stated.get("scheme", 0), "scheme") in MEDICAL else short.feed
    )
    if feed in SOURCES:
        carried["source"] = int(SOURCES[feed])
    own = {key: value for key, value in stated.items() if key not in CLAIM_KEYS or short.fact is DeathClaim}
    fact = _fact(short.fact, own, carried, _subject(step, person))
    claims = _death_of(fact, stated, carried, _subject(step, person), rows)
    left = _left(fact, said, carried, _subject(step, person)) if said and fact.status != WITHDRAWN and row not in rows.listed else []
    return feed, [*left, fact, *claims, *_identity(short, step, person, carried, fact)]


def _defaults_that_change(short: Short) -> dict[str, object]:
    """State and reason are what an event is about, so its own default wins over what the row said before."""
    return {key: value for key, value in short.defaults.items() if key in {"state", "cancel_reason", "stage"}}


def _values(short: Short, step: dict[str, Any]) -> dict[str, Any]:
    known = set(short.fact.__struct_fields__)
    values = {}
    for key, value in step.items():
        if key in STEP_KEYS:
            continue
        if f"{key}_fen" in known and key not in known:
            values[f"{key}_fen"] = fen(value, key)
        else:
            values[key] = value
    return values


def _row(step: dict[str, Any], short: Short, stated: dict[str, Any]) -> bytes:
    if "row" in step:
        return label(f"{short.fact.__name__}:{step['row']}")
    named = [stated.get(key, "") for key in short.row]
    return label(f"{short.fact.__name__}:{short.source}:{named}")


def _carried(step: dict[str, Any], short: Short, row: bytes, version: int, person: dict[str, Any]) -> dict[str, Any]:
    change = one_of(step.get("change", "CREATED"), "change", CHANGES)
    sequence = whole(step.get("version", version), "version")
    where = "division" if step.get("division") or not step.get("place") else "place"
    division = whole(step.get(where) or person.get("division", 370102), where)
    values = {
        "row": row,
        "status": int(CHANGES[change]),
        "incarnation": 1,
        "sequence": sequence,
        "sub": 0,
        "ref": -1,
        "offset": 0,
        "known_on": 0,
    }
    return {**values, "source": int(short.source), "division": division}


def _fact(of: type[Fact], stated: dict[str, Any], carried: dict[str, Any], subject: _Subject) -> Any:
    values = zero_of(of)  # type: ignore[arg-type]  # every Fact of the catalogue is one of AnyFact
    if "place" in values:
        values["place"] = carried["division"]
    if "name_key" in values:
        values["name_key"] = subject.name
    if "id_form" in values:
        values["id_form"] = subject.id_form
    for key, value in stated.items():
        values[key] = field_value(of, key, value)
    return of(**{**carried, **values})


def _left(fact: Any, said: dict[str, Any], carried: dict[str, Any], subject: _Subject) -> list[AnyFact]:
    """The fact that a row leaves behind, withdrawn, where it now speaks of another month, scheme or record: as intake does."""
    own = {key: value for key, value in said.items() if key not in CLAIM_KEYS or isinstance(fact, DeathClaim)}
    was = _fact(type(fact), own, {**carried, "status": WITHDRAWN}, subject)
    return [was] if (section_of(was), month_of(was)) != (section_of(fact), month_of(fact)) else []


def _subject(step: dict[str, Any], person: dict[str, Any]) -> _Subject:
    name = label(step.get("name", person.get("name", "name")))
    return _Subject(name, whole(step.get("id_form", 18), "id_form"))


def _death_of(fact: Any, stated: dict[str, Any], carried: dict[str, Any], subject: _Subject, rows: Rows) -> list[AnyFact]:
    """The death claim that rides on a cancelled registration or a booking by the agency; withdrawn when the row says it no more."""
    origin: DeathOrigin | None = None
    if isinstance(fact, Hukou):
        origin = death_origin_of(CancelReason(fact.cancel_reason))
    elif isinstance(fact, Enrolment | BenefitRecord) and fact.reason in DEATH_BOOKED and (stated.get("died_on") or fact.changed_on):
        origin = DeathOrigin.FAMILY_COMMUNITY
    key = carried["row"]
    if origin is None:
        said = rows.claimed.pop(key, None)
        return [] if said is None else [_fact(DeathClaim, said, {**carried, "status": WITHDRAWN}, subject)]
    claim = {field_name: stated[field_name] for field_name in CLAIM_KEYS if stated.get(field_name)}
    undated = {"died_on": stated.get("to_day") or stated.get("changed_on"), "precision": Precision.NOT_AFTER.name}
    rows.claimed[key] = {**({} if "died_on" in claim else undated), **claim, "origin": origin.name, "proof": 2}
    return [_fact(DeathClaim, rows.claimed[key], carried, subject)]


def _identity(short: Short, step: dict[str, Any], person: dict[str, Any], carried: dict[str, Any], fact: Any) -> list[AnyFact]:
    if not short.identity:
        return []
    values = {
        "birth_day": step.get("birth", person.get("birth", 0)),
        "sex": step.get("sex", person.get("sex", 0)),
        "record": getattr(fact, "record", b""),
    }
    return [_fact(IdentityRecord, values, carried, _subject(step, person))]
