"""A revision of an alert as it leaves by every channel but Kafka itself: its CloudEvents attributes, its JSON, and what channels sort it by.

Made from one decoding of the record, as a pure function of its bytes and headers: a repeat gives equal bytes on every channel.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from schemas.alert import Alert
from schemas.alert_json import json_of
from schemas.kinds import Origin, Premise
from schemas.messages import alert_message
from schemas.wire import Reader, Writer

PREFIX = "ce_"
JSON_TYPE = "application/json"
EVENT_TYPE = "application/cloudevents+json"
"""Media type of `event_json`: CloudEvents 1.0, JSON format, structured mode."""
_encode = msgspec.json.Encoder().encode


class Delivery(Struct, frozen=True, kw_only=True):
    """One revision. Ids are hexadecimal, `detected_on` is a day since 1970, `json` the alert and `attributes` the CloudEvents attributes, both JSON."""

    alert_id: str
    person_key: str
    revision: int
    handling_version: int
    rule: str
    level: str
    severity: str
    change: str
    premise: str
    origin: str
    division: int
    detected_on: int
    json: bytes
    attributes: bytes

    @property
    def version(self) -> tuple[int, int]:
        """What a reader compares: (revision, handling_version) only grows."""
        return self.revision, self.handling_version

    @property
    def holds(self) -> bool:
        """Whether the alert is open."""
        return self.premise == Premise.HOLDS

    @property
    def released(self) -> bool:
        """False for a finding of a first load that was not released: it is kept and indexed, and goes to nobody."""
        return self.origin != Origin.BACKLOG


def read_delivery(reader: Reader, value: bytes, headers: Iterable[tuple[str, bytes]]) -> Delivery:
    """The delivery of a record of canbao.alerts; UnknownSchemaError and NotAvroError as `Reader.decode`."""
    fields = reader.decode(value)
    return _made(fields, {name[len(PREFIX) :]: text.decode() for name, text in headers if name.startswith(PREFIX)})


def delivery_of(alert: Alert) -> Delivery:
    """The delivery of an alert that did not come through Kafka (a sample, a test message)."""
    message = alert_message(_writer(), alert)
    return read_delivery(_reader(), message.value, message.headers)


def event_json(attributes: bytes, alert: bytes) -> bytes:
    """The whole CloudEvent in structured mode, one line of JSON: the attributes, then the alert as `data`."""
    return attributes[:-1] + b',"data":' + alert + b"}"


@cache
def _writer() -> Writer:
    return Writer("alert")


@cache
def _reader() -> Reader:
    return Reader("alert")


def _made(fields: dict[str, Any], attributes: Mapping[str, str]) -> Delivery:
    return Delivery(
        alert_id=fields["alert_id"].hex(),
        person_key=fields["person_key"].hex(),
        revision=fields["revision"],
        handling_version=fields["handling_version"],
        rule=fields["rule"],
        level=fields["level"],
        severity=fields["severity"],
        change=fields["change"],
        premise=fields["premise"],
        origin=fields["origin"],
        division=fields["handling_division"],
        detected_on=fields["detected_on"],
        json=json_of(fields),
        attributes=_encode({**attributes, "datacontenttype": JSON_TYPE}),
    )
