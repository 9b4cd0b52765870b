"""Broadcast topics: small compacted topics that every worker reads whole and keeps current."""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams.engine.clients import FORBIDDEN, kafka_error
from streams.engine.errors import EndsProcessError

_RECORDS_A_LOOK = 1_000
_NOT_THERE = frozenset({"UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"})
"""The start has seen the topic: it was deleted since. A broker says the same of one that the client has no right to."""


class Broadcast:
    """Topic to {key: newest value}. `load` reads to the end once, `look` takes what is new without waiting."""

    def __init__(self, reader: Consumer, topics: dict[str, int], seconds: float) -> None:
        self.tables: dict[str, dict[bytes, bytes]] = {topic: {} for topic in topics}
        self._reader = reader
        self._places = [(topic, partition) for topic, count in topics.items() for partition in range(count)]
        self._seconds = seconds

    def load(self, go_on: Callable[[], bool]) -> None:
        """Read everything that is there now; `go_on` False gives up (the worker is asked to stop).

        Raises:
            KafkaException: no answer, or nothing more came for as long as an answer may take: call again.
            EndsProcessError: asking again is of no use.
        """
        if not self._places:
            return
        left = {}
        starts = []
        for topic, partition in self._places:
            low, high = self._ends(topic, partition)
            starts.append(TopicPartition(topic, partition, low))
            if low < high:
                left[topic, partition] = high
        self._reader.assign(starts)
        heard = time.monotonic()
        while left and go_on():
            reached = self._take(0.2)
            for place, position in reached.items():
                if position >= left.get(place, position + 1):
                    del left[place]
            if reached:
                heard = time.monotonic()
            elif time.monotonic() - heard > self._seconds:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - the client's own name for it

    def _ends(self, topic: str, partition: int) -> tuple[int, int]:
        try:
            low, high = self._reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=self._seconds)
        except KafkaException as error:
            kafka = kafka_error(error)
            if kafka.fatal() or kafka.name() in FORBIDDEN:
                raise EndsProcessError(f"broadcast topic {topic}: {kafka.name()}: {kafka.str()}") from error
            if kafka.name() in _NOT_THERE:
                raise EndsProcessError(f"broadcast topic {topic}: {kafka.name()}: it was deleted, or may not be described") from error
            raise
        return low, high

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
