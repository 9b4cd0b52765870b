"""The alert as JSON for readers that have no Avro: ids in hexadecimal, days as ISO dates, months YYYYMM, money in fen."""

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
    found: dict[str, Any] = structs.asdict(alert)
    for name in IDS:
        found[name] = found[name].hex()
    for name in DAYS:
        found[name] = date_of(found[name]).isoformat() if found[name] else None
    found["evidence"] = [structs.asdict(one) for one in alert.evidence]
    return found


def alert_json(alert: Alert) -> bytes:
    """One line of JSON, UTF-8."""
    return _encode(alert_fields(alert))


def alert_from_json(text: bytes | str) -> Alert:
    """The alert of a JSON text; fields of a later release are left out."""
    fields = {name: value for name, value in msgspec.json.decode(text).items() if name in Alert.__struct_fields__}
    for name in IDS & fields.keys():
        fields[name] = bytes.fromhex(fields[name])
    for name in DAYS & fields.keys():
        fields[name] = day(fields[name]) if fields[name] else 0
    fields["evidence"] = [msgspec.convert(list(one.values()), Evidence) for one in fields.get("evidence", [])]
    return Alert(**fields)
