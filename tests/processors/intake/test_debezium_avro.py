"""Debezium's Avro in Confluent framing, from the recorded schema and records."""

import decimal
import io
import json
from typing import Any

import fastavro
import pytest
from msgspec import structs

from processors.intake.compile import compile_feed
from processors.intake.debezium import change_of
from processors.intake.outcome import Accepted, Rejected, Skipped, SkipReason
from schemas.errors import Code
from schemas.feed_file import load_feed
from schemas.kinds import FactStatus
from schemas.wire import UnknownSchemaError
from schemas.wire_any import WriterReader
from tests.processors.intake.recorded import HERE, KEYS, Intake, recorded

SCHEMA_TEXT = (HERE / "envelopes" / "avro-value-schema.avsc.json").read_text(encoding="utf-8")


def by_id(number: int) -> str:
    """A registry that knows schema 2, as the recorded one did."""
    if number != 2:
        raise UnknownSchemaError(str(number))
    return SCHEMA_TEXT


def in_avro(value: dict[str, Any], number: int = 2, text: str = SCHEMA_TEXT) -> bytes:
    """The envelope as Debezium's converter writes it."""
    for side in ("before", "after"):
        if value[side] is not None:
            value[side]["income"] = decimal.Decimal(value[side]["income"])
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(text)), value)
    return b"\x00" + number.to_bytes(4, "big") + out.getvalue()


@pytest.fixture
def intake() -> Intake:
    """The feed of the recorded envelopes in its Avro form."""
    feed = structs.replace(load_feed(HERE / "feeds" / "traps.yaml"), wire="debezium-avro")
    return Intake(compile_feed(feed, KEYS, WriterReader(by_id).decode))


def test_the_recorded_changes(intake: Intake) -> None:
    """Insert, update and delete are the changes that the JSON form would be, of the sizes that were recorded."""
    sizes, statuses = [], []
    for one in recorded("avro-decoded.json"):
        data = in_avro(one["value"])
        sizes.append((len(data), one["bytes"]))
        found = intake.read(data)
        assert isinstance(found, Accepted)
        statuses.append([fact.status for fact in found.messages[0].facts])
    assert statuses == [[0, 0], [0, 0], [FactStatus.ROW_GONE, FactStatus.ROW_GONE]]
    assert all(ours == theirs for ours, theirs in sizes)


def test_what_is_no_record(intake: Intake) -> None:
    """An id that the registry does not know, a damaged body and other bytes each have their code."""
    data = in_avro(recorded("avro-decoded.json")[0]["value"])
    assert intake.read(b"\x00\x00\x00\x00\x09" + data[5:]) == Rejected(Code.UNKNOWN_SCHEMA)
    for broken in (data[:-40], data + b"x", b"garbage", b""):
        found = intake.read(broken)
        assert isinstance(found, Rejected)
        assert found.code is Code.NOT_DECODABLE


def test_a_heartbeat_and_a_transaction_mark_are_no_rows() -> None:
    """Records of Debezium's own, should they come into a feed's topic, are skipped as in JSON."""
    assert change_of({"ts_ms": 1}, {}) == Skipped(SkipReason.HEARTBEAT)
    assert change_of({"status": "BEGIN", "id": "7", "ts_ms": 1}, {}) == Skipped(SkipReason.TRANSACTION_MARK)
