"""Reading a topic whole while its log becomes shorter, or its broker does not come back: it ends or says so, and never waits for ever."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Message, Producer

from demo.servers.kafka import KafkaServer, create_topics, start_kafka
from streams import reading
from streams.reading import TopicReader
from streams.settings import Settings

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]
RECORDS = 60
RECORD_BYTES = 1_000_000
HELD_BACK = 45
"""A reader holds at most 16 MiB ahead of itself: of 60 MB it has not seen the last records before it takes the first."""
BATCH_HEADER = struct.Struct(">qi")
"""Base offset and length of the rest of a batch, as a log segment begins each of them."""


def numbers(chunk: list[Message]) -> list[int]:
    """The numbers of records."""
    return [int.from_bytes(value[:2], "big") for record in chunk if isinstance(value := record.value(), bytes)]


@dataclass
class HalfRead:
    """What stands when the broker is down."""

    server: KafkaServer
    topic: str
    reader: TopicReader
    chunks: Iterator[list[Message]]
    found: list[int]

    def cut_tail(self, first_lost: int) -> None:
        """Lose the records from an offset on, as a disk that was not flushed does, and start the broker again."""
        (log,) = (self.server.folder / "data" / f"{self.topic}-0").glob("*.log")
        with log.open("r+b") as segment:
            while (header := segment.read(BATCH_HEADER.size)) and BATCH_HEADER.unpack(header)[0] < first_lost:
                segment.seek(BATCH_HEADER.unpack(header)[1], 1)
            segment.truncate(segment.tell() - len(header))
        for index in log.parent.glob("*index"):
            index.unlink()
        self.server.start()


@pytest.fixture(scope="module")
def kafka_to_break(server_folder: Path) -> Iterator[KafkaServer]:
    """A Kafka of our own; each test has a topic of its own there, and the last one leaves it down."""
    with start_kafka(server_folder / "kafka-shortened") as server:
        yield server


@pytest.fixture
def half_read(kafka_to_break: KafkaServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[HalfRead]:
    """A reader that has taken the first records of one partition; the broker is killed behind its back."""
    topic = str(abs(hash(request.node.name)))
    create_topics(kafka_to_break.bootstrap, {topic: (1, {})})
    producer = Producer(
        {
            "bootstrap.servers": kafka_to_break.bootstrap,
            "batch.num.messages": 1,
            "message.max.bytes": 2 * RECORD_BYTES,
            "enable.idempotence": True,
        }
    )
    for number in range(RECORDS):
        producer.produce(topic, number.to_bytes(2, "big") + bytes(RECORD_BYTES - 2), partition=0)
    assert producer.flush(60) == 0
    monkeypatch.setattr(reading, "CHUNK", 5)
    with TopicReader(Settings(kafka_bootstrap=kafka_to_break.bootstrap), topic) as reader:
        chunks = reader.whole()
        found = next(found for chunk in chunks if (found := numbers(chunk)))
        kafka_to_break.kill()
        yield HalfRead(kafka_to_break, topic, reader, chunks, found)


def test_a_tail_lost_meanwhile_ends_the_reading_where_the_log_ends_now(half_read: HalfRead) -> None:
    """The broker comes back without the last records: what is left is handed out, each record once, and the reader ends by itself."""
    half_read.cut_tail(HELD_BACK)
    found = half_read.found + [number for chunk in half_read.chunks for number in numbers(chunk)]
    assert found == list(range(HELD_BACK))
    assert half_read.reader.done == half_read.reader.total == HELD_BACK


def test_a_log_shorter_than_what_was_read_is_an_error(half_read: HalfRead) -> None:
    """Records that were handed out are gone: the reader says so, for what it gave is not what the topic holds."""
    half_read.cut_tail(1)
    with pytest.raises(KafkaException):
        list(half_read.chunks)


def test_a_broker_that_does_not_come_back_is_an_error(half_read: HalfRead, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for a lost leader has an end."""
    monkeypatch.setattr(reading, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(reading, "PATIENCE_SECONDS", 3.0)
    with pytest.raises(KafkaException):
        list(half_read.chunks)
