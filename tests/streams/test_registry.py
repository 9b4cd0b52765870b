"""The Schema Registry at the edge, over real HTTP: ids, schemas, unknown ids, a refusal, and a registry that is down."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.messages import alert_message, read_alert
from schemas.wire import CONFLUENT, UnknownSchemaError, schema_text
from schemas.wire_any import WriterReader
from streams.registry import RegistryDownError, reader_for, writer_for
from streams.registry_client import Registry
from streams.registry_ids import MOST_UNKNOWN, UNKNOWN_SECONDS, IdsInTime
from streams.settings import Settings
from tests.schemas.samples import sample_alert


class FakeRegistry(ThreadingHTTPServer):
    """Speaks the three calls that canbao makes; `failing` answers so many calls with 500 first, `refusing` answers 409."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.schemas: list[str] = []
        self.failing = 0
        self.refusing = False
        self.calls = 0


class _Handler(BaseHTTPRequestHandler):
    server: FakeRegistry

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["schema"]
        if self._refused():
            return
        if text not in self.server.schemas:
            self.server.schemas.append(text)
        self._answer(200, {"id": self.server.schemas.index(text) + 1})

    def do_GET(self) -> None:
        if self._refused():
            return
        number = int(self.path.split("/ids/")[1].split("?")[0])
        if number > len(self.server.schemas):
            self._answer(404, {"error_code": 40403, "message": "Schema not found"})
        else:
            self._answer(200, {"schema": self.server.schemas[number - 1]})

    def _refused(self) -> bool:
        self.server.calls += 1
        if self.server.failing:
            self.server.failing -= 1
            self._answer(500, {"error_code": 50001, "message": "down"})
        elif self.server.refusing:
            self._answer(409, {"error_code": 409, "message": "incompatible"})
        else:
            return False
        return True

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry on a free port."""
    with FakeRegistry() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def at(server: FakeRegistry) -> Settings:
    """Settings that name the registry."""
    return Settings(registry_url=f"http://127.0.0.1:{server.server_address[1]}")


def test_an_alert_travels_with_a_registry(registry: FakeRegistry) -> None:
    """The writer registers its schema, the reader fetches it by the id in the message, once."""
    writer = writer_for("canbao.alerts", at(registry))
    value = alert_message(writer, sample_alert()).value
    assert value.startswith(CONFLUENT + (1).to_bytes(4, "big"))
    assert json.loads(registry.schemas[0]) == json.loads(schema_text("alert"))
    reader, calls = reader_for("alert", at(registry)), registry.calls
    assert read_alert(reader, value) == read_alert(reader, value) == sample_alert()
    assert registry.calls == calls + 1


def test_without_a_registry_nothing_is_asked() -> None:
    """No URL: single-object encoding both ways."""
    value = alert_message(writer_for("canbao.alerts", Settings()), sample_alert()).value
    assert read_alert(reader_for("alert", Settings()), value) == sample_alert()


def test_an_unknown_id_waits_until_it_is_known(registry: FakeRegistry) -> None:
    """404 is UnknownSchemaError, not bad data; the same message is read once the schema is there."""
    reader = reader_for("alert", at(registry))
    value = CONFLUENT + (1).to_bytes(4, "big") + alert_message(writer_for("canbao.alerts", Settings()), sample_alert()).value[10:]
    with pytest.raises(UnknownSchemaError, match="schema id 1"):
        reader.decode(value)
    registry.schemas.append(schema_text("alert"))
    assert read_alert(reader, value) == sample_alert()


def test_down_is_named_and_not_cached(registry: FakeRegistry) -> None:
    """500 and a refused connection are RegistryDownError; the next call succeeds."""
    registry.failing = 1
    client = Registry(at(registry))
    with pytest.raises(RegistryDownError):
        client.register("alert", "canbao.alerts")
    assert client.register("alert", "canbao.alerts") == 1
    with pytest.raises(RegistryDownError):
        Registry(Settings(registry_url="http://127.0.0.1:1")).text(1)


def test_a_writer_waits_for_a_registry_that_is_down(registry: FakeRegistry) -> None:
    """Start-up retries as long as it is down, then has its id."""
    registry.failing = 3
    with stamina.set_testing(True, attempts=10):
        assert writer_for("canbao.alerts", at(registry)).schema_id == 1
    assert registry.failing == 0


def test_a_refusal_is_not_retried(registry: FakeRegistry) -> None:
    """An incompatible schema is the operator's business at once."""
    registry.refusing = True
    with pytest.raises(SchemaRegistryError):
        writer_for("canbao.alerts", at(registry))
    assert registry.calls == 1


def test_a_slow_answer_gives_the_batch_back_and_is_at_hand_the_next_time() -> None:
    """More than a second: a wait instead of a record held up; the client has kept the schema, so the batch goes through when it comes again."""
    clock, seconds = [0.0], [1.5]

    def text(_number: int) -> str:
        clock[0] += seconds[0]
        seconds[0] = 0.0
        return "{}"

    ids = IdsInTime(text, lambda: clock[0])
    with pytest.raises(RegistryDownError, match=r"1\.5 s"):
        ids(1)
    assert ids(1) == "{}"


def test_an_unknown_id_is_asked_once_in_a_while(registry: FakeRegistry) -> None:
    """A burst of records with one unknown id is one question; half a minute later it is asked again, and found if it came meanwhile."""
    clock = [0.0]
    ids = IdsInTime(Registry(at(registry)).text, lambda: clock[0])
    for _ in range(3):
        with pytest.raises(UnknownSchemaError):
            ids(1)
    assert registry.calls == 1
    registry.schemas.append(schema_text("alert"))
    clock[0] = UNKNOWN_SECONDS + 1
    assert json.loads(ids(1)) == json.loads(schema_text("alert"))


def test_many_unknown_ids_are_not_kept_for_ever(registry: FakeRegistry) -> None:
    """What is remembered of made-up ids is bounded."""
    ids = IdsInTime(Registry(at(registry)).text)
    ids._unknown = dict.fromkeys(range(MOST_UNKNOWN), 0.0)
    with pytest.raises(UnknownSchemaError):
        ids(5_000)
    assert len(ids._unknown) == 1


def test_a_schema_that_is_no_avro_is_unknown() -> None:
    """JSON Schema, Protobuf, a reference to a schema elsewhere: the record is named by CB-103, not misread or taken for a fault of ours."""
    for text in (
        "syntax = proto3;",
        '{"$schema": "x", "type": "object"}',
        '{"type": "record", "name": "A", "fields": [{"name": "b", "type": "B"}]}',
    ):
        with pytest.raises(UnknownSchemaError, match="stands alone"):
            WriterReader({1: text}.__getitem__).decode(b"\x00\x00\x00\x00\x01\x02")
