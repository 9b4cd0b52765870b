"""The story of a case: what happened, in the order in which it became known."""

from collections.abc import Sequence
from itertools import zip_longest

from msgspec import Struct

from schemas.alert import Alert
from schemas.decision import Action, DecisionResult
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from schemas.handling import load_handling
from sinks.web.versions import differences, points_of
from sinks.web.wording import clock_zh, division_zh, label, month_zh

TOLD = frozenset({"level", "severity", "handling", "months", "amount_fen", "refunded_fen", "handling_division", "keep", "clear"})
"""Fields whose change the story tells."""


class Told(Struct, frozen=True):
    """One line of the story: when it became known, what it was, where from."""

    day: int
    kind: str
    text: str
    detail: str


def story(histories: Sequence[list[Alert]], rows: Sequence[EnrolmentRow], decisions: Sequence[DecisionResult]) -> list[Told]:
    """What happened, in the order in which it became known, newest first. `histories`: each alert's revisions, newest first, as `rows` are."""
    told = [_revision(newer, older) for history in histories for newer, older in zip_longest(history, history[1:])]
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
    verdict = {known.value: text for known, text in table.verdicts.items()}.get(result.verdict, result.verdict)
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
