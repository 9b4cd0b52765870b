"""A clerk's decision about one alert, and what the people stage answered: structs, what makes one well formed, their Kafka messages.

Ids are raw bytes, days count from 1970-01-01 (Asia/Shanghai), `at_ms` is milliseconds since 1970-01-01T00:00Z. No field holds free text: a
note stays where it was written, only its reference travels. Field names are the Avro names.
"""

import hashlib
import re
import uuid
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import Struct, structs

from schemas.kinds import Agency
from schemas.messages import Headers, Message, known_fields
from schemas.wire import Reader, Writer

KEY_BYTES = 17
ALERT_ID_BYTES = 16
REVISION_MAX = 2**31 - 1
RESULT_TYPE = "canbao.decision-result"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_REFERENCE = re.compile(r"[A-Za-z0-9._:/-]{0,64}")
_ID_NUMBER = re.compile(r"\d{15}|\d{17}[\dXx]")
DIVISIONS = range(110_000, 830_000)


class Action(StrEnum):
    """What a clerk does (domain 3.1); from where to where each leads is in `schemas/handling.yaml`."""

    ACCEPT = "ACCEPT"
    CHECK = "CHECK"
    CONFIRM = "CONFIRM"
    EXPLAIN = "EXPLAIN"
    DISPUTE = "DISPUTE"
    UPHOLD = "UPHOLD"
    REJECT = "REJECT"
    REFER = "REFER"
    TAKE_OVER = "TAKE_OVER"
    REFUSE = "REFUSE"
    CLOSE = "CLOSE"


class Verdict(StrEnum):
    """What became of a decision. Everything but APPLIED left the alert as it was."""

    APPLIED = "APPLIED"
    EVIDENCE_MOVED = "EVIDENCE_MOVED"
    HANDLING_MOVED = "HANDLING_MOVED"
    NOT_FOUND = "NOT_FOUND"
    ALERT_CLOSED = "ALERT_CLOSED"
    WRONG_STATE = "WRONG_STATE"
    NOT_SETTLED = "NOT_SETTLED"
    NOT_ALLOWED = "NOT_ALLOWED"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    BAD_VALIDITY = "BAD_VALIDITY"
    NO_TARGET = "NO_TARGET"
    NEEDS_NOTE = "NEEDS_NOTE"
    TRY_LATER = "TRY_LATER"


class Decision(Struct, array_like=True, kw_only=True, frozen=True):
    """One decision, as the page and the command line send it and as it travels in `canbao.events`."""

    decision_id: str  # UUID, made once by whoever sends it; the same id is the same decision for ever
    alert_id: bytes
    subject: bytes
    person_key: bytes
    seen_revision: int
    action: str
    code: str = ""
    valid_until: int = 0  # EXPLAIN, CLOSE(REPAYMENT_PLAN): the last day on which it stands; 0 = as long as policy allows
    note_ref: str = ""
    actor: str = ""  # pseudonymous staff id
    actor_role: str
    actor_division: int
    at_ms: int
    seen_handling_version: int = -1  # -1 = not compared
    to_division: int = 0  # REFER
    to_agency: str = ""  # REFER; empty = the agency that owns it


class DecisionResult(Struct, array_like=True, kw_only=True, frozen=True):
    """What became of one decision; the alert's halves as they stand afterwards."""

    decision_id: str
    alert_id: bytes
    person_key: bytes
    verdict: str
    action: str
    code: str = ""
    valid_until: int = 0
    note_ref: str = ""
    actor: str = ""
    actor_role: str = ""
    actor_division: int = 0
    at_ms: int = 0
    revision: int = 0  # 0 = there is no such alert
    handling_version: int = 0
    handling: str = "UNKNOWN"
    to_division: int = 0
    as_of: int = 0


class Malformed(NamedTuple):
    """The first field of a decision that has not its form, and what is allowed in it. Never its value."""

    field: str
    allowed: str


def new_decision_id() -> str:
    """A fresh id for a decision; keep it over retries."""
    return str(uuid.uuid4())


