"""One case, put together: its alerts with their revisions, the person's public rows, the decisions, and the story in order of knowing."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from msgspec import Struct

from schemas.alert import Alert
from schemas.alert_json import alert_fields
from schemas.decision import Action, DecisionResult, Verdict
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from schemas.handling import load_handling
from sinks.desk.brief import Brief
from sinks.desk.read import DeskReader
from sinks.web.deciding import Choice, choices
from sinks.web.rights import Reach, User
from sinks.web.wording import clock_zh, day_iso, division_zh, label, month_zh, yuan

COMPARED = 4
"""Revisions side by side."""
TOLD = frozenset({"level", "severity", "handling", "months", "amount_fen", "refunded_fen", "handling_division", "keep", "clear"})
"""Fields whose change the story tells."""
COMPARED_FIELDS = (
    "level",
    "premise",
    "severity",
    "handling",
    "due",
    "months",
    "amount_fen",
    "certain_fen",
    "refunded_fen",
    "balance_fen",
    "keep",
    "clear",
    "refund_fen",
    "first_run_month",
    "advice",
    "healed_by",
    "owner_agency",
    "handling_division",
    "unchecked",
    "evidence",
    "text",
)


class Points(Struct, frozen=True):
    """An alert's text in its parts."""

    conclusion: str
    what: str
    gap: str
    more: list[str]


class Difference(Struct, frozen=True):
    """One field that is not the same in all the revisions compared; values as text, oldest first."""

    name: str
    values: list[str]


class Told(Struct, frozen=True):
    """One line of the story: when it became known, what it was, where from."""

    day: int
    kind: str
    text: str
    detail: str


class AlertFile(Struct, frozen=True):
    """One alert of the case, its newest revision first."""

    brief: Brief
    alert: Alert
    points: Points
    revisions: list[Alert]
    differences: list[Difference]
    choices: dict[str, list[Choice]]


class CaseFile(Struct, frozen=True):
    """The case as one user may see it. `elsewhere`: alerts that another division handles, of which only their being there is shown."""

    case_id: str
    person: str
    cause: str
    alerts: list[AlertFile]
    elsewhere: list[Brief]
    others: list[Brief]
    rows: list[EnrolmentRow]
    decisions: list[DecisionResult]
    story: list[Told]
    as_of: int


async def case_file(desk: DeskReader, user: User, case_id: str) -> CaseFile | None:
    """The case; None where there is none, or none of it is this user's to see."""
    briefs = await desk.case(case_id)
    whole = [brief for brief in briefs if user.reach(brief) is Reach.WHOLE]
    involved = [brief for brief in briefs if user.reach(brief) is Reach.INVOLVED]
    if not whole and not involved:
        return None
    person = briefs[0].person
    ids = [brief.alert_id for brief in whole]
    revisions, decisions, rows, others, fresh = await asyncio.gather(
        desk.revisions(ids),
        desk.decisions(ids),
        desk.enrolments(person) if whole else _none(),
        desk.person(person),
        desk.fresh(),
    )
    files = [alert_file(user, brief, held) for brief, held in zip(whole, revisions, strict=True) if held]
    mine = [brief for brief in others if brief.case_id != case_id and user.reach(brief) is Reach.WHOLE]
    return CaseFile(
        case_id=case_id,
        person=person if whole else "",
        cause=files[0].alert.cause if files else "",
        alerts=sorted(files, key=_first),
        elsewhere=involved,
        others=mine,
        rows=rows,
        decisions=decisions,
        story=story(files, rows, decisions),
        as_of=fresh.as_of,
    )


async def _none() -> list[EnrolmentRow]:
    return []


def _first(one: AlertFile) -> tuple[bool, int, str]:
    """What holds stands before what is over; then what is due first."""
    return one.alert.premise != "HOLDS", one.alert.due or 1 << 20, one.alert.rule


def alert_file(user: User, brief: Brief, revisions: list[Alert]) -> AlertFile:
    """One alert with what its page shows."""
    compared = revisions[:COMPARED][::-1]
    return AlertFile(brief, revisions[0], points_of(revisions[0].text), revisions, differences(compared), choices(user, revisions[0]))


