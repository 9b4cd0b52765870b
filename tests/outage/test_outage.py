"""The broker is down for a quarter of a minute; broker, Redis and registry for minutes (`make proof`): the line waits and catches up by itself.

Redis for a quarter of a minute: tests/streams/test_deliver.py. A registry for seconds: test_registry_live.py and test_debezium_avro_live.py there.
"""

import time
from pathlib import Path

import pytest

from schemas.topics import ALERTS
from tests.outage.city import LIVE
from tests.outage.line import Line, line
from tests.outage.verdict import messages, revisions_of, stories_of, verdict

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(1_800)]
SHORT_SECONDS = 15.0
LONG_SECONDS = 200.0
"""Longer than each time-out of ours (session 8 s, transaction and message 10 s, poll 120 s) and than Kubernetes lets a start take (120 s)."""
BACK_SECONDS = 300.0
ENDING = {LIVE, 503, 0}
"""What a worker answers that ends and is started again."""


def down_for(city: Line, seconds: float) -> None:
    """So long it stays away, while the department goes on; every worker lives on and says so."""
    until = time.monotonic() + seconds
    city.until(lambda: time.monotonic() >= until, seconds + BACK_SECONDS)
    assert not city.ends, city.logs()
    assert all(set(answers) == {LIVE} for answers in city.probes.answers.values()), city.probes.answers


def caught_up(city: Line) -> None:
    """All that the department has sent reaches consumers without anybody's doing; it is held against what was sent."""
    back = time.monotonic()
    city.goes_on(BACK_SECONDS)
    flowing = time.monotonic() - back
    city.department.finish()
    persons = city.department.persons
    city.until(lambda: city.in_redis() >= revisions_of(persons), BACK_SECONDS)
    done = time.monotonic() - back
    city.probes.finish()
    found = verdict(city)
    print(  # noqa: T201 - the figures of a run, shown with -s
        f"{persons} persons, {found}\nalerts again after {flowing:.0f} s, all after {done:.0f} s; workers ended {dict(city.ends)}, "
        f"probes {city.probes.answers}, longest since a turn {city.probes.oldest}"
    )
    assert found.faults == 0, found
    assert found.stories == stories_of(persons)
    for name, answers in city.probes.answers.items():
        assert set(answers) <= (ENDING if city.ends[name] else {LIVE}), (name, answers)


@pytest.mark.parametrize("seconds", [SHORT_SECONDS, pytest.param(LONG_SECONDS, marks=pytest.mark.proof)])
def test_the_broker_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Killed under load and started again on its data. A worker that it fences then ends once (docs/decisions/0011), none before."""
    with line(tmp_path, monkeypatch) as city:
        city.kafka.kill()
        down_for(city, seconds)
        city.kafka.start()
        caught_up(city)


@pytest.mark.proof
def test_redis_is_down_for_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts go on to be made and wait in Kafka; no worker ends."""
    with line(tmp_path, monkeypatch) as city:
        city.redis.kill()
        held = len(messages(city, ALERTS))
        down_for(city, LONG_SECONDS)
        assert len(messages(city, ALERTS)) > held
        city.redis.start()
        caught_up(city)
        assert not city.ends


@pytest.mark.proof
def test_the_registry_is_down_for_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known goes on without it; workers that start meanwhile wait, alive, and go on by themselves."""
    with line(tmp_path, monkeypatch, registered=True) as city:
        assert city.registry is not None
        city.registry.kill()
        city.goes_on(BACK_SECONDS)
        city.restart_workers()
        held = city.in_redis()
        down_for(city, LONG_SECONDS)
        assert city.in_redis() == held
        city.registry.start()
        caught_up(city)
        assert not city.ends
