"""Reading back in canbao.alerts, for replays and for alerts that are tried again: blocking, called on a helper thread, one call at a time."""

import time
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from schemas.topics import ALERTS
from streams.engine.records import Record
from streams.settings import Settings

SECONDS = 3.0
LOOK_SECONDS = 0.2


class History:
    """A `read_committed` reader beside the worker's own; it commits nothing. `group` only names it to the broker."""

    def __init__(self, settings: Settings, group: str) -> None:
        self._settings = {
            "bootstrap.servers": settings.kafka_bootstrap,
            **settings.kafka_client,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
        self._consumer: Consumer | None = None
        self._at: tuple[int, int] | None = None

    def offset_at(self, partition: int, time_ms: int, end: int) -> int:
        """The first offset of a time or later, at most `end`."""
        try:
            (found,) = self._client().offsets_for_times([TopicPartition(ALERTS, partition, time_ms)], SECONDS)
        except KafkaException:
            self.close()
            raise
        return min(found.offset, end) if found.offset >= 0 else end

    def read(self, partition: int, start: int, end: int, most: int) -> tuple[list[Record], int]:
        """Records from `start` to before `end`, at most `most`, and the offset behind them; what came within SECONDS.

        Raises:
            KafkaException: what does not heal by itself.
        """
        client, records, at = self._client(), list[Record](), start
        if self._at != (partition, start):
            client.assign([TopicPartition(ALERTS, partition, start)])
        deadline = time.monotonic() + SECONDS
        while at < end and len(records) < most and time.monotonic() < deadline:
            for message in client.consume(most - len(records), LOOK_SECONDS):
                record = _record(message)
                if record is None:
                    at = max(at, min(int(message.offset() or 0), end))
                elif record.offset < end:
                    records.append(record)
                    at = record.offset + 1
                else:
                    at = end
        if at == start < end:
            self.close()  # it may have lost every broker for good; the next call asks another one
        self._at = (partition, at) if start < at < end else None  # beyond the end something was taken that is not ours
        return records, at

    def close(self) -> None:
        """Leave; a later call begins anew."""
        client, self._consumer, self._at = self._consumer, None, None
        if client is not None:
            client.close()

    def _client(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(self._settings)
        return self._consumer


def _record(message: Message) -> Record | None:
    """A record, or None at the end of the partition."""
    error = message.error()
    if error is not None and error.name() == "_PARTITION_EOF":
        return None
    if error is not None:
        raise KafkaException(error)
    headers: Any = message.headers() or []
    key: Any = message.key()
    value: Any = message.value()
    return Record(ALERTS, int(message.partition() or 0), int(message.offset() or 0), key, value, headers, message.timestamp()[1])
