"""Debezium's Avro through a real registry and real Kafka: schemas are asked for as records name them, whatever the registry does meanwhile."""

import copy
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from demo.servers.kafka import start_kafka
from demo.servers.process import ServerProcess, free_ports
from demo.stack import SEAL_KEY
from schemas.errors import Code
from schemas.events import Facts, decode
from schemas.feed_file import load_feed
from schemas.kinds import FactStatus
from schemas.topics import EVENTS, wanted
from streams.letters import read_letters
from streams.reading import TopicReader
from streams.settings import Settings, load_settings
from streams.topics import create_missing
from tests.processors.intake.recorded import HERE, recorded
from tests.processors.intake.test_debezium_avro import SCHEMA_TEXT, in_avro
from tests.servers.registry import RegistryServer

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
TOPIC = "canbao.feed.traps"
WAIT_SECONDS = 60.0
UNKNOWN_ID = 987_654
NO_AVRO = '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}'
WAITS = b"the registry does not answer in time"
PROGRAM = """
import sys
from pathlib import Path
from schemas import feed_file
feed_file.HOME = Path(sys.argv.pop())
from streams.cli.main import run
run()
"""
"""A worker that knows the feed of the recorded envelopes instead of the shipped ones."""
INSERT, UPDATE, DELETE = recorded("avro-decoded.json")


@dataclass
class Line:
    """Broker, registry and worker of this module."""

    settings: Settings
    registry: RegistryServer
    worker: ServerProcess
    ids: dict[str, int] = field(default_factory=dict)
    rows: int = 100

    def send(self, *values: bytes) -> None:
        """Write values to the feed's topic, as Debezium's converter does."""
        producer = Producer({"bootstrap.servers": self.settings.kafka_bootstrap})
        for value in values:
            producer.produce(TOPIC, value, b'{"resident_id": 30}')
        assert producer.flush(WAIT_SECONDS) == 0

    def insert(self, version: str, schema_id: int = 0) -> bytes:
        """A new row, newer than all before it, in a version of the schema, under its id or another."""
        self.rows += 1
        value = copy.deepcopy(INSERT["value"])
        value["after"]["resident_id"] = self.rows
        value["source"]["lsn"] += self.rows
        return in_avro(value, schema_id or self.ids[version], TEXTS[version])

    def facts(self) -> list[Facts]:
        """What intake stated, in order."""
        with TopicReader(self.settings, EVENTS) as reader:
            values = [value for chunk in reader.whole() for message in chunk if isinstance(value := message.value(), bytes)]
        return [message for value in values if isinstance(message := decode(value), Facts)]

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; a worker that ends meanwhile fails the test with its log."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert self.worker.running, self.worker.log_tail()
            assert time.monotonic() < deadline, self.worker.log_tail()
            time.sleep(0.2)

    def waits(self) -> int:
        """How often the worker said that it waits for the registry."""
        return self.worker.log.read_bytes().count(WAITS)


def with_column(name: str) -> str:
    """The recorded schema after the department added a column to its table."""
    schema = json.loads(SCHEMA_TEXT)
    row = schema["fields"][0]["type"][1]
    row["fields"].append({"name": name, "type": ["null", "string"], "default": None})
    return json.dumps(schema)


TEXTS = {"first": SCHEMA_TEXT, "second": with_column("nickname"), "third": with_column("remark")}
"""Versions of the table's schema, each under an id of its own."""


