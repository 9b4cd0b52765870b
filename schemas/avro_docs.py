"""The reference page of the Avro contracts, from the `.avsc` files."""

import json
from typing import Any

from schemas.wire import HOME, crc64, schema_text


def page() -> str:
    """docs/reference/contracts.md: every contract, field by field."""
    lines = [
        "# Contracts",
        "",
        "Written from `schemas/avro/*.avsc` by `canbao docs write`; a test compares. Examples: `schemas/avro/examples/`.",
        "",
        "On the wire: Confluent framing where a Schema Registry is configured, Avro single-object encoding otherwise; read both. Every change",
        "is FULL_TRANSITIVE against all released copies. An enum symbol that a reader does not know becomes `UNKNOWN`.",
    ]
    for path in sorted(HOME.glob("*.avsc")):
        text = schema_text(path.stem)
        schema = json.loads(text)
        lines += [
            "",
            f"## {path.stem}",
            "",
            schema["doc"],
            "",
            f"CRC-64-AVRO fingerprint `{crc64(text).hex()}` (little endian, as on the wire).",
        ]
        lines += _table(schema, "")
    return "\n".join(lines) + "\n"


def _table(record: dict[str, Any], heading: str) -> list[str]:
    """A record's fields, then those of the records inside it."""
    lines = ["", *([f"### {heading}", ""] if heading else []), "| field | type | default | meaning |", "|---|---|---|---|"]
    inner: list[dict[str, Any]] = []
    for field in record["fields"]:
        default = f"`{json.dumps(field['default'], ensure_ascii=False)}`" if "default" in field else "–"
        lines.append(f"| `{field['name']}` | {_type(field['type'], inner)} | {default} | {field['doc']} |")
    return lines + [line for one in inner for line in _table(one, one["name"])]


def _type(kind: Any, inner: list[dict[str, Any]]) -> str:
    """The type in words; notes the records inside it."""
    if isinstance(kind, list):
        return " or ".join(_type(one, inner) for one in kind)
    if not isinstance(kind, dict):
        return str(kind)
    if kind["type"] == "array":
        return f"list of {_type(kind['items'], inner)}"
    if kind["type"] == "map":
        return f"map of text to {_type(kind['values'], inner)}"
    if kind["type"] == "enum":
        return " ".join(symbol for symbol in kind["symbols"] if symbol != kind["default"])
    inner.append(kind)
    return str(kind["name"])
