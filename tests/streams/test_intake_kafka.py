"""The intake worker on real Kafka: what bad input gets, the brake and its release, dead letters sent back."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from demo.stack import Stack, start_workers
from schemas.control import FeedState
from schemas.errors import Code
from schemas.events import Facts, decode
from schemas.topics import DEAD_LETTERS, EVENTS, IDENTITIES, quality_topic
from schemas.wire import Reader
from streams.cli.dlq import app as dlq
from streams.cli.feed import app as feed
from streams.control import read_control
from streams.letters import open_letter, read_letters
from streams.reading import TopicReader
from streams.sealing import sealer_of
from streams.settings import Settings, load_settings
from streams.topics import create_missing, declared
from tests.servers.fixtures import Broker

TOPIC = "canbao.feed.cremation"
WAIT_SECONDS = 120.0
NUMBER = "379999194811200016"
TEN_MEGABYTES = b'{"record_type":"' + b"x" * 10_000_000 + b'"}'


@pytest.fixture
def stack(own_kafka: Broker, tmp_path: Path) -> Iterator[Stack]:
    """Kafka with all topics and one intake worker."""
    with Stack(own_kafka.bootstrap, "redis://127.0.0.1:1/0", embedded=False, partitions=4, folder=tmp_path) as running:
        settings = load_settings(running.environment())
        create_missing(settings, declared(settings))
        start_workers(running, ["intake"])
        yield running


def cremation(number: int, **changes: object) -> bytes:
    """One cremation record."""
    row = {
        "record_type": "cremation",
        "cremation_no": f"H-{number}",
        "revision": 1,
        "record_state": "1",
        "id_no": NUMBER,
        "full_name": "王建国",
        "cremated_on": "2024-04-02",
        "home_division": "370116",
    }
    return json.dumps(row | changes, ensure_ascii=False).encode()


def produce(settings: Settings, *records: tuple[bytes | None, bytes | None]) -> None:
    """Write records to the feed's topic, as a department does."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "message.max.bytes": 12 << 20, "enable.idempotence": True})
    for key, value in records:
        producer.produce(TOPIC, value, key)
    assert producer.flush(WAIT_SECONDS) == 0


def values(settings: Settings, topic: str) -> list[bytes]:
    """Every committed value of a topic."""
    with TopicReader(settings, topic) as reader:
        return [value for chunk in reader.whole() for message in chunk if isinstance(value := message.value(), bytes)]


def facts(settings: Settings) -> list[Facts]:
    """Messages about persons on canbao.events."""
    return [message for value in values(settings, EVENTS) if isinstance(message := decode(value), Facts)]


def codes(settings: Settings) -> list[str]:
    """Codes of the dead letters, in order."""
    return [letter.fields["code"] for letter in read_letters(settings)]


def check_unreadable(settings: Settings) -> None:
    """Records among the letters that are none are counted with their positions, and can be asked for; a reference that holds no letter sends nothing."""
    places: list[str] = []
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "enable.idempotence": True})
    for value in (b"garbage", None):
        producer.produce(
            DEAD_LETTERS, value, b"cremation", on_delivery=lambda _, sent: places.append(f"{sent.partition()}:{sent.offset()}")
        )
    assert producer.flush(WAIT_SECONDS) == 0
    listed = CliRunner().invoke(dlq, ["list", "--feed", "cremation"], env={"COLUMNS": "220"})
    assert f"2 record(s) are no letter that this release can read: {', '.join(places)}" in listed.output
    shown = CliRunner().invoke(dlq, ["show", places[0]], env={"COLUMNS": "220"})
    assert (shown.exit_code, "is no letter that this release can read" in shown.output) == (2, True)
    none = CliRunner().invoke(dlq, ["replay", places[0], next(read_letters(settings)).ref], env={"COLUMNS": "220"})
    assert (none.exit_code, "of 2 given 1 are: nothing was sent back" in none.output) == (2, True), none.output


