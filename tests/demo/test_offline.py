"""The whole city through the pure code: what was planted is found, and nothing else."""

from random import Random

import pytest

from demo.city.city import City
from demo.city.emit.departments import Day, days_of
from demo.city.emit.wire import Message
from demo.city.generate import generate
from demo.city.ordinary import plant_ordinary
from demo.offline import OfflineRun, run
from demo.score import Line, clean, score
from demo.view import untrue


def told(lines: dict[str, Line]) -> str:
    """What is wrong, for the message of a failed test."""
    return "\n".join(untrue(lines))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_is_found_and_nothing_else(seed: int) -> None:
    """Three seeds: rule, scope, final level and premise of every label; no alert about anybody else."""
    city = generate(300, 12, seed)
    lines = score(city, run(city).latest)
    assert clean(lines), told(lines)


def test_the_order_of_departments_within_a_day_changes_nothing() -> None:
    """Feeds are read side by side: any interleaving that keeps each feed's own order gives the same end."""
    city = generate(220, 12, 4)
    rng = Random(4)
    offline = OfflineRun()
    for day in days_of(city):
        offline.day(interleaved(day, rng))
    offline.end(city)
    lines = score(city, offline.latest)
    assert clean(lines), told(lines)


def interleaved(day: Day, rng: Random) -> Day:
    """The day's messages in another order over the feeds, each feed's in its own."""
    queues: dict[str, list[Message]] = {}
    for message in day.messages:
        queues.setdefault(message.topic, []).append(message)
    picks = [message.topic for message in day.messages]
    rng.shuffle(picks)
    order = [queues[topic].pop(0) for topic in picks]
    return Day(day.day, order, [])


def test_ordinary_people_give_no_alert() -> None:
    """A city without cases is silent: every absence rule is satisfied by construction."""
    city = City(12, 11)
    plant_ordinary(city, 150)
    assert not run(city).latest


def test_a_missing_end_is_missed_and_told() -> None:
    """The score is no formality: without the last months of records labels fail and are named."""
    city = generate(200, 12, 5)
    city.changes = [change for change in city.changes if change.day < city.at(6, 1)]
    lines = score(city, run(city).latest)
    assert not clean(lines)
    assert any("missed" in line for line in untrue(lines))
