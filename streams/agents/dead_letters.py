"""A record that could not be used, as a dead letter: original bytes sealed, position, stable code; headers carry no values."""

from collections.abc import Mapping
from typing import Any

from msgspec import msgpack

from processors.intake.outcome import Rejected
from schemas.errors import load_errors
from schemas.topics import DEAD_LETTERS
from schemas.wire import Writer
from streams.engine.batch import Batch
from streams.engine.records import Record
from streams.sealing import Sealer

ATTEMPTS_MAX = 3
"""So often may a process die with the same record; then a stage uses it up unread. From the second time on it goes alone."""
STAGES = {"1": "DECODE", "2": "IDENTITY", "3": "MAP", "4": "CHECK"}
CONFLUENT_ID = slice(1, 5)


def belongs_to(topic: str, partition: int, offset: int) -> bytes:
    """What a dead letter's sealed bytes are bound to: the position of the original."""
    return f"{topic}[{partition}]@{offset}".encode()


def produce_dead_letter(batch: Batch, record: Record, feed: str, why: Rejected, writer: Writer, sealer: Sealer) -> None:
    """Send the record to `canbao.dead-letters` in the batch's transaction."""
    place = belongs_to(record.topic, record.partition, record.offset)
    letter: dict[str, Any] = {
        "feed": feed,
        "code": str(why.code),
        "field": why.field,
        "allowed": why.allowed,
        "stage": STAGES.get(why.code[3], "UNKNOWN"),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": max(record.timestamp_ms, 0),
        "schema_id": _schema_id(record.value),
        "attempt": batch.attempts + 1,
        "seal_key_id": sealer.key_id,
        "sealed_key": _sealed(record.key, sealer, place + b"|key"),
        "sealed_value": _sealed(record.value, sealer, place + b"|value"),
        "sealed_headers": _sealed(msgpack.encode(record.headers), sealer, place + b"|headers") if record.headers else None,
    }
    headers = [(name, text.encode()) for name, text in _headers(record, why, letter).items()]
    batch.produce(DEAD_LETTERS, feed.encode(), writer.encode(letter), headers)


def _headers(record: Record, why: Rejected, letter: Mapping[str, Any]) -> dict[str, str]:
    entry = load_errors()[why.code]
    return {
        "__connect.errors.topic": record.topic,
        "__connect.errors.partition": str(record.partition),
        "__connect.errors.offset": str(record.offset),
        "__connect.errors.stage": str(letter["stage"]),
        "__connect.errors.exception.class.name": entry.name,
        "__connect.errors.exception.message": f"{why.code} {entry.meaning}{f': {why.field}' if why.field else ''}",
        "canbao_error_code": str(why.code),
        "canbao_error_field": why.field,
        "canbao_error_attempt": str(letter["attempt"]),
        "canbao_error_first_seen": str(letter["timestamp_ms"]),
        "canbao_error_schema_id": str(letter["schema_id"]),
    }


def _sealed(content: bytes | None, sealer: Sealer, place: bytes) -> bytes | None:
    return None if content is None else sealer.seal(content, place)


def _schema_id(value: bytes | None) -> int:
    """The registry id in Confluent framing; 0 where the bytes have none."""
    framed = value is not None and len(value) > CONFLUENT_ID.stop and value[0] == 0
    return int.from_bytes(value[CONFLUENT_ID], "big") & 0x7FFFFFFF if framed and value is not None else 0
