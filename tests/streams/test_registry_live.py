"""Against a real registry: contracts are registered, an alert goes through it, and a registry that is down or slow is waited for."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.contracts import contracts
from schemas.feed_file import load_feeds
from schemas.messages import alert_message, read_alert
from schemas.topics import ALERTS, ENROLMENTS, quality_topic
from schemas.wire import UnknownSchemaError, schema_text
from streams.doctor import registry as doctor
from streams.doctor.finding import State
from streams.registry import RegistryDownError, reader_for, writer_for
from streams.registry_client import REQUEST_SECONDS, Registry
from streams.settings import Settings, load_settings
from tests.schemas.samples import sample_alert
from tests.servers.registry import RegistryServer

pytestmark = pytest.mark.kafka
CONTRACTS = contracts(load_feeds().values())


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[RegistryServer]:
    """A registry of its own: tests stop it."""
    with RegistryServer(server_folder / "registry") as started:
        yield started


@pytest.fixture
def settings(server: RegistryServer) -> Settings:
    """Where it is."""
    return load_settings({"CANBAO_REGISTRY_URL": server.url})


def test_a_contracts_are_registered_once(settings: Settings) -> None:
    """Every declared subject gets an id, and the same one again; doctor names those that are missing, then finds this release's."""
    client = Registry(settings)
    (missing,) = doctor.check(settings)
    assert (missing.state, missing.what.count("-value")) == (State.ADVICE, len(CONTRACTS))
    ids = {topic: client.register(name, topic) for topic, name in CONTRACTS.items()}
    assert {topic: client.register(name, topic) for topic, name in CONTRACTS.items()} == ids
    assert json.loads(client.text(ids[ALERTS])) == json.loads(schema_text("alert"))
    assert sorted((one.state, one.what) for one in doctor.check(settings)) == sorted(
        (State.OK, f"{topic}-value is this release's") for topic in CONTRACTS
    )


def test_b_an_alert_goes_through_it(settings: Settings) -> None:
    """Written with the registry's id, read by a process that knows only the registry."""
    alert = sample_alert(1)
    message = alert_message(writer_for(ALERTS, settings), alert)
    assert message.value[0] == 0
    assert read_alert(reader_for("alert", settings), message.value) == alert


def test_c_what_the_registry_does_not_know_or_refuses(settings: Settings) -> None:
    """An unknown id is named; a schema that breaks the contract is refused; one registered by hand is found by doctor."""
    with pytest.raises(UnknownSchemaError):
        Registry(settings).text(987_654)
    client = SchemaRegistryClient({"url": settings.registry_url})
    client.set_compatibility(f"{ALERTS}-value", "FULL_TRANSITIVE")
    broken = {"type": "record", "name": "Alert", "namespace": "canbao", "fields": [{"name": "must", "type": "string"}]}
    with pytest.raises(SchemaRegistryError):
        client.register_schema(f"{ALERTS}-value", Schema(json.dumps(broken), "AVRO"))
    client.set_compatibility(f"{ENROLMENTS}-value", "NONE")
    client.register_schema(f"{ENROLMENTS}-value", Schema(json.dumps({"type": "record", "name": "Other", "fields": []}), "AVRO"))
    told = quality_topic("household")
    client.set_compatibility(f"{told}-value", "NONE")
    client.register_schema(f"{told}-value", Schema('syntax = "proto3"; message Other { string must = 1; }', "PROTOBUF"))
    wrong = {one.what for one in doctor.check(settings) if one.state is State.WRONG}
    assert wrong == {f"{ENROLMENTS}-value is no schema of this release", f"{told}-value is no schema of this release"}


def test_d_a_slow_registry_is_an_error_in_time(server: RegistryServer, settings: Settings) -> None:
    """Stopped in its tracks: a call gives up after its time-out with a named error, and goes on once it is back."""
    client = Registry(settings)
    server.freeze()
    try:
        began = time.monotonic()
        with pytest.raises(RegistryDownError):
            client.register("alert", ALERTS)
        assert time.monotonic() - began < 4 * REQUEST_SECONDS
    finally:
        server.thaw()
    assert client.register("alert", ALERTS) > 0


def test_e_a_writer_waits_for_a_registry_that_is_down(server: RegistryServer, settings: Settings) -> None:
    """Down: readers get a named error, doctor says it, a writer waits with growing pauses and goes on by itself."""
    server.kill()
    with pytest.raises(RegistryDownError):
        Registry(settings).text(1)
    assert {one.state for one in doctor.check(settings)} == {State.WRONG}
    made: list[int] = []
    alert = sample_alert(2)
    waiting = threading.Thread(target=lambda: made.append(alert_message(writer_for(ALERTS, settings), alert).value[0]), daemon=True)
    waiting.start()
    waiting.join(2)
    assert waiting.is_alive()
    server.start()
    waiting.join(120)
    assert made == [0]
