"""A `decision` step of a scenario as the decision that a clerk would send about the alert as it was last published."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from processors.scenario.expect import agrees, check_want
from processors.scenario.fields import ScenarioError, day_value, misfit, whole
from schemas.alert import Alert
from schemas.decision import Action, Decision, malformed

KEYS = frozenset(
    {
        "at",
        "note",
        "decision",
        "alert",
        "person",
        "code",
        "until",
        "seen_revision",
        "seen_handling_version",
        "role",
        "division",
        "to_division",
    }
    | {"to_agency", "note_ref", "id", "result", "expect", "published"}
)
STEP_FIELDS = {"action": "decision", "actor_role": "role", "actor_division": "division", "valid_until": "until"}
"""Fields of a decision that a step calls otherwise."""
DAY_MS = 86_400_000
MORNING_MS = 3_600_000  # 09:00 in Asia/Shanghai


def decision_of(step: Mapping[str, Any], day: int, alert: Alert, mark: str) -> Decision:
    """The decision of a step about an alert; `mark` makes its id where the step gives none."""
    action = str(step["decision"])
    target = alert.referred_to if action in {Action.TAKE_OVER, Action.REFUSE} else 0
    decision = Decision(
        decision_id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(step.get("id", mark)))),
        alert_id=alert.alert_id,
        subject=alert.subject,
        person_key=alert.person_key,
        seen_revision=whole(step.get("seen_revision", alert.revision), "seen_revision"),
        seen_handling_version=whole(step.get("seen_handling_version", -1), "seen_handling_version"),
        action=action,
        code=str(step.get("code", "")),
        valid_until=day_value(step.get("until"), "until"),
        note_ref=str(step.get("note_ref", "")),
        actor="scenario",
        actor_role=str(step.get("role", "supervisor")),
        actor_division=whole(step.get("division", target or alert.handling_division), "division"),
        at_ms=day * DAY_MS + MORNING_MS,
        to_division=whole(step.get("to_division", 0), "to_division"),
        to_agency=str(step.get("to_agency", "")),
    )
    wrong = malformed(decision)
    if wrong is not None:
        raise ScenarioError(f"allowed: {wrong.allowed}", STEP_FIELDS.get(wrong.field, wrong.field))
    return decision


def alert_meant(step: Mapping[str, Any], alerts: Iterable[Alert]) -> Alert:
    """The one alert that `alert` names: a rule, or fields that it has; one that holds comes before those that do not."""
    given = step.get("alert")
    if not isinstance(given, Mapping | str):
        raise misfit("alert", given, "a rule, or fields of the alert")
    want = given if isinstance(given, Mapping) else {"rule": given}
    check_want(want, "alert")
    found = [alert for alert in alerts if agrees(want, alert)]
    holding = [alert for alert in found if alert.premise == "HOLDS"] or found
    if len(holding) != 1:
        raise ScenarioError(f"{', '.join(want)} names {len(holding)} alerts, a decision is about one", "alert")
    return holding[0]
