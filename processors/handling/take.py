"""Taking a decision about one alert of a person: known decisions are answered as they were, new ones decided, the answer remembered."""

import uuid

from msgspec import Struct, structs

from processors.handling.decide import decide
from processors.handling.half import ANSWERS_KEPT, AlertRow, Answer, Half, alert_key, decode_row, shown
from processors.person.person import Person
from processors.rules.model import Moment
from schemas.alert import Alert
from schemas.decision import Decision, DecisionResult, Verdict
from schemas.kinds import Change


class Taken(Struct, frozen=True):
    """What a decision leads to: the answer, the row to write, the alert to publish."""

    result: DecisionResult
    row: AlertRow | None = None
    published: Alert | None = None


def take(person: Person, now: Moment, decision: Decision) -> Taken:
    """Decide about one alert. The person's open entry learns until when the decision stands."""
    raw = person.read(alert_key(person.key, decision.alert_id))
    if raw is None:
        return Taken(refused(decision, Verdict.NOT_FOUND, now.as_of))
    row = decode_row(raw)
    mark = uuid.UUID(decision.decision_id).bytes
    earlier = next((one for one in row.half.answers if one.decision == mark), None)
    if earlier is not None:
        return Taken(_result(decision, earlier))
    verdict, half = decide(row, decision, now.as_of, now.policy)
    answer = _answer(mark, verdict, decision, row, half, now.as_of)
    row.half = structs.replace(half, answers=[*half.answers, answer][-ANSWERS_KEPT:])
    if verdict is not Verdict.APPLIED:
        return Taken(_result(decision, answer), row)
    for entry in person.head.open:
        if entry.alert_id == decision.alert_id:
            entry.until = half.until
    told = structs.replace(row.alert, change=Change.HANDLED.value, as_of=now.as_of, cause_event_ids=[decision.decision_id])
    return Taken(_result(decision, answer), row, shown(told, row.half))


def refused(decision: Decision, verdict: Verdict, as_of: int) -> DecisionResult:
    """The answer where there is no alert to decide about."""
    return _result(decision, Answer(b"", verdict.value, decision.code, decision.valid_until, decision.to_division, 0, 0, "UNKNOWN", as_of))


def _answer(mark: bytes, verdict: Verdict, decision: Decision, row: AlertRow, half: Half, as_of: int) -> Answer:
    applied = verdict is Verdict.APPLIED
    code = half.code if applied else decision.code
    until = half.until if applied else decision.valid_until
    to_division = half.referred_to if applied else decision.to_division
    return Answer(mark, verdict.value, code, until, to_division, row.alert.revision, half.version, half.handling, as_of)


def _result(decision: Decision, answer: Answer) -> DecisionResult:
    return DecisionResult(
        decision_id=decision.decision_id,
        alert_id=decision.alert_id,
        person_key=decision.person_key,
        verdict=answer.verdict,
        action=decision.action,
        code=answer.code,
        valid_until=answer.valid_until,
        note_ref=decision.note_ref,
        actor=decision.actor,
        actor_role=decision.actor_role,
        actor_division=decision.actor_division,
        at_ms=decision.at_ms,
        revision=answer.revision,
        handling_version=answer.version,
        handling=answer.handling,
        to_division=answer.to_division,
        as_of=answer.as_of,
    )
