"""Plain records: one flat JSON object, or one Avro record, per row."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import json

from processors.intake.change import Op, Row, RowChange
from processors.intake.fault import RecordFault
from processors.intake.values import text_of
from schemas.errors import Code
from schemas.feed_file import Feed

OPS = {"": Op.UPDATED, "c": Op.UPDATED, "u": Op.UPDATED, "r": Op.READ, "d": Op.DELETED}
LARGEST = (1 << 63) - 1
_decode = json.Decoder(dict[str, Any], float_hook=str).decode


def decode_json(value: bytes) -> Row:
    """The columns of a plain JSON record; RecordFault where the bytes are none."""
    try:
        return _decode(value)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise RecordFault(Code.NOT_DECODABLE, "", "one flat JSON object") from None


def change_of(row: Mapping[str, Any], feed: Feed, offset: int) -> RowChange:
    """The change that a plain record is: its table, its operation, its version."""
    table = _table(row, feed)
    op = OPS.get(text_of(row.get(feed.op_column)).lower() if feed.op_column else "")
    if op is None:
        raise RecordFault(Code.UNKNOWN_OPERATION, feed.op_column, "c, u, r, d")
    marker = not isinstance(feed.horizon, msgspec.UnsetType) and table == feed.horizon.table
    sequence = 0 if marker else _sequence(row, feed, offset)
    columns = dict(row)
    before, after = (columns, None) if op is Op.DELETED else (None, columns)
    return RowChange(table, op, before, after, sequence, snapshot=int(op is Op.READ))


def _table(row: Mapping[str, Any], feed: Feed) -> str:
    if not feed.table_column:
        return feed.tables[0].name
    name = text_of(row.get(feed.table_column))
    marker = "" if isinstance(feed.horizon, msgspec.UnsetType) else feed.horizon.table
    if name and (name == marker or any(spec.name == name for spec in feed.tables)):
        return name
    allowed = ", ".join(dict.fromkeys(one for one in (*(spec.name for spec in feed.tables), marker) if one))
    raise RecordFault(Code.UNKNOWN_TABLE if name else Code.NOT_A_CHANGE, feed.table_column, allowed)


def _sequence(row: Mapping[str, Any], feed: Feed, offset: int) -> int:
    if feed.position.form == "offset":
        return offset
    text = text_of(row.get(feed.position.column))
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST)) or int(text) > LARGEST:
        raise RecordFault(Code.NO_POSITION, feed.position.column, f"a whole number from 0 to {LARGEST}")
    return int(text)
