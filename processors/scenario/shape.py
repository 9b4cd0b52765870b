"""What a scenario may look like: checked whole before the first day passes, so that most mistakes do not wait for their turn."""

from collections.abc import Collection, Mapping
from typing import Any

from processors.rules.registry import BY_CODE
from processors.scenario.decisions import KEYS as DECISION_KEYS
from processors.scenario.expect import check_want
from processors.scenario.fields import ScenarioError, day_value, misfit, name_shown, one_of, plain, sex_value, whole
from processors.scenario.short import EVENTS
from schemas.dates import date_of

FEEDS = ("household", "death_certificate", "cremation", "tax_contribution", "tax_payroll", "card", "business", "medical")
"""Feeds that every city has; `feeds` of a scenario adds others."""
KNOWN_FEEDS = frozenset({*FEEDS, *(short.feed for short in EVENTS.values()), "canonical"})
SCENARIO_KEYS = ("name", "note", "persons", "rules", "feeds", "horizons", "steps", "until", "expect", "published")
PERSON_KEYS = ("birth", "sex", "division", "name")
LOOK_KEYS = frozenset({"at", "note", "expect", "published"})
RECORD_KEYS = LOOK_KEYS | {"feed", "record", "table", "op", "transaction", "snapshot"}
TEXTS = ("name", "row", "table", "transaction", "id")
OPS = ("c", "u", "d", "r")


def check_shape(scenario: Mapping[str, Any]) -> None:
    """Refuses a scenario with fields, names or kinds of values that none has; ScenarioError names step and field."""
    _mapping(scenario, "scenario", SCENARIO_KEYS)
    if not scenario.get("steps"):
        raise ScenarioError("is missing or empty; allowed: a list of steps", "steps")
    persons = _persons(scenario)
    _each(scenario, "rules", BY_CODE)
    _each(scenario, "feeds", KNOWN_FEEDS)
    _horizons(scenario.get("horizons", "auto"))
    _expectations(scenario)
    last = 0
    for number, step in enumerate(_list(scenario["steps"], "steps"), start=1):
        try:
            last = _step(step, persons, last)
        except ScenarioError as error:
            raise ScenarioError(error.problem, error.field, number) from None
    if "until" in scenario:
        _day(scenario["until"], "until", last)


def _step(step: object, persons: Collection[str], last: int) -> int:
    """Checks one step; the day of its arrival."""
    if not isinstance(step, Mapping):
        raise misfit("step", step, "a mapping with `at`")
    day = _day(step.get("at"), "at", last)
    for name in TEXTS:
        plain(step.get(name), name)
    _kind(step)
    if str(step.get("person", "person")) not in persons and ("person" in step or "event" in step):
        raise misfit("person", step.get("person"), "a label that `persons` has")
    _expectations(step)
    return day


def _kind(step: Mapping[Any, Any]) -> None:
    """Checks what only a step of its kind has; the fields of an event are checked when it is taken."""
    if "event" in step:
        if "decision" in step:
            raise ScenarioError("stands beside `event`; allowed: one of them", "decision")
        one_of(step.get("feed", "business"), "feed", KNOWN_FEEDS)
    elif "record" in step:
        _record(step)
    elif "decision" in step:
        _mapping(step, "decision", DECISION_KEYS)
    else:
        _mapping(step, "step", LOOK_KEYS, "; or one of event, record, decision with its fields")


def _record(step: Mapping[Any, Any]) -> None:
    _mapping(step, "step", RECORD_KEYS)
    one_of(step.get("feed"), "feed", KNOWN_FEEDS)
    if not isinstance(step["record"], Mapping):
        raise misfit("record", step["record"], "the columns of a record, a mapping")
    one_of(step.get("op", "c"), "op", OPS)


def _persons(scenario: Mapping[Any, Any]) -> Collection[str]:
    persons = scenario.get("persons", {"person": {}})
    if not isinstance(persons, Mapping):
        raise misfit("persons", persons, "a mapping of a label to birth, sex, division, name")
    for person in persons.values():
        _mapping(person, "persons", PERSON_KEYS)
        sex_value(person.get("sex", 0), "persons.sex")
        day_value(person.get("birth", 0), "persons.birth")
        whole(person.get("division", 0), "persons.division")
        plain(person.get("name"), "persons.name")
    return {str(name) for name in persons}


def _horizons(given: object) -> None:
    if given == "auto":
        return
    if not isinstance(given, Mapping):
        raise misfit("horizons", given, "auto, or a mapping of feed or feed@division to a date")
    for clock, through in given.items():
        feed, _, division = str(clock).partition("@")
        if feed not in KNOWN_FEEDS:
            raise misfit("horizons", clock, f"feed or feed@division; feeds: {', '.join(sorted(KNOWN_FEEDS))}")
        whole(division or 0, f"horizons.{feed}@")
        _day(through, f"horizons.{feed}", 0)


def _expectations(of: Mapping[Any, Any]) -> None:
    for name in ("expect", "published"):
        for want in _list(of.get(name) or [], name):
            check_want(want, name)


def _each(scenario: Mapping[Any, Any], name: str, allowed: Collection[str]) -> None:
    for one in _list(scenario.get(name) or [], name):
        one_of(one, name, allowed)


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise misfit(name, value, "a list")
    return value


def _mapping(value: object, name: str, keys: Collection[str], more: str = "") -> None:
    if not isinstance(value, Mapping):
        raise misfit(name, value, f"a mapping of {', '.join(sorted(keys))}")
    for key in value:
        if key not in keys:
            shown = name_shown(key)
            raise ScenarioError(
                f"no such field; allowed: {', '.join(sorted(keys))}{more}", f"{name}.{shown}" if name == "persons" else shown
            )


def _day(value: object, name: str, not_before: int) -> int:
    day = day_value(value, name)
    if not day:
        raise misfit(name, value, "a date, YYYY-MM-DD")
    if day < not_before:
        raise ScenarioError(f"is before the step above it; allowed: from {date_of(not_before)} on", name)
    return day
