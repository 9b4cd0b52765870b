"""The alert: a lead to verify, never an order to stop a payment.

One struct for the state, the topic `canbao.alerts` and every reader. The engine owns level and premise, the clerk owns handling; neither
writes the other's half. Days count from 1970-01-01, months are YYYYMM, money is fen. Field names are the Avro names.
"""

import hashlib

from msgspec import Struct, field, msgpack

FIRST_LINE = "待核实，不作为停发依据。"


class Evidence(Struct, array_like=True):
    """Where one fact behind an alert is found: enough to look up, not enough to leak."""

    feed: str
    event_id: str
    topic: str
    partition: int
    offset: int
    field: str  # kind of fact and what of it matters, e.g. `death_claim.died_on`
    value_class: str  # class or coarse value, e.g. `FUNERAL 2024-02`, never a name or number


class Alert(Struct, array_like=True, kw_only=True):
    """One revision of an alert (design: formats fixed from the start)."""

    alert_id: bytes
    revision: int
    handling_version: int = 0
    change: str
    rule: str
    alert_type: str
    rule_version: int
    policy_hash: str
    subject: bytes
    person_key: bytes
    case_id: bytes
    cause: str
    level: str
    premise: str
    reopened: bool = False
    severity: str
    queue: str
    due: int = 0  # day; 0 = no clock
    handling: str = "NEW"
    owner_agency: str
    handling_division: int
    involved_divisions: list[int] = field(default_factory=list)
    scheme: int = 0
    scope: list[int | str] = field(default_factory=list)
    subtype: str = ""
    months: list[int] = field(default_factory=list)
    amount_fen: int = 0
    certain_fen: int = 0
    refunded_fen: int = 0
    balance_fen: int = 0
    keep: str = ""
    clear: str = ""
    refund_fen: int = 0
    needs_person_choice: bool = False
    first_run_month: int = 0
    reason_code: str = ""
    advice: str = ""
    origin: str = "LIVE"
    unchecked: list[str] = field(default_factory=list)  # 未比对: feeds whose absence caps the level
    material_key: bytes = b""
    superseded_by: bytes = b""
    healed_by: str = ""
    title: str
    text: str
    law: list[str]
    verify: list[str]
    legitimate: list[str]
    evidence: list[Evidence] = field(default_factory=list)
    cause_event_ids: list[str] = field(default_factory=list)
    as_of: int
    known_on: int  # when the oldest fact that it rests on became known
    detected_on: int  # as_of of its first revision
    handling_code: str = ""
    handled_on: int = 0
    stands_until: int = 0  # last day of an explanation or repayment plan
    referred_to: int = 0
    referred_agency: str = ""


_scope = msgpack.Encoder().encode


def alert_id(rule: str, subject: bytes, scope: list[int | str]) -> bytes:
    """16 bytes that name the problem: the same rule, subject and scope are the same alert for ever."""
    return hashlib.sha256(_scope([rule, subject, scope])).digest()[:16]


def case_id(subject: bytes, cause: str) -> bytes:
    """16 bytes that name the case: clerks work cases."""
    return hashlib.sha256(_scope([subject, cause])).digest()[:16]