def until(stack: Stack, holds: Callable[[], bool]) -> None:
    """Wait until something holds; a worker that ends meanwhile fails the test with its log."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        stack.check()
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.2)


def check_told() -> None:
    """Of a letter that went back and came again: list and show say which of the two waits, and when the original was written."""
    listed = CliRunner().invoke(dlq, ["list", "--code", Code.NUMBER_CHECKSUM], env={"COLUMNS": "40"})
    lines = [line.split("  ") for line in listed.output.splitlines()[:2]]
    assert [line[2:4] for line in lines] == [["cremation", Code.NUMBER_CHECKSUM]] * 2, "a narrow terminal cuts nothing"
    assert ["sent back" in line for line in lines] == [True, False]
    assert f"cremation {Code.NUMBER_CHECKSUM} NUMBER_CHECKSUM: 2, 1 waiting" in listed.output
    for line, went in zip(lines, ("yes", "no"), strict=True):
        shown = CliRunner().invoke(dlq, ["show", line[0]], env={"COLUMNS": "220"}).output.splitlines()
        assert f"time of the original, Asia/Shanghai: {line[1]}" in shown
        assert f"sent back: {went}" in shown


@pytest.mark.kafka
def test_bad_input_brake_and_dead_letters(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bad record is a sealed dead letter with its code, neighbours go on; a run of them stops the feed until it is resumed; letters go back.

    Neither logs nor state of the worker hold a number or a name.
    """
    settings = load_settings(stack.environment())
    bad = [
        (b"H-2", b"\x00\xffgarbage"),
        (b"H-3", TEN_MEGABYTES),
        (b"H-4", cremation(4, id_no="379999194811200017")),
        (b"H-5", cremation(5, cremated_on="2099-01-01")),
        (None, cremation(6)),
        (b"H-7", cremation(7, record_type="unheard_of")),
    ]
    produce(settings, (b"H-1", cremation(1)), *bad, (b"H-1", None), (b"H-8", cremation(8, id_no="379999481120001")))
    until(stack, lambda: len(facts(settings)) == 2)
    assert codes(settings) == [
        Code.NOT_DECODABLE,
        Code.TOO_LARGE,
        Code.NUMBER_CHECKSUM,
        Code.FUTURE_DATE,
        Code.NULL_KEY,
        Code.UNKNOWN_TABLE,
    ]
    first, second = facts(settings)
    assert first.person == second.person
    assert (first.identity.id_form, second.identity.id_form) == (18, 15)
    told = [Reader("data_quality").decode(value) for value in values(settings, quality_topic("cremation"))]
    assert [(one["code"], one["offset"], one["effect"]) for one in told] == [
        (code, offset, "REFUSED") for offset, code in enumerate(codes(settings), 1)
    ]
    assert [one["field"] for one in told] == ["", "", "id_no", "cremated_on", "", "record_type"]
    letters = list(read_letters(settings))
    assert [open_letter(one, sealer_of(settings)).value for one in letters] == [value for _, value in bad]
    assert all(
        NUMBER.encode() not in value for topic in (EVENTS, IDENTITIES, quality_topic("cremation")) for value in values(settings, topic)
    )

    produce(settings, *[(b"x", b"garbage")] * 50, (b"H-9", cremation(9)))
    until(stack, lambda: read_control(settings).get("cremation") is not None)
    stopped = read_control(settings)["cremation"]
    assert (stopped.state, stopped.reason, stopped.place) == (FeedState.PAUSED, Code.BRAKE_RUN, f"{TOPIC}[0]@58")
    time.sleep(1)
    assert len(facts(settings)) == 2

    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    resumed = CliRunner().invoke(feed, ["resume", "cremation", "--reason", "the producer is mended"])
    assert resumed.exit_code == 0, resumed.output
    until(stack, lambda: len(facts(settings)) == 3)

    listed = CliRunner().invoke(dlq, ["list", "--feed", "cremation", "--limit", "5"], env={"COLUMNS": "220"})
    assert f"cremation {Code.NOT_DECODABLE} NOT_DECODABLE: 51" in listed.output
    back = CliRunner().invoke(dlq, ["replay", "--code", Code.NUMBER_CHECKSUM])
    assert "sent back 1 record(s)" in back.output
    until(stack, lambda: codes(settings).count(Code.NUMBER_CHECKSUM) == 2)
    check_told()
    again = CliRunner().invoke(dlq, ["replay", "--code", Code.NUMBER_CHECKSUM, "--again"])
    assert "sent back 2 record(s)" in again.output
    until(stack, lambda: codes(settings).count(Code.NUMBER_CHECKSUM) == 4)
    check_unreadable(settings)

    stack.workers["intake"].stop()  # its database renames and deletes files while it runs
    written = b"".join(path.read_bytes() for path in stack.folder.rglob("*") if path.is_file())
    assert [mark for mark in (NUMBER, "379999194811200017", "王建国") if mark.encode() in written] == []