def points_of(text: str) -> Points:
    """The parts of an alert's text, by the headings that it begins its lines with."""
    found = {"结论": "", "何时何事": "", "差在哪": ""}
    more = []
    for line in text.split("\n")[1:]:
        head, mark, rest = line.partition("：")
        if mark and head in found:
            found[head] = rest
        elif head not in {"依据", "请核实", "可能的正当情形"}:
            more.append(line)
    return Points(found["结论"], found["何时何事"], found["差在哪"], more)


def differences(revisions: Sequence[Alert]) -> list[Difference]:
    """The fields that differ between revisions, oldest first."""
    if len(revisions) < 2:  # noqa: PLR2004 - nothing to compare
        return []
    shown = [{name: shown_field(name, alert_fields(one)[name], one) for name in COMPARED_FIELDS} for one in revisions]
    return [Difference(name, [one[name] for one in shown]) for name in COMPARED_FIELDS if len({one[name] for one in shown}) > 1]


def shown_field(name: str, value: Any, alert: Alert) -> str:
    """A field's value in Chinese."""
    if name.endswith("_fen"):
        return f"{yuan(value)} 元"
    if name in KINDS:
        return label(KINDS[name], value)
    shown = SHOWN.get(name)
    return shown(value, alert) if shown else str(value)


KINDS = {
    "level": "level",
    "premise": "premise",
    "severity": "severity",
    "handling": "handling",
    "owner_agency": "agency",
    "healed_by": "healed",
}
SHOWN: Mapping[str, Callable[[Any, Alert], str]] = {
    "months": lambda value, _: "、".join(month_zh(month) for month in value),
    "due": lambda _, alert: day_iso(alert.due),
    "first_run_month": lambda value, _: month_zh(value),
    "evidence": lambda value, _: "；".join(f"{label('feed', one['feed'])} {one['value_class']}" for one in value),
    "unchecked": lambda value, _: "、".join(label("feed", feed) for feed in value),
    "handling_division": lambda value, _: division_zh(value),
}


def story(files: Sequence[AlertFile], rows: Sequence[EnrolmentRow], decisions: Sequence[DecisionResult]) -> list[Told]:
    """What happened, in the order in which it became known, newest first."""
    told = [_revision(newer, older) for file in files for newer, older in zip_longest(file.revisions, file.revisions[1:])]
    told += [_decided(one) for one in decisions]
    for newer, older in zip_longest(rows, rows[1:]):
        told += _moves(newer, older)
    return sorted(told, key=lambda line: (-line.day, line.kind))


def _revision(newer: Alert, older: Alert | None) -> Told:
    """An update says what changed, anything else what the alert says."""
    of = f"{newer.rule} {newer.title}（第 {newer.revision} 版，{label('level', newer.level)}）"
    points = points_of(newer.text)
    detail = points.conclusion or points.what
    if newer.change in {"UPDATED", "HANDLED"} and older is not None:
        detail = "；".join(
            f"{label('field', one.name)}：{one.values[0] or '无'} → {one.values[1] or '无'}"
            for one in differences([older, newer])
            if one.name in TOLD
        )
    return Told(newer.as_of, "预警" + label("change", newer.change), of, detail)


def _decided(result: DecisionResult) -> Told:
    """A decision, on the day of the log under which it was judged."""
    table = load_handling()
    code = table.codes[result.code].label_zh if result.code in table.codes else result.code
    action = table.steps[Action(result.action)].label_zh if result.action in table.steps else result.action
    verdict = table.verdicts.get(Verdict(result.verdict), result.verdict)
    who = f"{label('role', result.actor_role)} {result.actor}（{division_zh(result.actor_division)}）"
    return Told(result.as_of, "处理", f"{action}{'：' + code if code else ''}——{verdict}", f"{who}，{clock_zh(result.at_ms)}")


def _moves(newer: EnrolmentRow, older: EnrolmentRow | None) -> list[Told]:
    """The state changes between two public rows; the first row tells all."""
    before = {(place.scheme, place.place): place for place in older.places} if older else {}
    told = []
    for place in newer.places:
        held = before.get((place.scheme, place.place))
        if held is None or held.state != place.state:
            told.append(Told(newer.as_of, "参保状态", _state(place, held), f"最后缴费月 {month_zh(place.last_covered_month)}"))
    return told


def _state(place: EnrolmentPlace, held: EnrolmentPlace | None) -> str:
    where = f"{division_zh(place.place)} {label('scheme', place.scheme)}"
    before = f"{label('state', held.state)} → " if held else ""
    return f"{where}：{before}{label('state', place.state)}"
