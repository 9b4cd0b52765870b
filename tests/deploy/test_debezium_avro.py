"""Debezium's Avro with nothing of ours before intake: PostgreSQL, the connector that a feed file asks for, its converter, the registry, Kafka."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from demo.city.identity import FEMALE, Registry
from demo.servers.kafka import start_kafka
from schemas.capture import connector_json
from schemas.dates import day
from schemas.events import Horizon
from schemas.facts import DeathClaim
from schemas.feed_file import HOME, load_feed
from schemas.kinds import FactStatus
from streams.letters import read_letters
from streams.reading import TopicReader
from tests.servers.connect import ConnectServer, start_connect
from tests.servers.databases import connector_environment, load_databases
from tests.servers.postgres import start_postgres
from tests.servers.registry import RegistryServer
from tests.streams.intake_worker import IntakeWorker

pytestmark = pytest.mark.debezium
TOPIC = "canbao.feed.household"
DIVISION = "370102"
NAME = "canbao-household"
HEARTBEATS = f"canbao.connect.heartbeat.{NAME}-value"
INSERT = (
    "insert into household.resident (resident_id, id_card, full_name, sex, birth_date, division, registered_on, register_reason)"
    " values (%s, %s, %s, '2', '1950-03-10', %s, '2000-01-01', '02')"
)
DIED = "update household.resident set cancelled_on = '2026-02-03', cancel_reason = '01', died_on = '2026-02-01'"
PERMIT = (
    "insert into household.residence_permit (permit_id, id_card, full_name, division, valid_from)"
    " select 7, id_card, full_name, division, '2026-01-01' from household.resident"
)
DONE = f"insert into household.feed_complete (feed, division, through) values ('household', '{DIVISION}', '2026-03-31')"
MARKER_KEY = "id"
KEYS = {"resident_id", "permit_id", MARKER_KEY}
"""Primary key of each captured table."""


@dataclass
class Line:
    """A department's database, all that captures it, and the worker that reads it."""

    database: psycopg.Connection
    connect: ConnectServer
    registry: RegistryServer
    intake: IntakeWorker
    people: Registry
    rows: int = 0

    def insert(self) -> None:
        """A new resident."""
        self.rows += 1
        who = self.people.person(dt.date(1950, 3, 10), FEMALE)
        self.database.execute(INSERT, [self.rows, who.number, who.name, DIVISION])

    def records(self) -> list[bytes]:
        """The changes in the topic, as the converter wrote them."""
        with TopicReader(self.intake.settings, TOPIC) as reader:
            return [value for chunk in reader.whole() for message in chunk if isinstance(value := message.value(), bytes)]

    def tables(self) -> list[set[str]]:
        """The columns of each change's table, by the schema that the registry gives for the id in the record."""
        client, found = SchemaRegistryClient({"url": self.registry.url}), []
        for record in self.records():
            assert record[0] == 0
            schema = json.loads(client.get_schema(int.from_bytes(record[1:5], "big")).schema_str or "")
            before = next(field["type"] for field in schema["fields"] if field["name"] == "before")
            found.append({field["name"] for field in before[1]["fields"]})
        return found


@pytest.fixture(scope="module")
def line(server_folder: Path) -> Iterator[Line]:
    """The shipped feed with its wire form changed; the connector is what is generated from it."""
    folder = server_folder / "debezium-avro"
    text = (HOME / "household.yaml").read_text(encoding="utf-8").replace("wire: debezium-json", "wire: debezium-avro")
    with ExitStack() as running:
        kafka = running.enter_context(start_kafka(folder / "kafka"))
        registry = running.enter_context(RegistryServer(folder / "registry"))
        postgres = running.enter_context(start_postgres(folder / "postgres"))
        load_databases(postgres)
        intake = running.enter_context(IntakeWorker(folder / "intake", "household", text, kafka.bootstrap, registry.url))
        environment = {**connector_environment(postgres), "CANBAO_CONNECT_REGISTRY_URL": registry.native_url}
        connect = running.enter_context(start_connect(folder / "connect", kafka.bootstrap, environment))
        config = json.loads(connector_json(load_feed(folder / "intake" / "feeds" / "household.yaml")))
        # what the converter knows is too old at once: it asks again for each record
        connect.register(NAME, config | {f"{side}.converter.apicurio.registry.check-period-ms": "1" for side in ("key", "value")})
        database = running.enter_context(psycopg.connect(postgres.dsn("household"), autocommit=True))
        found = Line(database, connect, registry, intake, Registry(Random(1)))
        intake.until(lambda: bool(found.records()))  # a heartbeat: the connector has begun to stream
        yield found


def test_a_changes_of_all_tables_are_read_by_the_schemas_that_the_converter_registered(line: Line) -> None:
    """Insert, update, delete, another table and the marker, all in one topic; nothing is refused."""
    line.insert()
    line.database.execute(DIED)
    line.database.execute(PERMIT)
    line.database.execute("delete from household.resident")
    line.database.execute(DONE)
    line.intake.until(lambda: any(isinstance(one, Horizon) for one in line.intake.messages()))
    found = line.intake.facts()
    assert [{fact.status for fact in one.facts} for one in found] == [{FactStatus.ASSERTED}] * 3 + [{FactStatus.ROW_GONE}]
    assert len({one.person for one in found}) == 1
    assert [fact.died_on for one in found for fact in one.facts if isinstance(fact, DeathClaim)] == [day("2026-02-01")] * 2
    horizons = {(one.division, one.through) for one in line.intake.messages() if isinstance(one, Horizon)}
    assert horizons == {(int(DIVISION), day("2026-03-31"))}
    keys = [next(iter(columns & KEYS)) for columns in line.tables()]
    assert [key for key in keys if key != MARKER_KEY] == ["resident_id", "resident_id", "permit_id", "resident_id"]
    assert MARKER_KEY in keys
    assert not list(read_letters(line.intake.settings))


def test_b_a_column_that_is_added_needs_nothing(line: Line) -> None:
    """The converter registers the table's new schema, intake asks for it when it comes."""
    before = len(line.intake.facts())
    line.database.execute("alter table household.resident add column nickname text")
    line.insert()
    line.intake.until(lambda: len(line.intake.facts()) == before + 1)
    assert any("nickname" in columns for columns in line.tables())


def test_c_a_registry_that_is_restarted_loses_nothing(line: Line) -> None:
    """Down: what has an id goes on, a new schema ends the task, which skips nothing. Back with its schemas: task and worker go on where they were."""
    line.intake.until(lambda: HEARTBEATS in SchemaRegistryClient({"url": line.registry.url}).get_subjects())
    before, known = len(line.intake.facts()), line.tables()
    line.registry.stop()
    line.insert()
    line.intake.until(lambda: len(line.intake.facts()) == before + 1)
    line.intake.kill()
    line.database.execute("alter table household.resident add column remark text")
    line.insert()
    assert "apicurio" in line.connect.await_failure(NAME)
    line.intake.start()
    line.registry.start()
    line.connect.restart_failed(NAME)
    line.insert()
    line.intake.until(lambda: len(line.intake.facts()) >= before + 3)
    found = line.intake.facts()[before:]
    assert len(found) == len({one.person for one in found}) == 3
    assert line.tables()[: len(known)] == known
    assert not list(read_letters(line.intake.settings))
