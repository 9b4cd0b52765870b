"""Decisions on real Kafka and a real Redis, all workers between: sent twice, workers killed in between, each applied once and answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from redis.asyncio import Redis
from typer.testing import CliRunner

from demo.servers.valkey import ValkeyServer
from demo.stack import Stack, start_workers
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from schemas.alert import Alert
from schemas.dates import day
from schemas.decision import Decision, DecisionResult, new_decision_id, read_result
from schemas.errors import Code
from schemas.events import FORMAT, Facts, Identity, Message, Tick, encode
from schemas.messages import read_alert
from schemas.topics import ALERTS, DECISION_RESULTS, DECISIONS, EVENTS
from schemas.wire import Reader
from sinks.desk.read import DeskReader
from streams.cli.main import app
from streams.decisions import DecisionError, DecisionProducer
from streams.letters import read_letters
from streams.reading import TopicReader
from streams.settings import Settings, load_settings
from streams.topics import create_missing, declared
from tests.schemas.samples import person_key as other_key
from tests.servers.fixtures import Broker
from tests.streams.engine.lab import wait_for

PERSONS = 40
PARTITIONS = 4
WAIT_SECONDS = 180.0
BORN = {"birth": "1948-11-20", "sex": "F", "division": 370116}
pytestmark = [pytest.mark.kafka, pytest.mark.redis]


@pytest.fixture
def stack(own_kafka: Broker, valkey: ValkeyServer, tmp_path: Path) -> Iterator[Stack]:
    """Kafka with all topics; intake, people, deliver and the workbench's model as real workers."""
    with Stack(own_kafka.bootstrap, valkey.url, embedded=False, partitions=PARTITIONS, folder=tmp_path) as running:
        settings = load_settings(running.environment())
        create_missing(settings, declared(settings))
        start_workers(running, ["intake", "people", "deliver", "desk"])
        yield running


def events(name: str) -> list[Message]:
    """A pensioner of whom a cremation is reported: one R01A."""
    rows, key = Rows({}), person_key(name)
    found: list[Message] = []
    steps: tuple[dict[str, Any], ...] = (
        {"event": "BENEFIT_START", "record": "r", "scheme": 170},
        {"event": "CREMATED", "died_on": "2024-05-10", "row": name},
    )
    for offset, step in enumerate(steps):
        feed, facts = facts_of(step, BORN, rows)
        found.append(Facts(FORMAT, key, key, b"", feed, 0, offset, "", 0, 0, 0, Identity(day("1948-11-20"), 2, 18), facts))
    return found


def register(name: str) -> Message:
    """The police register the death, with a date of their own: a second origin, so the alert's evidence moves."""
    feed, facts = facts_of({"event": "DEATH_REGISTERED", "died_on": "2024-05-08"}, BORN, Rows({}))
    key = person_key(name)
    return Facts(FORMAT, key, key, b"", feed, 0, 9, "", 0, 0, 0, Identity(day("1948-11-20"), 2, 18), facts)


def produce(settings: Settings, messages: list[Message]) -> None:
    """Write to canbao.events as intake does; a tick to every partition."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "partitioner": "murmur2_random"})
    for message in messages:
        if isinstance(message, Tick):
            for partition in range(PARTITIONS):
                producer.produce(EVENTS, encode(message), partition=partition)
        elif isinstance(message, Facts):
            producer.produce(EVENTS, encode(message), message.person)
    assert producer.flush(30) == 0


def decision(alert: Alert, action: str, revision: int = 1) -> Decision:
    """What a clerk of the handling division decides."""
    return Decision(
        decision_id=new_decision_id(),
        alert_id=alert.alert_id,
        subject=alert.subject,
        person_key=alert.person_key,
        seen_revision=revision,
        action=action,
        actor="staff-17",
        actor_role="clerk",
        actor_division=alert.handling_division,
        at_ms=time.time_ns() // 1_000_000,
    )


def published(settings: Settings) -> list[Alert]:
    """Every committed revision."""
    reader = Reader("alert")
    with TopicReader(settings, ALERTS) as topic:
        return [read_alert(reader, value) for records in topic.whole() for one in records if (value := one.value())]


def answers(settings: Settings) -> list[DecisionResult]:
    """Every committed answer."""
    reader = Reader("decision_result")
    with TopicReader(settings, DECISION_RESULTS) as topic:
        return [read_result(reader, value) for records in topic.whole() for one in records if (value := one.value())]


def killed(stack: Stack, *names: str) -> None:
    """Kill workers at once and start them again."""
    for name in names:
        stack.workers[name].kill()
    start_workers(stack, names)


def of_desk(stack: Stack, alert: Alert, decision_id: str) -> tuple[list[Alert], DecisionResult | None, list[str]]:
    """An alert's revisions, an answer and what was applied to the alert, as the page reads them."""

    async def go() -> tuple[list[Alert], DecisionResult | None, list[str]]:
        async with Redis.from_url(stack.redis) as client:
            desk = DeskReader(client)
            name = alert.alert_id.hex()
            applied = [one for one in await desk.decisions([name]) if one.verdict == "APPLIED"]
            history = sorted(f"{one.handling_version} {one.action} {one.actor}" for one in applied)
            return (await desk.revisions([name]))[0], await desk.result(decision_id), history

    return asyncio.run(go())


