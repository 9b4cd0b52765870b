"""Alerts and public rows as Kafka messages: key, Avro value, CloudEvents attributes as headers (binary mode of the Kafka binding).

Everything is a pure function of the value: a retry or a replay gives the same bytes and the same `ce_id`.
"""

import hashlib
from typing import Any, NamedTuple

from msgspec import structs

from schemas.alert import Alert, Evidence
from schemas.dates import date_of
from schemas.enrolment import EnrolmentMonths, EnrolmentPlace, EnrolmentRow
from schemas.wire import Reader, Writer

SOURCE = "urn:canbao:people"
ALERT_TYPE = "canbao.alert"
ENROLMENT_TYPE = "canbao.enrolment"
SEVERITY_NUMBER = {"CRITICAL": 21, "HIGH": 17, "MEDIUM": 13, "LOW": 9, "INFO": 5}
"""CloudEvents severity extension: the numbers of OpenTelemetry's log severities."""

Headers = list[tuple[str, bytes]]


class Message(NamedTuple):
    """What is produced."""

    key: bytes
    value: bytes
    headers: Headers


def alert_message(writer: Writer, alert: Alert) -> Message:
    """One revision of an alert; the key is its alert_id, the partition is the person's."""
    body = writer.body(_alert_fields(alert))
    head = _attributes(writer, ALERT_TYPE, ce_id(alert, body), alert.alert_id, alert.as_of)
    more = {
        "ce_sequence": f"{alert.revision:010d}.{alert.handling_version:06d}",
        "ce_partitionkey": alert.person_key.hex(),
        "ce_correlationid": alert.case_id.hex(),
        "ce_severitytext": alert.severity,
        "ce_severitynumber": str(SEVERITY_NUMBER.get(alert.severity, 0)),
    }
    if alert.cause_event_ids:
        more["ce_causationid"] = alert.cause_event_ids[-1]
    return Message(alert.alert_id, writer.frame(body), head + [(name, text.encode()) for name, text in more.items()])


def ce_id(alert: Alert, body: bytes) -> str:
    """The CloudEvents id: hash of alert id, revision and content, so that every consumer sees a repeat as the same event."""
    mark = b"%b|%d|%d|" % (alert.alert_id, alert.revision, alert.handling_version)
    return hashlib.sha256(mark + body).hexdigest()[:32]


def read_alert(reader: Reader, value: bytes) -> Alert:
    """The alert of a message; UnknownSchemaError and NotAvroError as `Reader.decode`."""
    fields = known_fields(Alert, reader.decode(value))
    fields["evidence"] = [Evidence(**known_fields(Evidence, one)) for one in fields.get("evidence", [])]
    return Alert(**fields)


def enrolment_message(writer: Writer, row: EnrolmentRow) -> Message:
    """One public row; the key is the person key."""
    fields = {
        **structs.asdict(row),
        "places": [structs.asdict(one) for one in row.places],
        "months": [structs.asdict(one) for one in row.months],
    }
    body = writer.body(fields)
    mark = hashlib.sha256(row.person_key + body).hexdigest()[:32]
    return Message(row.person_key, writer.frame(body), _attributes(writer, ENROLMENT_TYPE, mark, row.person_key, row.as_of))


def read_enrolment(reader: Reader, value: bytes) -> EnrolmentRow:
    """The public row of a message."""
    fields = known_fields(EnrolmentRow, reader.decode(value))
    fields["places"] = [EnrolmentPlace(**known_fields(EnrolmentPlace, one)) for one in fields["places"]]
    fields["months"] = [EnrolmentMonths(**known_fields(EnrolmentMonths, one)) for one in fields.get("months", [])]
    return EnrolmentRow(**fields)


def _alert_fields(alert: Alert) -> dict[str, Any]:
    return {**structs.asdict(alert), "evidence": [structs.asdict(one) for one in alert.evidence]}


def known_fields(kind: type, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that this release knows."""
    names: tuple[str, ...] = kind.__struct_fields__  # type: ignore[attr-defined]  # only structs are passed
    return fields if tuple(fields) == names else {name: fields[name] for name in names if name in fields}


def _attributes(writer: Writer, kind: str, mark: str, subject: bytes, as_of: int) -> Headers:
    """The required CloudEvents attributes; `ce_time` is the day of the log, 00:00 in Asia/Shanghai, never a clock."""
    texts = {
        "content-type": "application/avro",
        "ce_specversion": "1.0",
        "ce_id": mark,
        "ce_source": SOURCE,
        "ce_type": kind,
        "ce_subject": subject.hex(),
        "ce_time": f"{date_of(as_of).isoformat()}T00:00:00+08:00",
        "ce_dataschema": f"urn:avro:crc-64-avro:{writer.fingerprint.hex()}",
    }
    return [(name, text.encode()) for name, text in texts.items()]
