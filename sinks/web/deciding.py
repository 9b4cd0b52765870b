"""What a user may decide about an alert, and the decision that a form makes."""

import time
from collections.abc import Mapping

from msgspec import Struct

from schemas.alert import Alert
from schemas.dates import day
from schemas.decision import Decision, malformed
from schemas.handling import Reason, Step, load_handling
from sinks.web.rights import Right, User

NO_CODE = "-"


class DecisionFault(ValueError):  # noqa: N818 - what a form lacks is told to the person, in Chinese
    """A form that makes no decision; the message says in Chinese what is missing."""


class EvidenceMovedError(Exception):
    """The alert has a newer revision than the one that was seen."""


class Choice(Struct, frozen=True):
    """One line of the form's list: an action with a reason."""

    value: str
    label: str
    until: bool
    target: bool
    note: bool


def choices(user: User, alert: Alert) -> dict[str, list[Choice]]:
    """What may be chosen, by the action's name; empty where this user decides nothing about this alert."""
    if not user.may(Right.DECIDE):
        return {}
    table = load_handling()
    found = {}
    for step in table.steps_from(alert.handling, holds=alert.premise == "HOLDS"):
        if _allowed(user, alert, step):
            reasons: list[Reason | None] = [None] if step.codes == "NONE" else list(table.codes_for(step.action, alert.rule))
            found[step.label_zh] = [_choice(step, reason) for reason in reasons]
    return found


def _allowed(user: User, alert: Alert, step: Step) -> bool:
    place = alert.referred_to if step.place == "TARGET" else alert.handling_division
    return user.role in step.roles and bool(place) and user.covers(place)


def _choice(step: Step, reason: Reason | None) -> Choice:
    code = reason.code if reason else NO_CODE
    label = f"{step.label_zh}：{reason.label_zh}" if reason else step.label_zh
    until = step.action == "EXPLAIN" or code == "REPAYMENT_PLAN"
    return Choice(f"{step.action}/{code}", label, until, step.action == "REFER", bool(reason and reason.note))


def decision_of(user: User, alert: Alert, form: Mapping[str, str]) -> Decision:
    """The decision behind a form; DecisionFault where it is none, or none that this user may take."""
    allowed = {choice.value for group in choices(user, alert).values() for choice in group}
    if form.get("choice") not in allowed:
        raise DecisionFault("请选择处理意见。")
    action, _, code = form["choice"].partition("/")
    decision = Decision(
        decision_id=form.get("decision_id", ""),
        alert_id=alert.alert_id,
        subject=alert.subject,
        person_key=alert.person_key,
        seen_revision=_number(form, "seen_revision"),
        seen_handling_version=_number(form, "seen_handling_version"),
        action=action,
        code="" if code == NO_CODE else code,
        valid_until=_day(form.get("valid_until", "")),
        note_ref=form.get("note_ref", "").strip(),
        actor=user.subject,
        actor_role=user.role,
        actor_division=user.division,
        at_ms=time.time_ns() // 1_000_000,
        to_division=_number(form, "to_division") if form.get("to_division") else 0,
        to_agency=form.get("to_agency", ""),
    )
    wrong = malformed(decision)
    if wrong:
        raise DecisionFault(f"{NAMES.get(wrong.field, wrong.field)}不符合要求。")
    return decision


NAMES = {"note_ref": "备注编号", "valid_until": "有效期", "to_division": "移送地", "to_agency": "移送部门", "actor": "账号"}


def _number(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - fits an Avro int
        raise DecisionFault("页面内容不完整，请刷新后重试。")
    return int(text)


def _day(text: str) -> int:
    if not text:
        return 0
    try:
        return day(text)
    except ValueError:
        raise DecisionFault("有效期应为日期。") from None