def test_decisions_are_applied_once_while_workers_are_killed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 alerts, two decisions each, every one sent twice around three kills; an engine revision keeps what clerks decided."""
    settings = load_settings(stack.environment())
    names = [f"p{number}" for number in range(PERSONS)]
    produce(settings, [Tick(FORMAT, day("2024-05-10")), *(one for name in names for one in events(name))])
    wait_for(lambda: _up(stack) and len(published(settings)) == PERSONS, WAIT_SECONDS, lambda: f"{len(published(settings))} alerts")
    alerts = published(settings)

    producer = DecisionProducer(settings)
    accepted = [decision(alert, "ACCEPT") for alert in alerts]
    producer.send(*accepted)
    killed(stack, "people")
    producer.send(*accepted)
    killed(stack, "intake", "people")
    checked = [decision(alert, "CHECK") for alert in alerts]
    producer.send(*checked, *checked)
    wait_for(lambda: _up(stack) and len(answers(settings)) == 4 * PERSONS, WAIT_SECONDS, lambda: f"{len(answers(settings))} answers")

    by_id: dict[str, set[DecisionResult]] = {}
    for one in answers(settings):
        by_id.setdefault(one.decision_id, set()).add(one)
    assert by_id.keys() == {one.decision_id for one in (*accepted, *checked)}
    assert {len(found) for found in by_id.values()} == {1}, "a repeat is answered alike"
    assert Counter(next(iter(found)).verdict for found in by_id.values()) == {"APPLIED": 2 * PERSONS}
    revisions = Counter((one.alert_id, one.revision, one.handling_version) for one in published(settings))
    assert revisions == Counter((alert.alert_id, 1, version) for alert in alerts for version in (0, 1, 2))

    produce(settings, [register(name) for name in names])
    stale = decision(alerts[0], "EXPLAIN")
    wait_for(lambda: len(published(settings)) >= 4 * PERSONS, WAIT_SECONDS, lambda: f"{len(published(settings))} revisions")
    last = {one.alert_id: one for one in published(settings)}
    assert {(one.revision, one.handling_version, one.handling, one.level) for one in last.values()} == {(2, 2, "CHECKING", "ALERT")}
    producer.send(stale)

    def shown() -> tuple[list[Alert], tuple[str, int] | None, list[str]]:
        """Its worker reads revisions and answers each at its own pace."""
        revisions_held, answer, history = of_desk(stack, alerts[0], stale.decision_id)
        return revisions_held[:1], (answer.verdict, answer.revision) if answer else None, history

    wanted = ([last[alerts[0].alert_id]], ("EVIDENCE_MOVED", 2), ["1 ACCEPT staff-17", "2 CHECK staff-17"])
    wait_for(lambda: shown() == wanted, WAIT_SECONDS, lambda: f"{shown()} is not {wanted}")

    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    _decide_on_the_command_line(alerts[1])
    _refuse_what_is_no_decision(settings, producer, alerts[2])


def _up(stack: Stack) -> bool:
    stack.check()
    return True


def _decide_on_the_command_line(alert: Alert) -> None:
    """`canbao alerts decide` tells the answer, exits 1 when refused, 2 when the form is wrong."""
    name, actor = alert.alert_id.hex(), ["--actor", "staff-9", "--wait", "60"]
    explain = ["alerts", "decide", name, "--action", "EXPLAIN", "--seen-revision", "2", "--code", "IDENTITY_MIXED", *actor]
    done = CliRunner().invoke(app, explain)
    assert done.exit_code == 0, done.output
    assert "APPLIED 已生效: EXPLAINED, revision 2, handling version 3" in done.output
    again = CliRunner().invoke(app, explain)
    assert again.exit_code == 1
    assert "WRONG_STATE 当前处理状态不能进行该操作" in again.output
    assert CliRunner().invoke(app, [*explain, "--note-ref", "379999194811200016"]).exit_code == 2


def _refuse_what_is_no_decision(settings: Settings, producer: DecisionProducer, alert: Alert) -> None:
    """The producer refuses a wrong form; what others write wrongly is a sealed dead letter and stops nobody."""
    with pytest.raises(DecisionError, match="actor: allowed"):
        producer.send(Decision(**{**_fields(decision(alert, "CLOSE")), "actor": "王"}))
    raw = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    raw.produce(DECISIONS, b"no decision", other_key(1))
    assert raw.flush(30) == 0
    wait_for(lambda: bool(list(read_letters(settings))), WAIT_SECONDS, lambda: "no dead letter")
    (letter,) = read_letters(settings)
    assert (letter.fields["feed"], letter.fields["code"]) == ("decisions", Code.NOT_DECODABLE)


def _fields(one: Decision) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}
