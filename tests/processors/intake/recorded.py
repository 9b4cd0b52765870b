"""Recorded envelopes and what a test needs to read them: a compiled feed, a memory, a day."""

import json
import re
from pathlib import Path
from typing import Any

from processors.identity.citizen import check_character
from processors.identity.keys import KeyMaker
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from processors.intake.compile import CompiledFeed, Raw, compile_feed
from processors.intake.outcome import Accepted, Outcome
from processors.intake.remembered import Remembered
from schemas.dates import day
from schemas.feed_file import load_feed, load_feeds
from schemas.variant_characters import load_variants
from schemas.wire import Reader, Writer

HERE = Path(__file__).parent
AS_OF = day("2026-11-24")
KEYS = KeyMaker(1, b"a pepper for tests only, 32 bytes", load_variants())
NUMBER = re.compile(r"(990101\d{11})[\dX]")


class Intake:
    """One feed read record by record, as the agent does it."""

    def __init__(self, feed: CompiledFeed) -> None:
        self.feed, self.memory, self.offset = feed, Remembered(), 0

    def read(self, value: object, key: object = "k", headers: dict[str, bytes | None] | None = None, as_of: int = AS_OF) -> Outcome:
        """The outcome of one record; a value that is no bytes is written as JSON."""
        data = value if isinstance(value, bytes | None) else self._written(value)
        raw = Raw(None if key is None else json.dumps(key).encode(), data, headers or {}, 0, self.offset)
        outcome, _ = self.feed.read(raw, as_of, 1, self.memory)
        self.memory.keep(outcome)
        self.offset += 1
        return outcome

    def _written(self, value: Any) -> bytes:
        """The record as its topic carries it."""
        codec = self.feed.feed.codec
        return Writer(codec).encode(value) if codec else json.dumps(value, ensure_ascii=False).encode()

    def accept(self, value: object, **more: Any) -> Accepted:
        """The outcome of a record that must be accepted."""
        outcome = self.read(value, **more)
        assert isinstance(outcome, Accepted), outcome
        return outcome


def shipped(name: str) -> Intake:
    """One of the feeds that are shipped."""
    feed = load_feeds()[name]
    return Intake(compile_feed(feed, KEYS, Reader(feed.codec).decode if feed.codec else None))


def traps() -> Intake:
    """The feed of the recorded envelopes."""
    return Intake(compile_feed(load_feed(HERE / "feeds" / "traps.yaml"), KEYS))


def recorded(name: str) -> list[dict[str, Any]]:
    """The row records of one recorded file; the made-up numbers get their check character, nothing else is touched."""
    text = (HERE / "envelopes" / name).read_text(encoding="utf-8")
    text = NUMBER.sub(lambda match: match[1] + check_character(match[1]), text)
    content = json.loads(text)
    records = content["records"] if isinstance(content, dict) else content
    return [one for one in records if "resident" in one.get("topic", "resident")]


def replay(intake: Intake, name: str) -> list[Outcome]:
    """The outcomes of one recorded file, in order."""
    found = []
    for one in recorded(name):
        headers = {header: text.encode() for header, text in dict(one["headers"]).items()}
        found.append(intake.read(one["value"], key=one["key"], headers=headers))
    return found


def person(number: str) -> bytes:
    """The person key of a number."""
    found = recognise(number, Document.NUMBER, "", AS_OF)
    assert isinstance(found, Identifier)
    return KEYS.person_key(found)


def numbered(digits: str) -> str:
    """A valid number from its first 17 digits."""
    return digits + check_character(digits)
