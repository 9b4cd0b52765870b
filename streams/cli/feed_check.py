"""What sample records of a feed become, shown record by record; nothing personal is shown."""

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import DecodeError, Raw, Struct, json, structs
from rich.console import Console

from processors.identity.keys import KeyMaker
from processors.intake.compile import CompiledFeed, compile_feed
from processors.intake.compile import Raw as RawRecord
from processors.intake.outcome import Marker, Outcome, Rejected, Skipped
from processors.intake.remembered import Remembered
from schemas.dates import date_of, day_of
from schemas.errors import Code, load_errors
from schemas.fact_text import fact_fields, fact_title, kind_of
from schemas.feed_file import Feed
from schemas.kinds import Kind
from schemas.personal_fields import personal_fields
from schemas.variant_characters import load_variants
from schemas.wire import Reader, Writer
from streams.agents.days import SHANGHAI

MOST_RECORDS = 10_000
PEPPER_BYTES = 32
Hidden = Mapping[Kind, Mapping[str, str]]
"""Kind → field → classes of the personal columns that fill it."""


class _Sample(Struct):
    """A sample file's own form: the record as `value`, with its Kafka key and headers."""

    value: Raw
    key: Any = "sample"
    headers: dict[str, str] = {}


def check_files(feed: Feed, files: list[Path], console: Console) -> int:
    """Show every record of the files; returns how many were refused. Person keys are of this check only."""
    code = _compiled(feed)
    today = day_of(dt.datetime.now(SHANGHAI).date())
    hidden = personal_fields(feed)
    memory, refused, lacking, count = Remembered(), 0, 0, 0
    for file in files:
        for place, record in _records(feed, file, count):
            outcome, _ = code.read(record, today, 1, memory)
            memory.keep(outcome)
            refused += isinstance(outcome, Rejected)
            lacking += isinstance(outcome, Rejected) and outcome.code is Code.NO_BEFORE_IMAGE
            _show(console, place, outcome, hidden)
            count += 1
    console.print(f"{count} records, {refused} refused", style="red" if refused else "green", highlight=False)
    if lacking:
        console.print(
            f"warning: {lacking} record(s) lack the row before the change: {load_errors()[Code.NO_BEFORE_IMAGE].action}", style="yellow"
        )
    return refused


def _compiled(feed: Feed) -> CompiledFeed:
    keys = KeyMaker(1, secrets.token_bytes(PEPPER_BYTES), load_variants())
    return compile_feed(feed, keys, Reader(feed.codec).decode if feed.codec else None)


def _records(feed: Feed, file: Path, count: int) -> Iterator[tuple[str, RawRecord]]:
    """(place, record) of one file: one JSON record, a sample file, JSON lines, or the bytes of one Avro record.

    JSON of an Avro feed is written in its schema first, so that what is checked is what the topic would carry.
    """
    data = file.read_bytes()
    if file.suffix == ".avro":
        yield file.name, RawRecord(b"sample", data, {}, 0, count)
        return
    lines = [data]
    if file.suffix in {".jsonl", ".ndjson"}:
        lines = [line for line in data.split(b"\n") if line.strip()][:MOST_RECORDS]
    for number, line in enumerate(lines):
        record = _record(line, count + number)
        if feed.codec and record.value is not None:
            record = structs.replace(record, value=_in_avro(feed, record.value))
        yield f"{file.name}:{number + 1}" if len(lines) > 1 else file.name, record


def _in_avro(feed: Feed, data: bytes) -> bytes:
    """A JSON record in the feed's schema; as it is where it does not fit, so that the check refuses it."""
    try:
        return Writer(feed.codec).encode(json.decode(data))
    except (AttributeError, DecodeError, KeyError, TypeError, ValueError):
        return data


def _record(data: bytes, offset: int) -> RawRecord:
    try:
        sample = json.decode(data, type=_Sample)
    except DecodeError:
        return RawRecord(b"sample", data, {}, 0, offset)
    key = None if sample.key is None else json.encode(sample.key)
    value = None if bytes(sample.value) == b"null" else bytes(sample.value)
    return RawRecord(key, value, {name: text.encode() for name, text in sample.headers.items()}, 0, offset)


def _show(console: Console, place: str, outcome: Outcome, hidden: Hidden) -> None:
    console.print(f"[bold]{place}[/bold]", highlight=False)
    for line in lines_of(outcome, hidden):
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def lines_of(outcome: Outcome, hidden: Hidden) -> list[str]:
    """The outcome in words; of a field that a personal column fills only that it has a value."""
    if isinstance(outcome, Rejected):
        return _fault_lines(outcome)
    if isinstance(outcome, Skipped):
        return [f"skipped: {outcome.reason}"]
    if isinstance(outcome, Marker):
        through = f"complete through {date_of(outcome.through)}" if outcome.through else "a watermark only"
        return [f"COMPLETE: division {outcome.division or 'all'}, {through}, snapshot {outcome.xmin}:{outcome.xmax}"]
    lines: list[str] = []
    for message in outcome.messages:
        number = message.identity.id_form or "other document"
        lines.append(f"person {message.person.hex()[:12]}… (number of {number} characters), {len(message.facts)} fact(s)")
        for fact in message.facts:
            lines.append(f"  {fact_title(fact)}, version ({fact.incarnation}, {fact.sequence}, {fact.sub})")
            classes = hidden.get(kind_of(fact), {})
            lines += [f"    {name}: {_not_shown(classes[name]) if name in classes else text}" for name, text in fact_fields(fact)]
    lines += [f"unknown code, kept as UNKNOWN: {note}" for note in outcome.notes]
    return lines or ["remembered: nothing to send yet"]


def _not_shown(classes: str) -> str:
    return f"has a value, not shown (personal: {classes})"


def _fault_lines(why: Rejected) -> list[str]:
    entry = load_errors()[why.code]
    lines = [f"refused: {why.code} {entry.name}{f', field {why.field}' if why.field else ''}: {entry.meaning}（{entry.meaning_zh}）"]
    if why.value_class:
        lines.append(f"  found: {why.value_class}")
    if why.allowed:
        lines.append(f"  allowed: {why.allowed}")
    return [*lines, f"  what to do: {entry.action}（{entry.action_zh}）"]
