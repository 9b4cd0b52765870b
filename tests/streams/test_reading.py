"""Reading a topic whole on real Kafka: what was committed, all of it, to the end, whatever transactions left behind."""

import uuid
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaException, Producer

from demo.servers.kafka import create_topics
from streams.reading import TopicReader
from streams.settings import Settings
from tests.servers.fixtures import Broker

PARTITIONS = 3


@pytest.fixture
def topic(kafka: Broker) -> str:
    """A topic of its own."""
    name = f"reading-{uuid.uuid4().hex[:8]}"
    create_topics(kafka.bootstrap, {name: (PARTITIONS, {})})
    return name


def transaction(kafka: Broker, topic: str, values: list[bytes], end: Callable[[Producer], object]) -> None:
    """Produce values over all partitions in one transaction that ends so."""
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": uuid.uuid4().hex, "transaction.timeout.ms": 5_000})
    producer.init_transactions(30)
    producer.begin_transaction()
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % PARTITIONS)
    producer.flush(30)
    end(producer)


def read(kafka: Broker, topic: str, only: Callable[[int], int] | None = None) -> tuple[list[bytes], int, int]:
    """(values, offsets passed, offsets in all)."""
    with TopicReader(Settings(kafka_bootstrap=kafka.bootstrap), topic, only) as reader:
        values = [record.value() or b"" for chunk in reader.whole() for record in chunk]
        return values, reader.done, reader.total


def test_committed_records_only_and_to_the_end(kafka: Broker, topic: str) -> None:
    """Records of a committed transaction, none of an aborted one behind it; the markers at the end do not keep it waiting."""
    transaction(kafka, topic, [b"a%d" % number for number in range(30)], lambda producer: producer.commit_transaction(30))
    transaction(kafka, topic, [b"lost"] * 30, lambda producer: producer.abort_transaction(30))
    values, done, total = read(kafka, topic)
    assert sorted(values) == sorted(b"a%d" % number for number in range(30))
    assert done == total == 30 + 30 + 2 * PARTITIONS


def test_an_open_transaction_is_not_shown(kafka: Broker, topic: str) -> None:
    """What is not committed yet is never handed out; the reader ends with what is."""
    transaction(kafka, topic, [b"kept"] * 3, lambda producer: producer.commit_transaction(30))
    transaction(kafka, topic, [b"open"] * 3, lambda _: None)
    assert read(kafka, topic)[0] == [b"kept"] * 3


def test_one_partition_by_the_topics_own_count(kafka: Broker, topic: str) -> None:
    """`only` is asked with the cluster's partition count, and nothing else is read."""
    transaction(kafka, topic, [b"0", b"1", b"2"], lambda producer: producer.commit_transaction(30))
    asked: list[int] = []

    def last(count: int) -> int:
        asked.append(count)
        return count - 1

    assert read(kafka, topic, last)[0] == [b"2"]
    assert asked == [PARTITIONS]


def test_an_empty_topic_ends_at_once_and_a_missing_one_is_named(kafka: Broker, topic: str) -> None:
    """Nothing to read is no wait; a topic that is not there is an error."""
    assert read(kafka, topic) == ([], 0, 0)
    with pytest.raises(KafkaException):
        read(kafka, f"{topic}-missing")
