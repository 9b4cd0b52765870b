"""A `decision` step of a scenario as the decision that a clerk would send about the alert as it was last published."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from processors.scenario.expect import agrees, shown
from processors.scenario.fields import ScenarioError, day_value
from schemas.alert import Alert
from schemas.decision import Action, Decision, malformed

KEYS = frozenset(
    {"at", "decision", "alert", "person", "code", "until", "seen_revision", "seen_handling_version", "role", "division", "to_division"}
    | {"to_agency", "note_ref", "id", "result", "expect", "published"}
)
DAY_MS = 86_400_000
MORNING_MS = 3_600_000  # 09:00 in Asia/Shanghai


def decision_of(step: Mapping[str, Any], day: int, alert: Alert, mark: str) -> Decision:
    """The decision of a step about an alert; `mark` makes its id where the step gives none."""
    strange = step.keys() - KEYS
    if strange:
        raise ScenarioError(f"a decision has no {', '.join(sorted(strange))}; allowed: {', '.join(sorted(KEYS))}")
    action = str(step["decision"])
    target = alert.referred_to if action in {Action.TAKE_OVER, Action.REFUSE} else 0
    decision = Decision(
        decision_id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(step.get("id", mark)))),
        alert_id=alert.alert_id,
        subject=alert.subject,
        person_key=alert.person_key,
        seen_revision=int(step.get("seen_revision", alert.revision)),
        seen_handling_version=int(step.get("seen_handling_version", -1)),
        action=action,
        code=str(step.get("code", "")),
        valid_until=day_value(step.get("until")) if step.get("until") else 0,
        note_ref=str(step.get("note_ref", "")),
        actor="scenario",
        actor_role=str(step.get("role", "supervisor")),
        actor_division=int(step.get("division", target or alert.handling_division)),
        at_ms=day * DAY_MS + MORNING_MS,
        to_division=int(step.get("to_division", 0)),
        to_agency=str(step.get("to_agency", "")),
    )
    wrong = malformed(decision)
    if wrong is not None:
        raise ScenarioError(f"{wrong.field}: allowed: {wrong.allowed}")
    return decision


def alert_meant(step: Mapping[str, Any], alerts: Iterable[Alert]) -> Alert:
    """The one alert that `alert` names: a rule, or fields that it has; one that holds comes before those that do not."""
    given = step.get("alert")
    want = given if isinstance(given, Mapping) else {"rule": given}
    found = [alert for alert in alerts if agrees(want, alert)]
    holding = [alert for alert in found if alert.premise == "HOLDS"] or found
    if len(holding) != 1:
        raise ScenarioError(f"alert: {shown(want)} names {len(holding)} alerts, a decision is about one")
    return holding[0]