@pytest.fixture(scope="module")
def line(server_folder: Path) -> Iterator[Line]:
    """Schemas registered, topics made, worker started."""
    folder = server_folder / "avro"
    text = (HERE / "feeds" / "traps.yaml").read_text(encoding="utf-8")
    for old, new in (("dbz.household.resident", TOPIC), ("debezium-json", "debezium-avro"), ("partitions: 4", "partitions: 1")):
        text = text.replace(old, new)
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / "traps.yaml").write_text(text, encoding="utf-8")
    (folder / "worker").mkdir()
    (port,) = free_ports(1)
    with start_kafka(folder / "kafka") as kafka, RegistryServer(folder / "registry") as registry:
        environment = {
            "CANBAO_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "CANBAO_REGISTRY_URL": registry.url,
            "CANBAO_STATE_FOLDER": str(folder / "state"),
            "CANBAO_EVENTS_PARTITIONS": "2",
            "CANBAO_METRICS_HOST": "127.0.0.1",
            "CANBAO_METRICS_PORT": str(port),
            "CANBAO_PEPPER": "a pepper for tests only, 32 bytes",
            "CANBAO_SEAL_KEY": SEAL_KEY,
        }
        settings = load_settings(environment)
        create_missing(settings, wanted(settings.events_partitions, [load_feed(folder / "feeds" / "traps.yaml")]))
        run = [sys.executable, "-c", PROGRAM, "worker", "intake:traps", str(folder / "feeds")]
        worker = ServerProcess("intake", folder / "worker", run, {**environment, "PYTHONPATH": str(HERE.parents[2])}, stop_seconds=20)
        found = Line(settings, registry, worker)
        client = SchemaRegistryClient({"url": registry.url})
        client.register_schema("somebody-value", Schema('{"type": "record", "name": "Other", "fields": []}', "AVRO"))
        found.ids |= {version: client.register_schema(f"{TOPIC}-value", Schema(text, "AVRO")) for version, text in TEXTS.items()}
        assert len(set(found.ids.values())) == len(TEXTS)
        found.ids["json"] = client.register_schema("other-value", Schema(NO_AVRO, "JSON"))
        worker.start(lambda: True, 5)
        try:
            yield found
        finally:
            worker.kill()


def test_a_recorded_changes_are_read_by_the_registrys_schema(line: Line) -> None:
    """Insert, update and delete, as a real connector wrote them, under the ids that this registry gave."""
    line.send(*[in_avro(one["value"], line.ids["first"]) for one in (INSERT, UPDATE, DELETE)])
    line.until(lambda: len(line.facts()) == 3)
    assert [{fact.status for fact in one.facts} for one in line.facts()] == [{FactStatus.ASSERTED}] * 2 + [{FactStatus.ROW_GONE}]
    assert len({one.person for one in line.facts()}) == 1


def test_b_an_id_without_a_usable_schema_is_a_dead_letter(line: Line) -> None:
    """Unknown to the registry, or no Avro: CB-103 with the id, and the neighbours are read, those of a later schema too."""
    before = len(line.facts())
    line.send(line.insert("first"), line.insert("first", UNKNOWN_ID), line.insert("first", line.ids["json"]), line.insert("second"))
    line.until(lambda: len(line.facts()) == before + 2)
    letters = [letter.fields for letter in read_letters(line.settings)]
    assert [(one["code"], one["schema_id"]) for one in letters] == [
        (Code.UNKNOWN_SCHEMA, UNKNOWN_ID),
        (Code.UNKNOWN_SCHEMA, line.ids["json"]),
    ]


def test_c_a_registry_that_hangs_is_waited_for(line: Line) -> None:
    """What is known is read on without it; a new id waits, with all behind it and in order, and the worker that waits lives."""
    before, letters, said = len(line.facts()), len(list(read_letters(line.settings))), line.waits()
    os.kill(line.registry.pid, signal.SIGSTOP)
    try:
        line.send(line.insert("second"))
        line.until(lambda: len(line.facts()) == before + 1)
        line.send(line.insert("third"), line.insert("first"))
        line.until(lambda: line.waits() >= said + 2)
        assert len(line.facts()) == before + 1
        line.worker.kill()
        line.worker.start(lambda: True, 5)
        line.until(lambda: b"registry is down, waiting" in line.worker.log.read_bytes())
    finally:
        os.kill(line.registry.pid, signal.SIGCONT)
    line.until(lambda: len(line.facts()) == before + 3)
    assert len(list(read_letters(line.settings))) == letters
    offsets = [one.offset for one in line.facts()[before:]]
    assert offsets == [offsets[0], offsets[0] + 1, offsets[0] + 2]
