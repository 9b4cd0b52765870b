"""Deliver on real Kafka and a real Redis: an outage is a retry, a repeat nothing, and everything comes back after FLUSHALL."""

import asyncio
import os
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from confluent_kafka import Producer
from typer.testing import CliRunner

from demo.servers.kafka import create_topics, start_kafka
from demo.servers.process import free_ports
from demo.servers.valkey import ValkeyServer, start_valkey
from processors.handling.half import AlertRow, alert_key
from processors.person.state import CODEC, Head, encode, head_key
from schemas.alert import Alert
from schemas.messages import alert_message
from schemas.topics import ALERTS, AUDIT, PEOPLE_CHANGELOG, RESTRICTIONS, config_of, load_topics
from schemas.wire import Writer
from sinks.redis import RedisModel, Tallies, stream_key
from streams.cli.main import app
from streams.engine.partitioner import partition_of
from tests.schemas.samples import person_key, sample_alert
from tests.streams.engine.lab import wait_for

ROOT = Path(__file__).parents[2]
PARTITIONS = 2
pytestmark = [pytest.mark.kafka, pytest.mark.redis]


@dataclass
class Line:
    """A broker, a Redis and a deliver worker between them."""

    bootstrap: str
    server: ValkeyServer
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def send(self, alerts: list[Alert]) -> None:
        """Produce revisions as the people stage does: to the partition of the person."""
        producer, writer = Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True}), Writer("alert")
        for alert in alerts:
            key, value, headers = alert_message(writer, alert)
            producer.produce(ALERTS, value, key, partition=alert.person_key[-1] % PARTITIONS, headers=list(headers))
        assert producer.flush(30) == 0

    def tallies(self) -> Tallies:
        """What Redis holds."""

        async def go() -> Tallies:
            model = RedisModel(self.server.url, 1_000)
            try:
                return await model.tallies()
            finally:
                await model.close()

        return asyncio.run(go())

    def metric(self, name: str) -> float:
        """The sum of a metric's series, as the worker serves it."""
        port = self.environment["CANBAO_METRICS_PORT"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    def holds(self, expected: Tallies, seconds: float = 150) -> None:
        """Wait until Redis holds what is expected; a worker that ended is a failure at once."""

        def there() -> bool:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            return self.tallies() == expected

        wait_for(there, seconds, lambda: f"{self.tallies()} is not {expected}\n{self.log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def line(server_folder: Path) -> Iterator[Line]:
    """Everything up: alerts go through `canbao worker deliver:redis`."""
    with start_kafka(server_folder / "deliver-kafka") as kafka, start_valkey(server_folder / "deliver-valkey") as server:
        compacted = {"cleanup.policy": "compact"}
        create_topics(kafka.bootstrap, {ALERTS: (PARTITIONS, compacted), PEOPLE_CHANGELOG: (PARTITIONS, compacted)})
        create_topics(kafka.bootstrap, {one.name: (1, config_of(one)) for one in load_topics() if one.name in {AUDIT, RESTRICTIONS}})
        environment = {
            "CANBAO_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "CANBAO_REDIS_URL": server.url,
            "CANBAO_STATE_FOLDER": str(server_folder / "deliver-state"),
            "CANBAO_METRICS_PORT": str(free_ports(1)[0]),
            "CANBAO_METRICS_HOST": "127.0.0.1",
            "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS),
        }
        log = server_folder / "deliver.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "streams.cli.main", "worker", "deliver:redis"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=out,
                stderr=out,
            )
        try:
            yield Line(kafka.bootstrap, server, environment, process, log)
            process.terminate()
            assert process.wait(90) == 0, log.read_text()[-3000:]
        finally:
            process.kill()
            process.wait()


def test_a_the_pipe_delivers_each_revision_once(line: Line) -> None:
    """Revisions arrive; what Kafka holds twice is on the stream once."""
    history = [sample_alert(number, revision=revision) for number in range(1, 101) for revision in (1, 2)]
    line.send(history)
    line.send(history[:50])
    line.holds(Tallies(100, 100, 200))


def test_b_an_outage_is_a_retry(line: Line) -> None:
    """Redis killed: the worker lives, counts failures, acknowledges nothing; Redis back: everything arrives, once."""
    line.server.kill()
    line.send([sample_alert(number, revision=3, change="HEALED", premise="HEALED") for number in range(1, 41)])
    wait_for(
        lambda: line.metric("canbao_sink_failures_total") >= 10, 90, line.log.read_text
    )  # delays 1, 2, 4, 8 s in each partition: down for 15 s
    assert line.process.poll() is None
    line.server.start()
    line.holds(Tallies(100, 60, 240))


def test_c_an_empty_redis_is_noticed_and_rebuilt(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """After FLUSHALL the worker says so, and `canbao rebuild redis` makes the same model; a second time it changes nothing."""
    for name, value in line.environment.items():
        monkeypatch.setenv(name, value)
    assert line.metric("canbao_sink_emptied_total") == 0
    with redis.Redis.from_url(line.server.url) as client:
        client.flushall()
    line.send([sample_alert(1)])
    wait_for(lambda: line.metric("canbao_sink_emptied_total") == 1, 150, line.log.read_text)
    printed = CliRunner().invoke(app, ["rebuild", "redis"])
    assert printed.exit_code == 0, printed.output
    assert "239 revisions written, 52 were there already" in printed.output
    assert line.tallies() == Tallies(100, 60, 240)
    assert "0 revisions written, 291 were there already" in CliRunner().invoke(app, ["rebuild", "redis"]).output


@pytest.mark.parametrize("source", [[], ["--redis"]], ids=["kafka", "redis"])
def test_d_tail_shows_them_readable(line: Line, monkeypatch: pytest.MonkeyPatch, source: list[str]) -> None:
    """`canbao alerts tail` prints each revision in Chinese, doctrine first, filtered, from either side alike."""
    for name, value in line.environment.items():
        monkeypatch.setenv(name, value)
    line.send([sample_alert(200, rule="R10", handling_division=370102, level="ALERT", title="同月重复缴费", queue="C")])
    line.holds(Tallies(101, 61, 241))
    everything = CliRunner().invoke(app, ["alerts", "tail", "--all", "--once", *source])
    assert everything.exit_code == 0, everything.output
    assert everything.output.count("待核实，不作为停发依据。") >= 241
    one = CliRunner().invoke(
        app, ["alerts", "tail", "--all", "--once", "--rule", "r10", "--division", "370100", "--level", "ALERT", *source]
    )
    shown = [text for text in one.output.splitlines() if text.strip()]
    assert shown[0] == "待核实，不作为停发依据。"
    assert "R10 同月重复缴费" in shown[1]
    assert "426.00元" in one.output
    assert CliRunner().invoke(app, ["alerts", "tail", "--all", "--once", "--rule", "R24", *source]).output.strip() == ""


def test_e_streams_are_per_division(line: Line) -> None:
    """Each handling division has its own stream."""
    with redis.Redis.from_url(line.server.url) as client:
        assert client.xlen(stream_key(370116)) == 240
        assert client.xlen(stream_key(370102)) == 1


def test_f_a_person_is_read_from_the_changelog(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """`canbao person show` takes the newest rows of that person only; a key that nobody has says so."""
    for name, value in line.environment.items():
        monkeypatch.setenv(name, value)
    producer = Producer({"bootstrap.servers": line.bootstrap})
    for number, title in ((1, "旧标题"), (1, "发放前停发核查"), (2, "另一人")):
        key, alert = person_key(number), sample_alert(number, title=title)
        rows = {head_key(key): encode(Head(CODEC, key)), alert_key(key, alert.alert_id): encode(AlertRow(alert))}
        for row, kept in rows.items():
            producer.produce(PEOPLE_CHANGELOG, kept, row, partition=partition_of(key, PARTITIONS))
    assert producer.flush(30) == 0
    printed = CliRunner().invoke(app, ["person", "show", person_key(1).hex()])
    assert printed.exit_code == 0, printed.output
    assert "发放前停发核查" in printed.output
    assert "旧标题" not in printed.output
    assert "另一人" not in printed.output
    assert CliRunner().invoke(app, ["person", "show", person_key(77).hex()]).exit_code == 1
    assert CliRunner().invoke(app, ["person", "show", "12"]).exit_code == 2


def words_of(arguments: list[str], count: int, seconds: float = 120) -> list[list[str]]:
    """The first lines that an example prints, as words; run as its reader would run it."""
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT / "examples", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        killer = threading.Timer(seconds, process.kill)
        killer.start()
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [text.split() for _, text in zip(range(count), process.stdout, strict=False)]
        killer.cancel()
        process.kill()
        assert len(lines) == count, process.stderr.read()
    return lines


def test_g_the_kafka_example_tells_repeats_and_withdrawals(line: Line) -> None:
    """Over everything in the topic: repeats recognised, healed ones withdrawn."""
    lines = words_of(["kafka_reader.py", line.bootstrap, "example", str(ROOT / "schemas/avro/alert.avsc")], 293)
    told = Counter(words[0] for words in lines)
    assert told == {"open": 101, "update": 100, "repeat": 52, "withdraw": 40}


def test_h_the_redis_example_shares_and_takes_over(line: Line) -> None:
    """A member reads the division's stream; another group sees all of it again, each revision told once."""
    for group in ("one", "two"):
        lines = words_of(["redis_reader.py", line.server.url, "370116", group, "a"], 240)
        assert Counter(words[0] for words in lines) == {"open": 100, "update": 100, "withdraw": 40}


def test_i_topics_are_created_and_compared(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """`canbao topics create` makes what is missing, `diff` names what differs and exits 1; what is as declared is not named."""
    for name, value in line.environment.items():
        monkeypatch.setenv(name, value)
    before = CliRunner().invoke(app, ["topics", "diff"])
    assert before.exit_code == 1
    assert "canbao.events: is missing; `canbao topics create` makes it" in before.output
    assert "canbao.alerts: min.compaction.lag.ms is 0, declared 2592000000" in before.output
    made = CliRunner().invoke(app, ["topics", "create"])
    assert made.exit_code == 0, made.output
    assert "created canbao.events\n" in made.output
    assert "created canbao.intake.tax_contribution-changelog" in made.output
    assert "canbao.alerts" not in made.output
    assert CliRunner().invoke(app, ["topics", "create"]).output == ""
    after = CliRunner().invoke(app, ["topics", "diff"])
    assert after.exit_code == 1
    assert {text.split(":")[0] for text in after.output.splitlines()} == {ALERTS, PEOPLE_CHANGELOG}
    monkeypatch.setenv("CANBAO_EVENTS_PARTITIONS", "3")
    assert "canbao.events: 2 partitions, declared 3" in CliRunner().invoke(app, ["topics", "diff"]).output