def malformed(decision: Decision) -> Malformed | None:
    """What is wrong with the form of a decision; None = nothing. Whether it applies to the alert is the people stage's to say."""
    checks = (
        ("decision_id", _is_uuid(decision.decision_id), "a UUID in lower case, 36 characters"),
        ("alert_id", len(decision.alert_id) == ALERT_ID_BYTES, f"{ALERT_ID_BYTES} bytes"),
        ("subject", len(decision.subject) == KEY_BYTES, f"{KEY_BYTES} bytes"),
        ("person_key", len(decision.person_key) == KEY_BYTES, f"{KEY_BYTES} bytes"),
        ("seen_revision", 1 <= decision.seen_revision <= REVISION_MAX, "at least 1"),
        ("seen_handling_version", -1 <= decision.seen_handling_version <= REVISION_MAX, "at least 0, or -1"),
        ("action", decision.action in Action.__members__, ", ".join(Action)),
        ("code", not decision.code or bool(_CODE.fullmatch(decision.code)), "empty, or capitals, digits and _, at most 40"),
        ("valid_until", 0 <= decision.valid_until <= REVISION_MAX, "a day, or 0"),
        ("note_ref", _is_reference(decision.note_ref), "a reference of at most 64 letters, digits and ._:/-, no identity number"),
        (
            "actor",
            _is_reference(decision.actor) and bool(decision.actor),
            "a staff id of at most 64 letters, digits and ._:/-, no identity number",
        ),
        ("actor_role", _is_reference(decision.actor_role) and bool(decision.actor_role), "a role"),
        ("actor_division", decision.actor_division in DIVISIONS, "a GB/T 2260 code"),
        ("at_ms", decision.at_ms > 0, "milliseconds since 1970-01-01T00:00Z"),
        ("to_division", decision.to_division in {0, *DIVISIONS}, "a GB/T 2260 code, or 0"),
        ("to_agency", decision.to_agency in {"", *Agency.__members__}, f"empty, {', '.join(Agency)}"),
    )
    return next((Malformed(name, allowed) for name, right, allowed in checks if not right), None)


def decision_message(writer: Writer, decision: Decision) -> Message:
    """A decision for `canbao.decisions`; the key is the person key, so that all decisions about a person stay in order."""
    body = writer.body(structs.asdict(decision))
    return Message(
        decision.person_key, writer.frame(body), [("content-type", b"application/avro"), ("ce_id", decision.decision_id.encode())]
    )


def read_decision(reader: Reader, value: bytes) -> Decision:
    """The decision of a message; UnknownSchemaError and NotAvroError as `Reader.decode`."""
    return Decision(**known_fields(Decision, reader.decode(value)))


def result_message(writer: Writer, result: DecisionResult) -> Message:
    """An answer for `canbao.decision-results`; the key is the decision id. A repeat of a decision gives the same bytes."""
    body = writer.body(structs.asdict(result))
    mark = hashlib.sha256(result.decision_id.encode() + body).hexdigest()[:32]
    headers: Headers = [
        ("content-type", b"application/avro"),
        ("ce_specversion", b"1.0"),
        ("ce_id", mark.encode()),
        ("ce_source", b"urn:canbao:people"),
        ("ce_type", RESULT_TYPE.encode()),
        ("ce_subject", result.alert_id.hex().encode()),
    ]
    return Message(result.decision_id.encode(), writer.frame(body), headers)


def read_result(reader: Reader, value: bytes) -> DecisionResult:
    """The answer of a message."""
    return DecisionResult(**known_fields(DecisionResult, reader.decode(value)))


def result_fields(result: DecisionResult) -> dict[str, Any]:
    """An answer as JSON has it: ids in hexadecimal."""
    found = structs.asdict(result)
    return {**found, "alert_id": result.alert_id.hex(), "person_key": result.person_key.hex()}


def result_from_fields(fields: dict[str, Any]) -> DecisionResult:
    """The answer of `result_fields`; fields of a later release are left out."""
    known = known_fields(DecisionResult, fields)
    ids = {name: bytes.fromhex(known[name]) for name in ("alert_id", "person_key")}
    return DecisionResult(**{**known, **ids})


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _is_reference(text: str) -> bool:
    """A short reference in which no identity number stands."""
    return bool(_REFERENCE.fullmatch(text)) and not _ID_NUMBER.search(text)
