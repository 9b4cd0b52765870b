"""A model that is built anew from Kafka is the one that its worker wrote as revisions came, byte for byte, but for the clock's marks."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from confluent_kafka import Producer

from demo.servers.kafka import create_topics, start_kafka
from demo.servers.valkey import start_valkey
from schemas.alert import Alert
from schemas.decision import DecisionResult, result_message
from schemas.delivery import delivery_of
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from schemas.messages import Message, alert_message, enrolment_message
from schemas.topics import ALERTS, DECISION_RESULTS, ENROLMENTS
from schemas.wire import Writer
from sinks.desk import keys
from sinks.desk.write import DeskWriter
from sinks.redis import RedisModel
from streams.rebuild import rebuild_redis
from streams.rebuild_desk import rebuild_desk
from streams.settings import Settings
from tests.schemas.samples import person_key, sample_alert

PARTITIONS = 3
PERSONS = 30
LENGTH = 20_000
COMPACT = {"cleanup.policy": "compact"}
pytestmark = [pytest.mark.kafka, pytest.mark.redis]


def ignored(_done: int, _total: int) -> None:
    """No bar."""


def history() -> list[Alert]:
    """Revisions of many alerts, among each other: moved, referred, healed, reopened, handled, of a first load."""
    dice = random.Random(4)
    steps: dict[int, list[Alert]] = {}
    for number in range(1, PERSONS + 1):
        revisions = range(1, dice.randint(2, 16))
        steps[number] = [
            sample_alert(
                number,
                revision=revision,
                change="OPENED" if revision == 1 else "UPDATED",
                premise=dice.choice(("HOLDS", "HOLDS", "HEALED")),
                severity=dice.choice(("HIGH", "LOW")),
                handling_division=dice.choice((370102, 370116)),
                referred_to=dice.choice((0, 0, 370103)),
                origin=dice.choice(("LIVE", "BACKLOG")),
                handling_version=revision // 2,
                due=dice.choice((0, 19_900 + revision)),
                amount_fen=dice.randint(0, 1 << 40),
                as_of=19_800 + revision,
            )
            for revision in revisions
        ]
    mixed: list[Alert] = []
    while steps:
        number = dice.choice(list(steps))
        mixed.append(steps[number].pop(0))
        if not steps[number]:
            del steps[number]
    return mixed


def everything(url: str) -> dict[bytes, Any]:
    """All keys as the server dumps them; of streams the entries without their time, of the mark of freshness the day, of a set its scores."""
    with redis.Redis.from_url(url) as client:
        reads: dict[bytes, Callable[[bytes], Any]] = {
            b"string": client.get,
            b"hash": lambda key: {name: value for name, value in client.hgetall(key).items() if name != b"written_ms"},
            b"list": lambda key: client.lrange(key, 0, -1),
            b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
            b"stream": lambda key: sorted(tuple(fields.items()) for _, fields in client.xrange(key)),
        }
        return {key: reads[client.type(key)](key) for key in client.scan_iter(count=1_000)}


def send(bootstrap: str, topic: str, messages: list[tuple[int, Message]]) -> None:
    """Produce, each to the partition of its person."""
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for number, (key, value, headers) in messages:
        producer.produce(topic, value, key, partition=number % PARTITIONS, headers=list(headers))
    assert producer.flush(30) == 0


def rows() -> list[EnrolmentRow]:
    """Three public rows of each person."""
    return [
        EnrolmentRow(person_key(number), 19_800 + day, [EnrolmentPlace(170, 370100, "PAYING", 202401 + day)])
        for day in range(3)
        for number in range(1, PERSONS + 1)
    ]


def results() -> list[DecisionResult]:
    """One answer about each person's alert."""
    return [
        DecisionResult(
            decision_id=f"d{number}",
            alert_id=sample_alert(number).alert_id,
            person_key=person_key(number),
            verdict="APPLIED",
            action="ACCEPT",
            at_ms=number,
        )
        for number in range(1, PERSONS + 1)
    ]


def test_what_is_rebuilt_is_what_was_live(server_folder: Path) -> None:
    """Both models, revision by revision as they came, and whole from Kafka by several processes: the same keys with the same content."""
    alerts, public, answers = history(), rows(), results()
    writer = {name: Writer(name) for name in ("alert", "enrolment", "decision_result")}
    with start_kafka(server_folder / "rebuilt-kafka") as kafka, start_valkey(server_folder / "rebuilt-valkey") as server:
        create_topics(kafka.bootstrap, dict.fromkeys((ALERTS, ENROLMENTS, DECISION_RESULTS), (PARTITIONS, COMPACT)))
        send(kafka.bootstrap, ALERTS, [(one.person_key[-1], alert_message(writer["alert"], one)) for one in alerts])
        send(kafka.bootstrap, ENROLMENTS, [(one.person_key[-1], enrolment_message(writer["enrolment"], one)) for one in public])
        send(kafka.bootstrap, DECISION_RESULTS, [(0, result_message(writer["decision_result"], one)) for one in answers])

        async def live() -> None:
            model, desk = RedisModel(server.url, LENGTH), DeskWriter(server.url)
            for alert in alerts:
                await model.deliver([delivery_of(alert)])
                await desk.alerts([alert])
            for row in public:
                await desk.enrolments([row])
            await desk.results(answers)
            await model.close()
            await desk.close()

        asyncio.run(live())
        before = everything(server.url)
        with redis.Redis.from_url(server.url) as client:
            client.flushall()
        settings = Settings(kafka_bootstrap=kafka.bootstrap, redis_url=server.url, events_partitions=PARTITIONS, redis_stream_length=LENGTH)
        written, kept = rebuild_redis(settings, ignored), rebuild_desk(settings, ignored)
        assert (written.kept, written.repeated, kept) == (len(alerts), 0, len(alerts))
        assert keys.FRESH.encode() in before
        assert everything(server.url) == before
