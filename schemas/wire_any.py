"""Avro records of other people's schemas, such as Debezium's: read as they were written, without a schema of ours."""

import io
from collections.abc import Mapping
from typing import Any

import fastavro

from schemas.wire import BROKEN, CONFLUENT, CONFLUENT_HEAD, SCHEMAS_KEPT, ById, NotAvroError, Schema, UnknownSchemaError, parsed_of


class WriterReader:
    """Decodes Confluent framing with the writer's schema; `by_id` asks the registry, once an id."""

    def __init__(self, by_id: ById) -> None:
        self._by_id = by_id
        self._schemas: dict[bytes, Schema] = {}

    def decode(self, data: bytes) -> Mapping[str, Any]:
        """One record.

        Raises:
            UnknownSchemaError: the registry does not know the id, or one topic brought more than SCHEMAS_KEPT.
            NotAvroError: the bytes are not such a record.
        """
        if data[:1] != CONFLUENT or len(data) <= CONFLUENT_HEAD:
            raise NotAvroError("no Confluent framing")
        schema = self._schema(data[1:CONFLUENT_HEAD])
        body = io.BytesIO(data[CONFLUENT_HEAD:])
        try:
            found = fastavro.schemaless_reader(body, schema, None)
        except BROKEN as error:
            raise NotAvroError(f"the body is not a record of its schema ({type(error).__name__})") from None
        if body.read(1) or not isinstance(found, dict):
            raise NotAvroError("the body is not one record")
        return found

    def _schema(self, mark: bytes) -> Schema:
        known = self._schemas.get(mark)
        if known is None:
            if len(self._schemas) >= SCHEMAS_KEPT:
                raise UnknownSchemaError(f"more than {SCHEMAS_KEPT} schemas in one topic")
            number = int.from_bytes(mark, "big")
            known = self._schemas[mark] = parsed_of(number, self._by_id(number))
        return known
