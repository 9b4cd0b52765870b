"""Reading a topic without joining a group: whole, from the first record to what was there at the start, or onwards for ever."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.engine.lost_clients import LostClients
from streams.settings import Settings

SECONDS = 5.0
CHUNK = 5_000
QUEUE_KIB = 16 * 1024
"""What the client may hold ahead of its reader, whatever the topic's size. Without it: 64 MiB, in each process of a rebuild."""
WAIT_SECONDS = 0.5
SILENT_SECONDS = 5.0
"""Silence before the brokers are asked again where a log ends; then twice as long, and so on."""
PATIENCE_SECONDS = 120.0
"""Silence before reading a topic whole is given up: a broker that restarts is back sooner."""
RECORDS_LOST = KafkaError._LOG_TRUNCATION  # noqa: SLF001 - the client's own name for it
TIMED_OUT = KafkaError._TIMED_OUT  # noqa: SLF001 - the client's own name for it
LEADERLESS = ("NOT_LEADER_FOR_PARTITION", "NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE", "_TRANSPORT")


class TopicReader:
    """A `read_committed` reader of one topic, or of the partitions that `only` picks by the topic's partition count.

    `since_ms`: from the first record written at that time or later. `total` offsets lie between its start and the end found at the start, records of transactions and gaps included,
    without a tail that was lost meanwhile; `done` of them passed.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        only: Callable[[int], int | Sequence[int]] | None = None,
        *,
        from_end: bool = False,
        since_ms: int = 0,
    ) -> None:
        self._settings = settings
        self._consumer = self._client()
        self._topic = topic
        self._ends: dict[int, int] = {}
        self._at: dict[int, int] = {}
        self.total = 0
        for number in self._numbers(topic, only):
            low, high = self._watermarks(TopicPartition(topic, number))
            timed = since_ms and not settings.kafka_embedded  # the embedded broker finds no record by its time
            first = self._first(topic, number, since_ms, high) if timed else low
            self._at[number], self._ends[number] = (high if from_end else first), high
            self.total += high - self._at[number]
        self._assign()

    @property
    def done(self) -> int:
        """Offsets passed, up to the end found at the start."""
        return self.total - self._left

    def whole(self) -> Iterator[list[Message]]:
        """Records in chunks until the end found at the start is reached in every partition; a chunk may be empty.

        A log that lost its tail meanwhile ends where it ends now.

        Raises:
            KafkaException: records that were handed out are lost, or nothing came for `PATIENCE_SECONDS`.
        """
        silent, asks_at = 0.0, SILENT_SECONDS
        while left := self._left:
            began = time.monotonic()
            records = self._chunk()
            if self._left < left:
                silent, asks_at = 0.0, SILENT_SECONDS
            else:
                if silent >= asks_at:
                    self._ask_again(give_up=silent >= PATIENCE_SECONDS)
                    asks_at = min(2 * asks_at, PATIENCE_SECONDS)
                silent += time.monotonic() - began
            yield records

    def onwards(self) -> Iterator[list[Message]]:
        """Records in chunks, for ever; a chunk may be empty. A client that lost every broker for good is replaced."""
        while True:
            yield self._chunk()
            if self._lost.any:
                self._consumer.close()
                self._consumer = self._client()
                self._assign()

    def close(self) -> None:
        """Leave."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _client(self) -> Consumer:
        self._lost = LostClients()
        return Consumer(
            {
                "bootstrap.servers": self._settings.kafka_bootstrap,
                **self._lost.watch("the reader"),
                **self._settings.kafka_client,
                "group.id": "canbao-reader",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "queued.max.messages.kbytes": QUEUE_KIB,
                "log_level": 0,  # a broker that does not answer is said once, by the command
            }
        )

    @property
    def _left(self) -> int:
        return sum(max(0, end - self._at[number]) for number, end in self._ends.items())

    def _assign(self) -> None:
        self._consumer.assign([TopicPartition(self._topic, number, offset) for number, offset in self._at.items()])

    def _ask_again(self, *, give_up: bool) -> None:
        """Where the open partitions end by now; each is read on from where it stands, for an end is told once and may have been missed."""
        for number in [number for number, end in self._ends.items() if self._at[number] < end]:
            try:
                _, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, number), timeout=SECONDS)
            except KafkaException:
                if give_up:
                    raise
                return
            if high < self._at[number]:
                raise KafkaException(KafkaError(RECORDS_LOST, f"{self._topic}-{number} lost records that were read"))
            lost = max(0, self._ends[number] - high)
            self._ends[number] -= lost
            self.total -= lost
        if give_up and self._left:
            raise KafkaException(KafkaError(TIMED_OUT, f"{self._topic}: nothing came for {PATIENCE_SECONDS:.0f} s"))
        self._assign()

    def _watermarks(self, place: TopicPartition) -> tuple[int, int]:
        """First offset and end; a partition whose leader is not known yet (new topic, broker just back) is asked again for a while."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return self._consumer.get_watermark_offsets(place, timeout=SECONDS)
            except KafkaException as error:
                if error.args[0].name() not in LEADERLESS or time.monotonic() > deadline:
                    self._consumer.close()
                    raise
                time.sleep(WAIT_SECONDS)

    def _first(self, topic: str, number: int, since_ms: int, high: int) -> int:
        """The first offset written at a time or later; the end where there is none."""
        (found,) = self._consumer.offsets_for_times([TopicPartition(topic, number, since_ms)], timeout=SECONDS)
        if found.error is not None:
            raise KafkaException(found.error)
        return min(found.offset, high) if found.offset >= 0 else high

    def _numbers(self, topic: str, only: Callable[[int], int | Sequence[int]] | None) -> Sequence[int]:
        found = self._consumer.list_topics(topic, timeout=SECONDS).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        picked = sorted(found.partitions) if only is None else only(len(found.partitions))
        return [picked] if isinstance(picked, int) else picked

    def _chunk(self) -> list[Message]:
        """What came within a short wait; notes positions, and raises KafkaException on what does not heal by itself."""
        records = []
        for message in self._consumer.consume(CHUNK, WAIT_SECONDS):
            error = message.error()
            if error is None:
                records.append(message)
                self._at[int(message.partition() or 0)] = int(message.offset() or 0) + 1
            elif error.name() == "_PARTITION_EOF":
                number = int(message.partition() or 0)
                self._at[number] = max(self._at[number], int(message.offset() or 0))
            elif error.fatal() or not error.retriable():
                raise KafkaException(error)
        return records
