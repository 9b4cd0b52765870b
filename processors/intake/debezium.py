"""Debezium's change record: as JSON with or without its schema, or as the record that Avro gives.

What real envelopes taught (each has a test on the envelope itself): the LSN orders one row and is no id; a change of key is a delete with a
`newkey` header and an insert with an `oldkey` header at one LSN; with the default replica identity the row before a delete is made up;
TRUNCATE has no key and no row; a large column that did not change is a placeholder; dates are days since 1970, or infinity.
"""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct, json

from processors.intake.change import Op, Row, RowChange
from processors.intake.fault import RecordFault
from processors.intake.outcome import Skipped, SkipReason
from schemas.errors import Code

NEW_KEY = "__debezium.newkey"
OLD_KEY = "__debezium.oldkey"
DECIMAL = "org.apache.kafka.connect.data.Decimal"
TABLE_FIELD = "__dbz__physicalTableIdentifier"
OPS = {op.value: op for op in Op}
SNAPSHOTS = frozenset({"true", "first", "first_in_data_collection", "last_in_data_collection", "last", "incremental"})
DAY_MS = 86_400_000
SHANGHAI_MS = 8 * 3_600_000
MOST_SCHEMAS = 256


class _Source(Struct, gc=False):
    table: str = ""
    lsn: int | None = None
    txId: int | None = None  # noqa: N815 - Debezium's name
    snapshot: str | bool | None = None
    connector: str = ""
    name: str = ""
    db: str = ""
    ts_ms: int = 0


class _Envelope(Struct, gc=False):
    op: str = ""
    source: _Source | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class _Wire(Struct, gc=False):
    """The envelope itself, or schema and payload; the marks of records that are no row change."""

    op: str = ""
    source: _Source | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    payload: _Envelope | None = None
    schema: msgspec.Raw = msgspec.Raw()
    status: str = ""
    id: str = ""
    ts_ms: int | None = None


class _Field(Struct):
    field: str = ""
    name: str = ""
    parameters: dict[str, str] = {}
    fields: list["_Field"] = []


_decode = json.Decoder(_Wire, float_hook=str).decode
_decode_schema = json.Decoder(_Field).decode
_decode_key = json.Decoder(dict[str, Any], float_hook=str).decode
Headers = Mapping[str, bytes | None]


def decode_json(value: bytes, headers: Headers) -> RowChange | Skipped:
    """One change of a Debezium topic.

    Raises:
        RecordFault: the bytes are not such a record.
    """
    try:
        wire = _decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise RecordFault(Code.NOT_DECODABLE, "", "Debezium JSON") from None
    if wire.payload is not None:
        envelope = wire.payload
        _resolve_decimals(envelope, bytes(wire.schema))
        return _change(envelope.op, envelope.source, envelope.before, envelope.after, headers)
    if wire.source is None and not wire.op:
        return _not_a_row(wire)
    return _change(wire.op, wire.source, wire.before, wire.after, headers)


def change_of(record: Mapping[str, Any], headers: Headers) -> RowChange | Skipped:
    """One change from a decoded Avro envelope."""
    try:
        wire = msgspec.convert(record, _Wire)
    except msgspec.ValidationError:
        raise RecordFault(Code.NOT_A_CHANGE, "", "Debezium envelope") from None
    if wire.source is None and not wire.op:
        return _not_a_row(wire)
    return _change(wire.op, wire.source, wire.before, wire.after, headers)


def _change(op: str, source: _Source | None, before: Row | None, after: Row | None, headers: Headers) -> RowChange:
    known = OPS.get(op)
    if known is None:
        raise RecordFault(Code.UNKNOWN_OPERATION if op else Code.NOT_A_CHANGE, "op", ", ".join(OPS))
    if source is None or not source.table:
        raise RecordFault(Code.NOT_A_CHANGE, "source.table")
    if source.lsn is None or source.lsn < 0:
        raise RecordFault(Code.NO_POSITION, "source.lsn")
    snapshot = known is Op.READ or source.snapshot is True or source.snapshot in SNAPSHOTS
    moved_here = known is Op.CREATED and OLD_KEY in headers
    new_key = _key(headers[NEW_KEY]) if known is Op.DELETED and NEW_KEY in headers else None
    return RowChange(
        source.table,
        known,
        before,
        after,
        source.lsn,
        1 if moved_here else 0,
        source.txId or 0,
        1 if snapshot else 0,
        (source.ts_ms + SHANGHAI_MS) // DAY_MS if source.ts_ms > 0 else 0,
        f"{source.connector}:{source.name}:{source.db}",
        new_key,
    )


def _not_a_row(wire: _Wire) -> Skipped:
    """Heartbeats and transaction marks order nothing and state nothing."""
    if wire.status in {"BEGIN", "END"} and wire.id:
        return Skipped(SkipReason.TRANSACTION_MARK)
    if wire.ts_ms is not None:
        return Skipped(SkipReason.HEARTBEAT)
    raise RecordFault(Code.NOT_A_CHANGE, "op", ", ".join(OPS))


def _key(raw: bytes | None) -> Row:
    """The key of a header; empty where it cannot be read: that the key changed is known from the header alone."""
    if raw is None:
        return {}
    try:
        key = _decode_key(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}
    payload = key.get("payload", key)
    return {name: value for name, value in payload.items() if name != TABLE_FIELD} if isinstance(payload, dict) else {}


def _resolve_decimals(envelope: _Envelope, schema: bytes) -> None:
    """With decimal.handling.mode=precise JSON carries unscaled bytes in base64; the schema beside them says the scale."""
    scales = _scales(schema)
    for row in (envelope.before, envelope.after):
        for column, scale in scales.items() if row else ():
            raw = row.get(column) if row else None
            if isinstance(raw, str) and row is not None:
                row[column] = _decimal(raw, scale)


@lru_cache(maxsize=MOST_SCHEMAS)
def _scales(schema: bytes) -> dict[str, int]:
    """Column → scale of the decimal columns that a schema block declares for the rows."""
    try:
        root = _decode_schema(schema)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}
    found: dict[str, int] = {}
    for side in root.fields:
        if side.field in {"before", "after"}:
            found |= {field.field: int(field.parameters.get("scale", "0")) for field in side.fields if field.name == DECIMAL}
    return found


def _decimal(raw: str, scale: int) -> str:
    """The decimal text of base64 bytes, or the text itself where it is none."""
    try:
        unscaled = int.from_bytes(base64.b64decode(raw, validate=True), "big", signed=True)
    except (binascii.Error, ValueError):
        return raw
    digits = str(abs(unscaled)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    return f"{'-' if unscaled < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"
