"""Broadcast topics: small compacted topics that every worker reads whole and keeps current."""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.engine.clients import kafka_error
from streams.engine.errors import EndsProcessError

_RECORDS_A_LOOK = 1_000


class Broadcast:
    """Topic to {key: newest value}. `load` reads to the end once, `look` takes what is new without waiting."""

    def __init__(self, reader: Consumer, topics: dict[str, int], seconds: float) -> None:
        self.tables: dict[str, dict[bytes, bytes]] = {topic: {} for topic in topics}
        self._reader = reader
        self._places = [(topic, partition) for topic, count in topics.items() for partition in range(count)]
        self._seconds = seconds

    def load(self, go_on: Callable[[], bool]) -> None:
        """Read everything that is there now; `go_on` False gives up (the worker is asked to stop)."""
        if not self._places:
            return
        left = {}
        starts = []
        for topic, partition in self._places:
            low, high = self._reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=self._seconds)
            starts.append(TopicPartition(topic, partition, low))
            if low < high:
                left[topic, partition] = high
        self._reader.assign(starts)
        while left and go_on():
            for place, position in self._take(0.2).items():
                if position >= left.get(place, position + 1):
                    del left[place]

    def look(self) -> None:
        """Take what is new."""
        if self._places:
            self._take(0)

    def _take(self, seconds: float) -> dict[tuple[str, int], int]:
        reached = {}
        for message in self._reader.consume(_RECORDS_A_LOOK, seconds):
            place = (str(message.topic()), int(message.partition() or 0))
            error = message.error()
            if error is None:
                reached[place] = int(message.offset() or 0) + 1
                self._keep(place[0], message.key(), message.value())
            elif error.name() == "_PARTITION_EOF":
                reached[place] = int(message.offset() or 0)
            elif error.fatal() or not error.retriable():
                raise EndsProcessError(f"broadcast topic {place[0]}: {error.name()}: {error.str()}")
        return reached

    def _keep(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        if key is None:
            return
        if value is None:
            self.tables[topic].pop(key, None)
        else:
            self.tables[topic][key] = value

    def close(self) -> None:
        """Release the client."""
        self._reader.close()


def load_until_there(broadcast: Broadcast, between: Callable[[float], bool]) -> None:
    """Load, and again after a pause while the broker does not answer."""
    while True:
        try:
            broadcast.load(lambda: between(0))
        except KafkaException as error:
            if kafka_error(error).fatal() or not between(1.0):
                raise EndsProcessError(f"broadcast topics: {kafka_error(error).name()}") from error
        else:
            return
