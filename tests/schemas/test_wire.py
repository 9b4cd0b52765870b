"""Avro on the wire: both framings, unknown schemas wait, garbage is refused and nothing else, repeats are the same bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.enrolment import EnrolmentMonths, EnrolmentPlace, EnrolmentRow
from schemas.messages import alert_message, enrolment_message, read_alert, read_enrolment
from schemas.wire import CONFLUENT, SINGLE_OBJECT, NotAvroError, Reader, UnknownSchemaError, Writer, crc64, parsed, schema_text
from tests.schemas.samples import person_key, sample_alert

TEXT = schema_text("alert")


def known_id(number: int) -> str:
    """A registry that knows id 7."""
    if number != 7:
        raise UnknownSchemaError(f"schema id {number}")
    return TEXT


def test_fingerprint_is_that_of_the_specification() -> None:
    """CRC-64-AVRO of "int" is 7275d51a3f395c8f (Avro specification), little endian on the wire."""
    assert crc64('"int"') == bytes.fromhex("7275d51a3f395c8f")[::-1]


@pytest.mark.parametrize("schema_id", [None, 7])
def test_an_alert_survives_both_framings(schema_id: int | None) -> None:
    """What a worker writes with or without a registry, one reader reads."""
    alert = sample_alert(revision=3, handling_version=2, superseded_by=b"\x01" * 16, reopened=True, scope=[202405, "a"])
    message = alert_message(Writer("alert", schema_id), alert)
    assert message.value.startswith(SINGLE_OBJECT if schema_id is None else CONFLUENT + b"\0\0\0\7")
    assert read_alert(Reader("alert", known_id), message.value) == alert


def test_an_unknown_schema_waits() -> None:
    """An id or fingerprint that nobody knows yet is told apart from bad data."""
    alert = sample_alert()
    framed = alert_message(Writer("alert", 8), alert).value
    with pytest.raises(UnknownSchemaError):
        Reader("alert", known_id).decode(framed)
    with pytest.raises(UnknownSchemaError, match="CANBAO_REGISTRY_URL"):
        Reader("alert").decode(framed)
    single = alert_message(Writer("alert"), alert).value
    with pytest.raises(UnknownSchemaError, match="upgrade"):
        Reader("alert").decode(single[:2] + b"\0" * 8 + single[10:])


def test_a_newer_writer_is_read() -> None:
    """A field and an enum symbol of a later release: the field is dropped, the symbol becomes the default."""
    schema = json.loads(TEXT)
    schema["fields"].append({"name": "novel", "type": "int", "default": 0, "doc": "of a later release"})
    level = next(field for field in schema["fields"] if field["name"] == "level")
    level["type"]["symbols"].append("NOVEL")
    newer = Writer("alert", 9)
    newer._schema = parsed(json.dumps(schema))
    fields = {**structs.asdict(sample_alert()), "evidence": [], "level": "NOVEL", "novel": 5}
    alert = read_alert(Reader("alert", lambda _: json.dumps(schema)), newer.encode(fields))
    assert alert.level == "UNKNOWN"
    assert alert.amount_fen == 42_600


def test_repeats_are_the_same_event() -> None:
    """The same revision gives the same key, bytes and ce_id; another revision or content another ce_id."""
    writer = Writer("alert")
    one, again = alert_message(writer, sample_alert()), alert_message(Writer("alert"), sample_alert())
    assert one == again
    ids = {dict(alert_message(writer, sample_alert(**change)).headers)["ce_id"] for change in ({}, {"revision": 2}, {"amount_fen": 1})}
    assert len(ids) == 3


def test_cloudevents_attributes_are_complete() -> None:
    """The required attributes of the Kafka binding are there, times come from the log, nothing names a person."""
    headers = dict(alert_message(Writer("alert"), sample_alert(revision=12)).headers)
    assert {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_dataschema", "content-type"} <= headers.keys()
    assert headers["ce_time"] == b"2024-05-10T00:00:00+08:00"
    assert headers["ce_sequence"] == b"0000000012.000000"


def test_a_public_row_survives() -> None:
    """The enrolment row is read as it was written, keyed by the person."""
    row = EnrolmentRow(
        person_key(5),
        19_000,
        [EnrolmentPlace(110, 370100, "PAYING", 202405), EnrolmentPlace(390, 370100, "ENDED", drawing=True)],
        [EnrolmentMonths(110, 202401, b"\x1f", b"\x02")],
    )
    message = enrolment_message(Writer("enrolment"), row)
    assert message.key == row.person_key
    assert read_enrolment(Reader("enrolment"), message.value) == row


@given(st.binary(max_size=200), st.sampled_from([b"", SINGLE_OBJECT + crc64(TEXT), CONFLUENT + b"\0\0\0\7"]))
def test_garbage_is_refused_and_nothing_else(data: bytes, head: bytes) -> None:
    """Any bytes are a record, an unknown schema or NotAvroError; the message is short and never shows them."""
    refusal = ""
    try:
        Reader("alert", known_id).decode(head + data)
    except NotAvroError as error:
        refusal = str(error)
    except UnknownSchemaError:
        refusal = "" if head == b"" else "an unknown schema under a known mark" * 10
    assert len(refusal) < 100


@given(st.integers(0, 2_000))
def test_a_cut_record_is_refused(length: int) -> None:
    """A truncated message is bad data, whole only at its full length."""
    value = alert_message(Writer("alert"), sample_alert()).value
    if length < len(value):
        with pytest.raises((NotAvroError, UnknownSchemaError)):
            Reader("alert").decode(value[:length])
