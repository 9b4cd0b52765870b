"""Avro on the wire: Confluent framing where a registry gives ids, single-object encoding where there is none; a reader takes both.

Confluent: byte 0, schema id (4 bytes, big endian), body. Single-object (Avro 1.12 specification): C3 01, CRC-64-AVRO fingerprint of the
writer's schema (8 bytes, little endian), body. The reader resolves against its own schema, so older and newer writers are read alike.
"""

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

HOME = Path(__file__).parent / "avro"
CONFLUENT = b"\x00"
SINGLE_OBJECT = b"\xc3\x01"
CONFLUENT_HEAD = 5
SINGLE_OBJECT_HEAD = 10
SCHEMAS_KEPT = 1_000
"""Writers' schemas that one reader keeps parsed; more than this many versions of one contract are a fault of a producer."""

BROKEN = (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError, fastavro.schema.SchemaParseException)
"""What decoding raises on bytes that are not a record of their schema."""
Schema = dict[str, Any]
ById = Callable[[int], str]
"""Schema text of a registry id; raises UnknownSchemaError where the registry does not know it, any other error where it is down."""


class UnknownSchemaError(LookupError):
    """The writer's schema is not known here (yet): the record must wait, it is not bad data."""


class NotAvroError(ValueError):
    """The bytes are not a record of the schema they name; never shows the bytes."""


@cache
def schema_text(name: str) -> str:
    """The text of `schemas/avro/<name>.avsc`."""
    return (HOME / f"{name}.avsc").read_text(encoding="utf-8")


@cache
def released_texts(name: str) -> tuple[str, ...]:
    """Every released copy of a schema, oldest first."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted((HOME / "released").glob(f"{name}.v*.avsc")))


def crc64(text: str) -> bytes:
    """CRC-64-AVRO fingerprint of a schema's parsing canonical form, 8 bytes little endian."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(json.loads(text)), "CRC-64-AVRO"))


def parsed(text: str) -> Schema:
    """A schema as fastavro takes it."""
    return fastavro.parse_schema(json.loads(text), named_schemas={})  # type: ignore[return-value]  # our schemas are records: always a mapping


def parsed_of(number: int, text: str) -> Schema:
    """The schema that a registry gave for an id.

    Raises:
        UnknownSchemaError: it is no Avro schema that stands alone (JSON Schema, Protobuf, a reference to another one).
    """
    try:
        return parsed(text)
    except BROKEN as error:
        raise UnknownSchemaError(f"schema id {number} is no Avro schema that stands alone ({type(error).__name__})") from None


class Writer:
    """Encodes records of one contract. `schema_id`: its id in the registry; None: single-object encoding."""

    def __init__(self, name: str, schema_id: int | None = None) -> None:
        text = schema_text(name)
        self.name = name
        self.fingerprint = crc64(text)
        self.schema_id = schema_id
        self._schema = parsed(text)
        self._head = SINGLE_OBJECT + self.fingerprint if schema_id is None else CONFLUENT + schema_id.to_bytes(4, "big")

    def body(self, record: Mapping[str, Any]) -> bytes:
        """The record without framing."""
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self._schema, record)
        return out.getvalue()

    def frame(self, body: bytes) -> bytes:
        """The body with its framing."""
        return self._head + body

    def encode(self, record: Mapping[str, Any]) -> bytes:
        """The record with its framing."""
        return self._head + self.body(record)


class Reader:
    """Decodes records of one contract, whoever wrote them and however they are framed."""

    def __init__(self, name: str, by_id: ById | None = None) -> None:
        self._own = parsed(schema_text(name))
        self._by_id = by_id
        self._writers: dict[bytes, Schema] = {crc64(text): parsed(text) for text in (*released_texts(name), schema_text(name))}
        self._same = self._writers[crc64(schema_text(name))]
        """The writer's schema that is our own: nothing to resolve, which halves the cost."""

    def decode(self, data: bytes) -> dict[str, Any]:
        """One record.

        Raises:
            UnknownSchemaError: the writer's schema is not known (yet).
            NotAvroError: the bytes are not such a record.
        """
        if data[:2] == SINGLE_OBJECT and len(data) > SINGLE_OBJECT_HEAD:
            writer, start = self._by_fingerprint(data[2:SINGLE_OBJECT_HEAD]), SINGLE_OBJECT_HEAD
        elif data[:1] == CONFLUENT and len(data) > CONFLUENT_HEAD:
            writer, start = self._by_registry(data[1:CONFLUENT_HEAD]), CONFLUENT_HEAD
        else:
            raise NotAvroError("neither Confluent framing nor Avro single-object encoding")
        body = io.BytesIO(data[start:])
        try:
            found = fastavro.schemaless_reader(body, writer, None if writer is self._same else self._own)
        except BROKEN as error:
            raise NotAvroError(f"the body is not a record of its schema ({type(error).__name__})") from None
        if body.read(1):
            raise NotAvroError("bytes are left after the record")
        return found  # type: ignore[return-value]  # our schemas are records: always a mapping

    def _by_fingerprint(self, mark: bytes) -> Schema:
        try:
            return self._writers[mark]
        except KeyError:
            raise UnknownSchemaError(f"schema with fingerprint {mark.hex()} is not released here: upgrade the reader") from None

    def _by_registry(self, mark: bytes) -> Schema:
        known = self._writers.get(mark)
        if known is not None:
            return known
        number = int.from_bytes(mark, "big")
        if self._by_id is None:
            raise UnknownSchemaError(f"schema id {number} needs a registry: set CANBAO_REGISTRY_URL")
        if len(self._writers) >= SCHEMAS_KEPT:
            raise UnknownSchemaError(f"more than {SCHEMAS_KEPT} schemas of one contract")
        text = self._by_id(number)
        self._writers[mark] = self._known(number, text)
        return self._writers[mark]

    def _known(self, number: int, text: str) -> Schema:
        """Of a schema that is known by its fingerprint the one parsed already: a reader compares by identity."""
        schema = parsed_of(number, text)
        return self._writers.get(crc64(text), schema)
