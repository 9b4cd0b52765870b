"""JSON Schema of the alert as JSON channels carry it (Redis, webhooks, live stream), from the Avro contract: one truth, two forms."""

import json
from typing import Any

from schemas.alert_json import DAYS, IDS
from schemas.wire import schema_text

PRIMITIVES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "long": {"type": "integer"},
    "string": {"type": "string"},
    "bytes": {"type": "string"},
    "boolean": {"type": "boolean"},
}
HEX = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
KNOWN = (
    "id",
    "source",
    "type",
    "subject",
    "time",
    "dataschema",
    "sequence",
    "partitionkey",
    "correlationid",
    "severitytext",
    "severitynumber",
)
"""CloudEvents attributes of every alert beside specversion; `causationid` where there is a cause."""


def alert_schema() -> dict[str, Any]:
    """The alert as JSON."""
    return _record(json.loads(schema_text("alert")))


def event_schema() -> dict[str, Any]:
    """The whole CloudEvent, JSON format, structured mode."""
    texts = {name: {"type": "string"} for name in (*KNOWN, "causationid")}
    fixed = {"specversion": {"const": "1.0"}, "datacontenttype": {"const": "application/json"}}
    return {
        "type": "object",
        "required": ["specversion", *KNOWN, "data"],
        "properties": {**fixed, **texts, "data": {"$ref": "#/components/schemas/alert"}},
    }


def header_schema() -> dict[str, Any]:
    """The same attributes as headers of a Kafka record, binary mode."""
    names = ["ce_specversion", *(f"ce_{name}" for name in KNOWN)]
    return {
        "type": "object",
        "required": ["content-type", *names],
        "properties": {name: {"type": "string"} for name in ("content-type", *names, "ce_causationid")},
    }


def _record(schema: dict[str, Any]) -> dict[str, Any]:
    fields = {field["name"]: {**_field(field), "description": field["doc"]} for field in schema["fields"]}
    return {"type": "object", "required": list(fields), "properties": fields, "description": schema["doc"]}


def _field(field: dict[str, Any]) -> dict[str, Any]:
    if field["name"] in IDS:
        return dict(HEX)
    return dict(DAY) if field["name"] in DAYS else _type(field["type"])


def _type(kind: Any) -> dict[str, Any]:
    if isinstance(kind, str):
        return dict(PRIMITIVES[kind])
    if isinstance(kind, list):
        return {"type": [_type(one)["type"] for one in kind]}
    if kind["type"] == "enum":
        return {"type": "string", "enum": kind["symbols"]}
    return {"type": "array", "items": _type(kind["items"])} if kind["type"] == "array" else _record(kind)
