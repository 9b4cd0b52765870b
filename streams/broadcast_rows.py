"""Rows of small compacted topics that workers read whole (`canbao.control`, `canbao.targets`), as the command line reads and writes them."""

from confluent_kafka import Producer

from streams.reading import TopicReader
from streams.settings import Settings

SECONDS = 15.0


def newest_rows(settings: Settings, topic: str) -> dict[str, bytes]:
    """The newest value of every key; a key that was deleted is not there."""
    rows: dict[str, bytes] = {}
    with TopicReader(settings, topic) as reader:
        for chunk in reader.whole():
            for message in chunk:
                key, value = message.key(), message.value()
                if isinstance(key, bytes) and isinstance(value, bytes):
                    rows[key.decode()] = value
                elif isinstance(key, bytes):
                    rows.pop(key.decode(), None)
    return rows


def write_row(settings: Settings, topic: str, key: str, value: bytes | None) -> None:
    """Produce one row (None deletes) and wait until it is kept; ConnectionError where the brokers do not take it."""
    failed: list[str] = []
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "acks": "all", "enable.idempotence": True, **settings.kafka_client})
    producer.produce(topic, value, key.encode(), on_delivery=lambda error, _message: failed.append(str(error)) if error else None)
    if producer.flush(SECONDS) or failed:
        raise ConnectionError(f"{topic} did not take the row of {key}: {failed[0] if failed else 'time-out'}")
