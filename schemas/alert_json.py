"""The alert as JSON for readers that have no Avro: ids in hexadecimal, days as ISO dates, months YYYYMM, money in fen."""

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import structs

from schemas.alert import Alert, Evidence
from schemas.dates import date_of, day

IDS = frozenset({"alert_id", "subject", "person_key", "case_id", "material_key", "superseded_by"})
DAYS = frozenset({"due", "as_of", "known_on", "detected_on", "handled_on", "stands_until"})
_encode = msgspec.json.Encoder().encode


def alert_fields(alert: Alert) -> dict[str, Any]:
    """Fields of an alert as JSON has them; a day that is not set is null."""
    return _texts({**structs.asdict(alert), "evidence": [structs.asdict(one) for one in alert.evidence]})


def alert_json(alert: Alert) -> bytes:
    """One line of JSON, UTF-8."""
    return _encode(alert_fields(alert))


def json_of(fields: dict[str, Any]) -> bytes:
    """The same line for the fields of an alert as its Avro record has them."""
    return _encode(_texts(fields))


def _texts(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with texts for ids and days."""
    found = dict(fields)
    for name in IDS:
        found[name] = found[name].hex()
    for name in DAYS:
        found[name] = _iso(found[name]) if found[name] else None
    return found


@lru_cache(4_096)
def _iso(number: int) -> str:
    return date_of(number).isoformat()


def alert_from_json(text: bytes | str) -> Alert:
    """The alert of a JSON text; fields of a later release are left out."""
    fields = {name: value for name, value in msgspec.json.decode(text).items() if name in Alert.__struct_fields__}
    for name in IDS & fields.keys():
        fields[name] = bytes.fromhex(fields[name])
    for name in DAYS & fields.keys():
        fields[name] = day(fields[name]) if fields[name] else 0
    fields["evidence"] = [msgspec.convert(list(one.values()), Evidence) for one in fields.get("evidence", [])]
    return Alert(**fields)
