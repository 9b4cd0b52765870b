"""An alert's text in its parts, and what differs between its revisions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from schemas.alert import Alert
from schemas.alert_json import alert_fields
from sinks.web.wording import day_iso, division_zh, label, month_zh, yuan

COMPARED = 4
"""Revisions side by side."""
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
