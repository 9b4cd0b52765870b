"""One finding and what was published before make the next content of an alert."""

import hashlib

from msgspec import msgpack

from processors.alert_text import text_of
from processors.person.person import Person
from processors.precedence import Judged
from processors.rules.model import Finding, Moment, Rule
from schemas.alert import Alert, Evidence, case_id
from schemas.dates import yyyymm
from schemas.kinds import Level, Origin, Premise, Queue, Severity

EVIDENCE_MAX = 40
_encode = msgpack.Encoder().encode


def build(person: Person, now: Moment, one: Judged, identifier: bytes, last: Alert | None, alerted_on: int) -> Alert:
    """The engine's half as it stands now; revision, change and causes are the caller's."""
    rule, finding = one.rule, one.finding
    detected_on = last.detected_on if last else now.as_of
    material = hashlib.blake2b(_encode(finding.material), digest_size=8).digest()
    queue = _queue(rule, finding)
    cause = finding.cause or rule.cause
    return Alert(
        alert_id=identifier,
        revision=last.revision if last else 0,
        change="",
        rule=rule.code,
        alert_type=finding.alert_type or rule.alert_type,
        rule_version=rule.version,
        policy_hash=now.policy.hash,
        subject=person.head.subject,
        person_key=person.key,
        case_id=case_id(person.head.subject, cause.value),
        cause=cause.value,
        level=finding.level.value,
        premise=Premise.HOLDS.value,
        severity=finding.severity.value,
        queue=queue.value,
        due=_due(now, finding, queue, alerted_on, detected_on),
        owner_agency=(finding.owner or rule.owner).value,
        handling_division=finding.division,
        involved_divisions=sorted(set(finding.involved) - {0, finding.division}),
        scheme=finding.scheme,
        scope=finding.scope,
        subtype=finding.subtype,
        months=[yyyymm(month) for month in finding.months],
        amount_fen=finding.amount_fen,
        certain_fen=finding.certain_fen,
        refunded_fen=finding.refunded_fen,
        balance_fen=finding.balance_fen,
        keep=finding.keep,
        clear=finding.clear,
        refund_fen=finding.refund_fen,
        needs_person_choice=finding.needs_person_choice,
        first_run_month=yyyymm(finding.first_run_month) if finding.first_run_month else 0,
        reason_code=finding.reason_code,
        advice=finding.advice,
        origin=_origin(person, finding, last, material),
        unchecked=finding.unchecked,
        material_key=material,
        title=rule.title,
        text=text_of(rule, finding),
        law=list(finding.law or rule.law),
        verify=list(rule.verify),
        legitimate=list(rule.legitimate),
        evidence=_evidence(person, now, finding),
        as_of=now.as_of,
        known_on=min((fact.known_on for fact, _ in finding.evidence), default=now.as_of),
        detected_on=detected_on,
    )


def _queue(rule: Rule, finding: Finding) -> Queue:
    """CRITICAL is worked today, whatever its rule (domain 3.1)."""
    return Queue.A if finding.severity is Severity.CRITICAL else finding.queue or rule.queue


def _due(now: Moment, finding: Finding, queue: Queue, alerted_on: int, detected_on: int) -> int:
    """The day by which the alert is to be worked: working days from ALERT, for some rules from opening; 0 = no clock."""
    start = max(detected_on, alerted_on) if finding.due_from_opening else alerted_on
    if finding.level is not Level.ALERT and not finding.due_from_opening:
        return 0
    days = finding.due_work_days if finding.due_work_days >= 0 else _work_days(now, finding, queue, start)
    return now.policy.add_workdays(start, days) if days and start else 0


def _work_days(now: Moment, finding: Finding, queue: Queue, start: int) -> int:
    if finding.severity is Severity.CRITICAL:
        return now.policy.days("due.workdays.A.critical", start, finding.division)
    if queue in {Queue.A, Queue.B, Queue.C}:
        return now.policy.days(f"due.workdays.{queue.value}", start, finding.division)
    return 0


def _origin(person: Person, finding: Finding, last: Alert | None, material: bytes) -> str:
    """BACKLOG while it rests only on snapshot facts; a live fact that changes what matters makes it LIVE for good."""
    if last is not None and (last.origin == Origin.LIVE or last.material_key == material):
        return last.origin
    snapshot = [person.ref(fact).snapshot for fact, _ in finding.evidence]
    return Origin.BACKLOG.value if snapshot and all(snapshot) else Origin.LIVE.value


def _evidence(person: Person, now: Moment, finding: Finding) -> list[Evidence]:
    found = []
    for fact, field in finding.evidence[:EVIDENCE_MAX]:
        ref = person.ref(fact)
        event = ref.event_id.hex() if ref.event_id else f"{ref.feed}/{ref.partition}/{fact.offset}"
        found.append(Evidence(ref.feed, event, now.topics.get(ref.feed, ""), ref.partition, fact.offset, field, type(fact).__name__))
    return found
