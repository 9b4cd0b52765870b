"""Running a scenario: simulated days, steps, and what was published, by the same stage that runs behind Kafka.

Before a step of date D there is one tick a day up to D; after each tick every feed is complete to the day before (`horizons: auto`), unless
the scenario freezes it; then due wakes are drained; then the step. `until` runs further days after the last step.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from processors.person.state import head_key
from processors.rows import MemoryRows
from processors.rules.model import Numbers
from processors.scenario.decisions import alert_meant, decision_of
from processors.scenario.expect import Mismatch, check_open, check_published
from processors.scenario.fields import ScenarioError, day_value, label, sex_value, whole
from processors.scenario.shape import FEEDS, check_shape
from processors.scenario.short import Rows as ShortRows
from processors.scenario.short import expand, facts_of
from processors.stage import PeopleStage, derive
from schemas.alert import Alert
from schemas.dates import date_of
from schemas.decision import DecisionResult
from schemas.events import FORMAT, Decided, Facts, Horizon, Identity, Message, Tick

DAYS_MAX = 366 * 40
SWEEP = 1000
Raw = Callable[[Mapping[str, Any], int, int], list[Message]]


class Run(Struct):
    """A scenario that ran: everything published, and where it differs from what was expected."""

    name: str
    alerts: list[Alert] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    persons: dict[str, bytes] = field(default_factory=dict)
    results: list[DecisionResult] = field(default_factory=list)


class Simulation:
    """One events partition over simulated days."""

    def __init__(self, scenario: Mapping[str, Any], policy: Numbers, raw: Raw | None = None) -> None:
        self.scenario = scenario
        self.stage = PeopleStage(policy, {feed: f"canbao.feed.{feed}" for feed in FEEDS}, strict=True)
        self.rows = MemoryRows(derive)
        self.run = Run(str(scenario.get("name", "")))
        self.short = ShortRows({})
        self.raw = raw
        self.persons = {str(name): person for name, person in scenario.get("persons", {}).items()}
        self.offsets: dict[str, int] = {}
        self.day = 0
        self.latest: dict[bytes, Alert] = {}
        given = scenario.get("horizons", "auto")
        self.frozen = {} if given == "auto" else {str(clock): day_value(through, "horizons") for clock, through in given.items()}
        self.feeds = (*FEEDS, *(scenario.get("feeds") or []))

    def to_day(self, day: int) -> None:
        """Tick day by day up to `day`, each followed by the horizons of the day before and the sweep."""
        if not self.day:
            self.day = day - 1
            for clock, through in self.frozen.items():
                feed, _, division = clock.partition("@")
                self.take(Horizon(FORMAT, feed, int(division or 0), 0, 1, through))
        if day - self.day > DAYS_MAX:
            raise ScenarioError(f"{date_of(day)} is more than {DAYS_MAX} days after the step before", "at")
        while self.day < day:
            self.day += 1
            self.take(Tick(FORMAT, self.day))
            for feed in self.feeds:
                if f"{feed}@0" not in self.frozen and feed not in self.frozen:
                    self.take(Horizon(FORMAT, feed, 0, 0, 1, self.day - 1))
            self.drain()

    def take(self, message: Message) -> None:
        """Hand one message to the stage."""
        output = self.stage.handle(self.rows, message)
        self.run.results += output.results
        self._publish(output.alerts)

    def drain(self) -> None:
        """Sweep until nothing waits."""
        while self.stage.sweeping:
            self._publish(self.stage.sweep(self.rows, SWEEP).alerts)

    def _publish(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            self.run.alerts.append(alert)
            self.latest[alert.alert_id] = alert

    def step(self, step: Mapping[str, Any]) -> None:
        """Take the records of one step."""
        if "event" in step:
            for one in expand(dict(step)):
                self._short_step(one)
        elif "record" in step:
            self._raw_step(step)
        elif "decision" in step:
            self._decision_step(step)

    def _raw_step(self, step: Mapping[str, Any]) -> None:
        if self.raw is None:
            raise ScenarioError("raw records need the feed files; run this scenario with `canbao judge`")
        offset = self._offset(step["feed"])
        for message in self.raw(step, self.day, offset):
            self.take(message)
            self.drain()

    def _short_step(self, step: dict[str, Any]) -> None:
        name = str(step.get("person", "person"))
        person = self.persons.get(name, {})
        key = self.run.persons.setdefault(name, person_key(name))
        feed, facts = facts_of(step, person, self.short)
        birth = day_value(person.get("birth", "1960-01-15"), "birth")
        identity = Identity(birth, sex_value(person.get("sex", 0)), whole(step.get("id_form", 18), "id_form"))
        offset = self._offset(feed)
        snapshot = int(bool(step.get("snapshot", False)))
        self.take(Facts(FORMAT, key, key, b"", feed, 0, offset, "", snapshot, 0, self.day, identity, facts))

    def _decision_step(self, step: Mapping[str, Any]) -> None:
        """A clerk decides about an alert as it was last published; an answer other than `result` (APPLIED) is a mismatch."""
        of = self.run.persons.get(str(step["person"])) if "person" in step else None
        alert = alert_meant(step, [one for one in self.latest.values() if of is None or one.person_key == of])
        decision = decision_of(step, self.day, alert, f"decision {len(self.run.results)}")
        self.take(Decided(FORMAT, decision.person_key, decision))
        answered, wanted = self.run.results[-1].verdict, str(step.get("result", "APPLIED"))
        if answered != wanted:
            self.run.mismatches.append(Mismatch(f"decision {decision.action} ({step['at']})", wanted, answered))

    def _offset(self, feed: str) -> int:
        self.offsets[feed] = self.offsets.get(feed, -1) + 1
        return self.offsets[feed]

    def known(self, person: str) -> bool:
        """Whether the stage holds state of a person."""
        return head_key(person_key(person)) in self.rows.values


def person_key(name: str) -> bytes:
    """The 17-byte key of a scenario's person."""
    return b"\x01" + label(f"person:{name}") + label(f"key:{name}")


def run_scenario(scenario: Mapping[str, Any], policy: Numbers, raw: Raw | None = None) -> Run:
    """Run a whole scenario and compare with its expectations; ScenarioError where it does not fit."""
    check_shape(scenario)
    simulation = Simulation(scenario, policy, raw)
    only = frozenset(scenario.get("rules") or [])
    seen = 0
    for number, step in enumerate(scenario["steps"], start=1):
        try:
            simulation.to_day(day_value(step["at"], "at"))
            simulation.step(step)
        except ScenarioError as error:
            raise ScenarioError(error.problem, error.field, number) from error
        seen = _check(simulation, step, number, seen, only)
    if "until" in scenario:
        simulation.to_day(day_value(scenario["until"], "until"))
    _check(simulation, scenario, 0, seen, only)
    return simulation.run


def _check(simulation: Simulation, step: Mapping[str, Any], number: int, seen: int, only: frozenset[str]) -> int:
    """Compare after a step; `published` lists the revisions since the last step that had it, `expect` the alerts that hold."""
    run = simulation.run
    where = f"step {number} ({step.get('at')})" if number else "end"
    if "expect" in step:
        run.mismatches += check_open(where, step["expect"] or [], _wanted(simulation.latest.values(), only))
    if "published" in step:
        run.mismatches += check_published(where, step["published"] or [], _wanted(run.alerts[seen:], only))
        return len(run.alerts)
    return seen


def _wanted(alerts: Any, only: frozenset[str]) -> list[Alert]:
    return [alert for alert in alerts if not only or alert.rule in only]
