"""Sample values that several tests of contracts and outputs share."""

from typing import Any

from schemas.alert import FIRST_LINE, Alert, Evidence, alert_id, case_id
from schemas.dates import day


def person_key(number: int) -> bytes:
    """A person key of the right shape."""
    return b"\x01" + number.to_bytes(16, "big")


def sample_alert(number: int = 1, **fields: Any) -> Alert:
    """An alert of person `number` with every kind of field filled; `fields` replaces some."""
    person = person_key(number)
    rule, scope = fields.get("rule", "R01A"), fields.get("scope", ["5f1c2d3e4a5b6c7d", 170])
    values: dict[str, Any] = {
        "alert_id": alert_id(rule, person, scope),
        "revision": 1,
        "change": "OPENED",
        "rule": rule,
        "alert_type": "STOP_CHECK",
        "rule_version": 1,
        "policy_hash": "0" * 32,
        "subject": person,
        "person_key": person,
        "case_id": case_id(person, "DEATH"),
        "cause": "DEATH",
        "level": "SIGNAL",
        "premise": "HOLDS",
        "severity": "MEDIUM",
        "queue": "A",
        "owner_agency": "SSC",
        "handling_division": 370116,
        "scheme": 170,
        "scope": scope,
        "months": [202406, 202407],
        "amount_fen": 42_600,
        "first_run_month": 202406,
        "title": "发放前停发核查",
        "text": f"{FIRST_LINE}\n何时何事：2024-05-10 火化信息到达。\n依据：社会保险经办条例第25条。\n差在哪：202406 起的发放尚未核实。",
        "law": ["社会保险经办条例 第25条"],
        "verify": ["与家属或社区核实死亡日期"],
        "legitimate": ["证件号码录入错误，系他人死亡"],
        "evidence": [Evidence("cremation", "c-1", "civil.cremation", 3, 4711, "death_claim.died_on", "FUNERAL 2024-05")],
        "cause_event_ids": ["c-1"],
        "as_of": day("2024-05-10"),
        "known_on": day("2024-05-10"),
        "detected_on": day("2024-05-10"),
    }
    return Alert(**{**values, **fields})
