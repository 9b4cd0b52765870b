"""What a scenario expects against what was published: every listed field must agree, and nothing may hold that is not listed."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from processors.rules.registry import BY_CODE
from processors.scenario.fields import day_value, fen, misfit, months_given, name_shown, one_of
from schemas.alert import Alert
from schemas.dates import date_of

DAYS = frozenset({"due", "known_on", "detected_on", "as_of", "handled_on", "stands_until"})


class Mismatch(Struct, frozen=True):
    """One difference."""

    where: str
    expected: str
    found: str


def check_open(where: str, expected: Sequence[Mapping[str, Any]], latest: Sequence[Alert]) -> list[Mismatch]:
    """The alerts that hold must be exactly those listed; one listed with another premise must exist with it."""
    left = list(latest)
    wrong = []
    for want in expected:
        full = {"premise": "HOLDS", **want}
        match = next((alert for alert in left if agrees(full, alert)), None)
        if match is None:
            wrong.append(Mismatch(where, shown(full), _near(full, left)))
        else:
            left.remove(match)
    wrong += [Mismatch(where, "nothing more", summary(alert)) for alert in left if alert.premise == "HOLDS"]
    return wrong


def check_published(where: str, expected: Sequence[Mapping[str, Any]], published: Sequence[Alert]) -> list[Mismatch]:
    """The revisions published must be exactly those listed, in any order."""
    left = list(published)
    wrong = []
    for want in expected:
        match = next((alert for alert in left if agrees(want, alert)), None)
        if match is None:
            wrong.append(Mismatch(where, f"published {shown(want)}", _near(want, left)))
        else:
            left.remove(match)
    return wrong + [Mismatch(where, "nothing more published", summary(alert)) for alert in left]


def agrees(want: Mapping[str, Any], alert: Alert) -> bool:
    """Whether every listed field has the listed value."""
    return all(_value(alert, key) == _wanted(key, value) for key, value in want.items())


def check_want(want: object, where: str) -> None:
    """Refuses an expectation that no alert could ever meet: another form, a field that alerts have not, a value of another kind."""
    if not isinstance(want, Mapping):
        raise misfit(where, want, "fields of an alert, such as {rule: R01}")
    for key, value in want.items():
        of = f"{where}.{name_shown(key)}"
        if key not in ALERT_FIELDS:
            raise misfit(of, value, f"a field of the alert: {', '.join(sorted(ALERT_FIELDS))}")
        if key == "rule":
            one_of(value, of, BY_CODE)
        if key in DAYS:
            day_value(value, of)
        elif key == "months":
            months_given(value or [], of)
        elif key.endswith("_yuan"):
            fen(value, of)


def _value(alert: Alert, key: str) -> Any:
    if key.endswith("_yuan"):
        return getattr(alert, key.removesuffix("_yuan") + "_fen")
    if key in _TEXTS:
        return alert.text
    value = getattr(alert, key)
    return (date_of(value).isoformat() if value else None) if key in DAYS else value


class _Within(str):
    """A text that equals any text it stands in."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) in str(other)

    __hash__ = str.__hash__


class _Without(str):
    """A text that equals any text it does not stand in."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) not in str(other)

    __hash__ = str.__hash__


_TEXTS: Mapping[str, type[str]] = {"text_has": _Within, "text_lacks": _Without}
ALERT_FIELDS = frozenset(
    {*Alert.__struct_fields__, *_TEXTS, *(f"{name.removesuffix('_fen')}_yuan" for name in Alert.__struct_fields__ if name.endswith("_fen"))}
)
"""What an expectation may name."""


def _wanted(key: str, value: Any) -> Any:
    if key == "months":
        return months_given(value) if value else []
    if key.endswith("_yuan"):
        return fen(value, key)
    if key in DAYS:
        return str(value) if value else None
    return _TEXTS[key](value) if key in _TEXTS else value


def _near(want: Mapping[str, Any], alerts: Sequence[Alert]) -> str:
    same = [summary(alert) for alert in alerts if alert.rule == want.get("rule")]
    return " | ".join(same) or "no alert of this rule"


def shown(want: Mapping[str, Any]) -> str:
    """An expectation in one line."""
    return ", ".join(f"{key}={value}" for key, value in want.items())


def summary(alert: Alert) -> str:
    """An alert in one line."""
    due = f" due {date_of(alert.due)}" if alert.due else ""
    more = f" {alert.subtype}" if alert.subtype else ""
    return (
        f"{date_of(alert.as_of)} {alert.rule} r{alert.revision} {alert.change} {alert.level} {alert.premise} {alert.severity}{more} "
        f"months={alert.months} {alert.amount_fen / 100:.2f}{due} {alert.healed_by}".rstrip()
    )
