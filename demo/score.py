"""Planted against found: which labels came true, which did not, and which alerts nobody planted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.city.city import City
from demo.city.emit.departments import FEEDS
from demo.city.labels import Label, RecordOf
from demo.pepper import PEPPER, PEPPER_VERSION
from processors.identity.keys import KeyMaker
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from processors.intake.context import hashed
from schemas.alert import Alert, alert_id
from schemas.divisions import load_divisions
from schemas.feed_file import load_feeds
from schemas.variant_characters import load_variants

FAR_FUTURE = 1 << 20
"""A day number after every birth date: labels are about people who are born by the end of the run."""


@dataclass(slots=True)
class Miss:
    """A label that did not come true: nothing was found, or something else."""

    label: Label
    found: Alert | None


@dataclass(slots=True)
class Line:
    """One rule's row of the final table."""

    planted: int = 0
    found: int = 0
    missed: list[Miss] = field(default_factory=list)
    false: list[Alert] = field(default_factory=list)


class Keys:
    """Labels name people and records by their departments' numbers; alerts by the keys that intake makes of them."""

    def __init__(self) -> None:
        self.maker = KeyMaker(PEPPER_VERSION, PEPPER.encode(), load_variants())
        self._divisions = load_divisions()
        self._sources = {name: str(int(load_feeds()[name].source_code)) for name in FEEDS}

    def person(self, number: str) -> bytes:
        """The person key of a number."""
        found = recognise(number, Document.NUMBER, "", FAR_FUTURE)
        if not isinstance(found, Identifier):
            raise ValueError(f"a planted number is no identifier: {found}")  # noqa: TRY004 - a value, not a type, is wrong
        return self.maker.person_key(found)

    def record(self, of: RecordOf) -> str:
        """The hash of an enrolment or benefit record, as scopes write it."""
        city = self._divisions.city_of(of.place)
        return hashed(self._sources[of.feed], str(of.scheme), of.account, str(city)).hex()

    def alert(self, label: Label) -> bytes:
        """The id of the alert that a label expects."""
        scope: list[int | str] = [self.record(part) if isinstance(part, RecordOf) else part for part in label.scope]
        if sum(isinstance(part, RecordOf) for part in label.scope) > 1:
            scope = sorted(scope, key=str)
        return alert_id(label.rule, self.person(label.who.number), scope)


def score(city: City, latest: Mapping[bytes, Alert]) -> dict[str, Line]:
    """Rule → its row; `latest` holds the last revision of every alert by id."""
    keys = Keys()
    lines: dict[str, Line] = {}
    expected: set[bytes] = set()
    for label in city.labels:
        line = lines.setdefault(label.rule, Line())
        identifier = keys.alert(label)
        expected.add(identifier)
        line.planted += 1
        alert = latest.get(identifier)
        if alert is not None and agrees(label, alert):
            line.found += 1
        else:
            line.missed.append(Miss(label, alert))
    for identifier, alert in latest.items():
        if identifier not in expected:
            lines.setdefault(alert.rule, Line()).false.append(alert)
    return dict(sorted(lines.items()))


def agrees(label: Label, alert: Alert) -> bool:
    """Level, premise and (where the label names one) subtype are as planted; rule and scope are in the id."""
    return alert.level == label.level and alert.premise == label.premise and label.subtype in {None, alert.subtype}


def clean(lines: Mapping[str, Line]) -> bool:
    """Whether nothing was missed and nothing is false."""
    return not any(line.missed or line.false for line in lines.values())
