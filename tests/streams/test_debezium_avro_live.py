"""Debezium's Avro through a real registry and real Kafka: schemas are asked for as records name them, whatever the registry does meanwhile."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from demo.servers.kafka import start_kafka
from schemas.errors import Code
from schemas.kinds import FactStatus
from streams.letters import read_letters
from tests.outage.city import livez
from tests.processors.intake.recorded import HERE, recorded
from tests.processors.intake.test_debezium_avro import SCHEMA_TEXT, in_avro
from tests.servers.registry import RegistryServer
from tests.streams.intake_worker import WAIT_SECONDS, IntakeWorker

pytestmark = pytest.mark.kafka
TOPIC = "canbao.feed.traps"
UNKNOWN_ID = 987_654
NO_AVRO = '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}'
WAITS = b"the registry does not answer in time"
INSERT, UPDATE, DELETE = recorded("avro-decoded.json")


@dataclass
class Line:
    """Broker, registry and worker of this module."""

    registry: RegistryServer
    intake: IntakeWorker
    ids: dict[str, int] = field(default_factory=dict)
    rows: int = 100

    def send(self, *values: bytes) -> None:
        """Write values to the feed's topic, as Debezium's converter does."""
        producer = Producer({"bootstrap.servers": self.intake.settings.kafka_bootstrap})
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

    def waits(self) -> int:
        """How often the worker said that it waits for the registry."""
        return self.intake.log.count(WAITS)


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
    with start_kafka(folder / "kafka") as kafka, RegistryServer(folder / "registry") as registry:
        found = Line(registry, IntakeWorker(folder / "intake", "traps", text, kafka.bootstrap, registry.url))
        client = SchemaRegistryClient({"url": registry.url})
        client.register_schema("somebody-value", Schema('{"type": "record", "name": "Other", "fields": []}', "AVRO"))
        found.ids |= {version: client.register_schema(f"{TOPIC}-value", Schema(text, "AVRO")) for version, text in TEXTS.items()}
        assert len(set(found.ids.values())) == len(TEXTS)
        found.ids["json"] = client.register_schema("other-value", Schema(NO_AVRO, "JSON"))
        with found.intake:
            yield found


def test_a_recorded_changes_are_read_by_the_registrys_schema(line: Line) -> None:
    """Insert, update and delete, as a real connector wrote them, under the ids that this registry gave."""
    line.send(*[in_avro(one["value"], line.ids["first"]) for one in (INSERT, UPDATE, DELETE)])
    line.intake.until(lambda: len(line.intake.facts()) == 3)
    assert [{fact.status for fact in one.facts} for one in line.intake.facts()] == [{FactStatus.ASSERTED}] * 2 + [{FactStatus.ROW_GONE}]
    assert len({one.person for one in line.intake.facts()}) == 1


def test_b_an_id_without_a_usable_schema_is_a_dead_letter(line: Line) -> None:
    """Unknown to the registry, or no Avro: CB-103 with the id, and the neighbours are read, those of a later schema too."""
    before = len(line.intake.facts())
    line.send(line.insert("first"), line.insert("first", UNKNOWN_ID), line.insert("first", line.ids["json"]), line.insert("second"))
    line.intake.until(lambda: len(line.intake.facts()) == before + 2)
    letters = [letter.fields for letter in read_letters(line.intake.settings)]
    assert [(one["code"], one["schema_id"]) for one in letters] == [
        (Code.UNKNOWN_SCHEMA, UNKNOWN_ID),
        (Code.UNKNOWN_SCHEMA, line.ids["json"]),
    ]


def test_c_a_registry_that_hangs_is_waited_for(line: Line) -> None:
    """What is known is read on without it; a new id waits, with all behind it and in order, and the worker that waits lives."""
    before, letters, said = len(line.intake.facts()), len(list(read_letters(line.intake.settings))), line.waits()
    line.registry.freeze()
    try:
        line.send(line.insert("second"))
        line.intake.until(lambda: len(line.intake.facts()) == before + 1)
        line.send(line.insert("third"), line.insert("first"))
        line.intake.until(lambda: line.waits() >= said + 2)
        assert len(line.intake.facts()) == before + 1
        line.intake.kill()
        line.intake.start()
        line.intake.until(lambda: b"registry is down, waiting" in line.intake.log)
        assert livez(line.intake.port) == (200, 0.0), "whoever watches it would end a worker that waits"
    finally:
        line.registry.thaw()
    line.intake.until(lambda: len(line.intake.facts()) == before + 3)
    assert len(list(read_letters(line.intake.settings))) == letters
    offsets = [one.offset for one in line.intake.facts()[before:]]
    assert offsets == [offsets[0], offsets[0] + 1, offsets[0] + 2]
