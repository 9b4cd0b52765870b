"""quality.md 7.4, 2: no representation, text, error, JSON or message of a domain object holds what a record said of a person, whatever column it stood in."""

import json
import logging
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from demo.city.emit.departments import FEEDS, days_of
from demo.city.emit.wire import Message
from demo.city.generate import generate
from demo.city.identity import Registry
from processors.identity.kinds import Document
from processors.identity.recognise import recognise
from processors.intake.compile import Raw
from schemas.topics import DEAD_LETTERS
from schemas.wire import Reader
from sinks.metrics import Metrics
from streams.agents import intake as agent
from streams.agents.intake_io import Intake
from streams.agents.intake_setup import intake_of
from streams.agents.intake_state import IntakeMemory
from streams.engine.memory import MemoryPartition
from streams.settings import load_settings
from tests.privacy.search import MARK, Canaries

NUMBER, NAME, ACCOUNT = "379999194811200016", MARK + "娟", "6299998000000000017"
CANARIES = Canaries([NUMBER], [ACCOUNT])
NOW_MS = 1_795_500_000_000
VERSIONS = {"change_no", "revision"}
"""A version is a number of any size: a system's own sequence of 18 or 19 digits can't be told from a person's number in its place."""
SEALED = ("sealed_key", "sealed_value", "sealed_headers")
WRONG = (NUMBER, NUMBER[:6] + NUMBER[8:17], f"{NUMBER}{NAME}", NAME, ACCOUNT, [NUMBER], {"id": NUMBER, NAME: NAME})


@cache
def intake() -> Intake:
    """Intake of all feeds of the synthetic city."""
    made = load_settings({}, pepper=SecretStr("a pepper for tests only, 32 bytes"), seal_key=SecretStr("5a" * 32))
    return intake_of(",".join(FEEDS), made, Metrics())


@cache
def records() -> list[Message]:
    """Records of a small city whose every person is the canary: of every department, in its own form."""
    patch = pytest.MonkeyPatch()
    patch.setattr(Registry, "name", lambda _self: NAME)
    city = generate(30, 2, 3)
    patch.undo()
    numbers = {change.record.who.full_number for change in city.changes}
    found = [message for day in days_of(city) for message in day.rows if message.value]
    return [Message(one.topic, one.key, _for_all(one.value or b"", numbers)) for one in found]


def _for_all(value: bytes, numbers: set[str]) -> bytes:
    for number in numbers:
        value = value.replace(number.encode(), NUMBER.encode())
    return value


def columns(value: Any) -> dict[str, Any]:
    """The row in a record: of a change record its after-image."""
    row = value.get("after") or value.get("payload", {}).get("after") or value
    return row if isinstance(row, dict) else value


def said_of(message: Message) -> list[bytes]:
    """Everything that intake says and sends of one record but sealed bytes."""
    partition = MemoryPartition(message.topic)
    batch = partition.hand([partition.record(message.key, message.value or b"", timestamp_ms=NOW_MS)], now_ms=NOW_MS)
    feed = intake().feeds[message.topic]
    outcome, _ = feed.read(Raw(message.key, message.value, {}, 0, 0), agent_day(), 1, IntakeMemory(batch))
    told = [repr(outcome).encode(), repr(getattr(outcome, "messages", "")).encode(), msgspec.json.encode(getattr(outcome, "messages", ""))]
    agent.work(intake(), batch)
    partition.apply(batch)
    for sent in partition.sent:
        value = sent.value or b""
        if sent.topic == DEAD_LETTERS:
            letter = Reader("dead_letter").decode(value)
            value = json.dumps({name: one for name, one in letter.items() if name not in SEALED}, default=str).encode()
        told += [sent.key or b"", value, repr(sent.headers).encode()]
    return [*told, *(key + b"\n" + (value or b"") for key, value in partition.changelog)]


def agent_day() -> int:
    """The day of the clock above."""
    return NOW_MS // 86_400_000


def test_there_is_something_to_hide() -> None:
    """The records hold the canary, of every department."""
    assert len({one.topic for one in records() if CANARIES.found_in(one.value or b"")}) >= 6


def test_no_good_record_shows_whom_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    """Each record of the city as it is."""
    with caplog.at_level(logging.DEBUG):
        for message in records()[:1_500]:
            for blob in said_of(message):
                assert CANARIES.found_in(blob) == "", message.topic
    assert CANARIES.found_in(caplog.text.encode()) == ""


def spoilt() -> Iterator[tuple[str, Message]]:
    """One record of each table with a value that is not its own in each column, as (column, record)."""
    seen = set()
    for message in records():
        value = json.loads(message.value or b"{}")
        shape = (message.topic, *sorted(columns(value)))
        if shape in seen:
            continue
        seen.add(shape)
        for name in set(columns(value)) - VERSIONS:
            for wrong in WRONG:
                again = json.loads(message.value or b"{}")
                columns(again)[name] = wrong
                yield name, Message(message.topic, message.key, json.dumps(again, ensure_ascii=False).encode())


def test_no_spoilt_record_shows_what_it_held(caplog: pytest.LogCaptureFixture) -> None:
    """Any column of any table holds a number, a name, an account, a list or an object of them instead of what it should."""
    shown = {}
    with caplog.at_level(logging.DEBUG):
        for name, message in spoilt():
            for blob in said_of(message):
                kind = CANARIES.found_in(blob)
                if kind:
                    shown[message.topic, name] = kind
    assert shown == {}
    assert CANARIES.found_in(caplog.text.encode()) == ""


@pytest.mark.parametrize("text", [NUMBER, NAME, NUMBER + NAME])
def test_recognising_says_nothing(text: str) -> None:
    """Identifier or fault: the representation has no number."""
    assert CANARIES.found_in(repr(recognise(text, Document.NUMBER, "", agent_day())).encode()) == ""
