"""A feed file becomes code, once: bytes in, outcome out."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET, Struct

from processors.identity.keys import KeyMaker
from processors.intake import debezium, plain
from processors.intake.canonical import CanonicalDecoder
from processors.intake.change import RowChange
from processors.intake.context import Context
from processors.intake.fault import RecordFault
from processors.intake.markers import marker_reader
from processors.intake.outcome import Outcome, Rejected, Skipped, SkipReason
from processors.intake.read import FeedReader, Memory, Place
from processors.intake.table import compile_table
from schemas.code_maps import load_code_maps
from schemas.divisions import load_divisions
from schemas.errors import Code
from schemas.feed_file import Feed
from schemas.wire import NotAvroError, UnknownSchemaError

LARGEST_RECORD_BYTES = 1_048_576
"""Larger values are refused before anything looks into them."""
CANONICAL = "canonical_event"
"""The codec of feeds whose departments send events, not rows."""
Decode = Callable[[bytes, Mapping[str, bytes | None], int], RowChange | Skipped]
AvroDecode = Callable[[bytes], Mapping[str, Any]]


class Raw(Struct, frozen=True, gc=False):
    """One record of a feed's topic, as Kafka has it."""

    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes | None]
    partition: int
    offset: int

    def __repr__(self) -> str:
        """Place and size only: the value is personal data."""
        size = "none" if self.value is None else f"{len(self.value)} bytes"
        return f"Raw(partition={self.partition}, offset={self.offset}, value={size})"


class CompiledFeed(Struct, frozen=True):
    """Everything intake does with one feed's records; it keeps nothing between them."""

    feed: Feed
    keys: KeyMaker
    decode: Decode
    reader: FeedReader

    def read(self, raw: Raw, as_of_day: int, incarnation: int, memory: Memory) -> tuple[Outcome, str]:
        """The outcome of one record, and the source's identity as the record names it (empty: it does not). Never raises for bad input."""
        if raw.value is None:
            return Skipped(SkipReason.TOMBSTONE), ""
        if len(raw.value) > LARGEST_RECORD_BYTES:
            return Rejected(Code.TOO_LARGE, "", f"{len(raw.value)} bytes", f"at most {LARGEST_RECORD_BYTES} bytes"), ""
        try:
            change = self.decode(raw.value, raw.headers, raw.offset)
        except RecordFault as fault:
            return Rejected(fault.code, fault.field, "", fault.allowed), ""
        if isinstance(change, Skipped):
            return change, ""
        place = Place(raw.partition, raw.offset, incarnation, as_of_day)
        if raw.key is None and self.feed.null_key == "refuse" and change.table in self.reader.tables and change.op.value != "t":
            return Rejected(Code.NULL_KEY), change.source
        return self.reader.read(change, place, memory), change.source


def compile_feed(feed: Feed, keys: KeyMaker, avro: AvroDecode | None = None) -> CompiledFeed:
    """The code of a feed. `avro` decodes one framed Avro value; it is needed for the Avro wire forms only."""
    context = Context(feed, keys, load_divisions(), load_code_maps())
    tables = {spec.name: compile_table(spec, context) for spec in feed.tables if spec.facts}
    marker, read_marker = "", None
    if feed.horizon is not UNSET:
        marker, read_marker = feed.horizon.table, marker_reader(feed.horizon, context)
    reader = FeedReader(feed.feed, tables, marker, read_marker, feed.before_image == "full")
    return CompiledFeed(feed, keys, _decoder(feed, avro), reader)


def _decoder(feed: Feed, avro: AvroDecode | None) -> Decode:
    if feed.wire == "debezium-json":
        return lambda value, headers, _offset: debezium.decode_json(value, headers)
    if feed.wire == "json":
        return lambda value, _headers, offset: plain.change_of(plain.decode_json(value), feed, offset)
    if avro is None:
        raise ValueError(f"feed {feed.feed} has wire {feed.wire}: it needs an Avro decoder")
    opened = _opening(avro)
    if feed.wire == "debezium-avro":
        return lambda value, headers, _offset: debezium.change_of(opened(value), headers)
    if feed.codec == CANONICAL:
        change_of = CanonicalDecoder(feed).change_of
        return lambda value, _headers, _offset: change_of(opened(value))
    return lambda value, _headers, offset: plain.change_of(opened(value), feed, offset)


def _opening(avro: AvroDecode) -> AvroDecode:
    """Avro's faults as faults of the record."""

    def opened(value: bytes) -> Mapping[str, Any]:
        try:
            return avro(value)
        except UnknownSchemaError:
            raise RecordFault(Code.UNKNOWN_SCHEMA) from None
        except NotAvroError:
            raise RecordFault(Code.NOT_DECODABLE, "", "Avro") from None

    return opened
