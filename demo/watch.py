"""What the driver sees of the pipeline: how far intake and people have come, and every alert."""

import time
from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from demo.stack import StackError
from processors.world_rows import WORLD_KEY, read_root
from schemas.alert import Alert
from schemas.events import Facts, Horizon, decode
from schemas.messages import read_alert
from schemas.topics import ALERTS, EVENTS, PEOPLE_CHANGELOG
from schemas.wire import Reader

BATCH = 1000
ANSWER_SECONDS = 10.0


class Watch:
    """Reads events, alerts and the people stage's own progress, all from the beginning of the run."""

    def __init__(self, bootstrap: str, partitions: int, feeds: int, *, embedded: bool) -> None:
        self.partitions = partitions
        self.events = 0
        self.revisions = 0
        self.latest: dict[bytes, Alert] = {}
        self.waiting: list[Alert] = []
        """Revisions not yet shown."""
        self._feeds = feeds
        self._contiguous = embedded
        self._next: dict[tuple[str, int], int] = {}
        self._horizons: list[dict[str, int]] = [{} for _ in range(partitions)]
        self._as_of = [0] * partitions
        self._sweeping = [False] * partitions
        self._reader = Reader("alert")
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "canbao-demo-watch",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 20,
                "log_level": 0,  # a broker that ended is said once, by the stack; one that is ended with the demo not at all
            }
        )
        topics = (EVENTS, ALERTS, PEOPLE_CHANGELOG)
        self._consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for topic in topics for number in range(partitions)])

    def poll(self, seconds: float = 0.05) -> None:
        """Read what has come, waiting at most so long for the first record."""
        for message in self._consumer.consume(1, seconds) + self._consumer.consume(BATCH, 0):
            self._take(message)

    def close(self) -> None:
        """Leave."""
        self._consumer.close()

    def intake_through(self) -> int:
        """The day through which every feed's horizon stands in every events partition; 0 = not yet any."""
        if any(len(known) < self._feeds for known in self._horizons):
            return 0
        return min(min(known.values()) for known in self._horizons)

    def people_through(self) -> int:
        """The day that the people stage has taken in every partition."""
        return min(self._as_of)

    def people_done(self, day: int) -> bool:
        """Whether every partition has taken the tick of a day and has nobody left to ask."""
        return min(self._as_of) >= day and not any(self._sweeping)

    def shown(self) -> Iterator[Alert]:
        """The revisions that came since the last call."""
        waiting, self.waiting = self.waiting, []
        yield from waiting

    def _take(self, message: Message) -> None:
        if message.error() is not None:
            raise KafkaException(message.error())
        topic, partition, offset = str(message.topic()), int(message.partition() or 0), int(message.offset() or 0)
        self._check_kept(topic, partition, offset)
        value = message.value()
        if value is None:
            return
        if topic == EVENTS:
            self._event(partition, bytes(value))
        elif topic == ALERTS:
            self._alert(bytes(value))
        elif message.key() == WORLD_KEY:
            world = read_root(bytes(value))
            self._as_of[partition] = world.as_of
            self._sweeping[partition] = bool(world.pending)

    def _check_kept(self, topic: str, partition: int, offset: int) -> None:
        """A gap is the end of a transaction, or what the embedded broker dropped unread: then its oldest record lies behind the gap."""
        expected = self._next.get((topic, partition), 0)
        self._next[topic, partition] = offset + 1
        if self._contiguous and offset > expected:
            oldest, _ = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), ANSWER_SECONDS)
            if oldest > expected:
                raise StackError(
                    f"{topic}-{partition}: the embedded broker dropped the records {expected} to {oldest - 1}, which were not read yet"
                )

    def _event(self, partition: int, value: bytes) -> None:
        event = decode(value)
        if isinstance(event, Horizon):
            self._horizons[partition][event.feed] = max(event.through, self._horizons[partition].get(event.feed, 0))
        elif isinstance(event, Facts):
            self.events += 1

    def _alert(self, value: bytes) -> None:
        alert = read_alert(self._reader, value)
        known = self.latest.get(alert.alert_id)
        self.revisions += 1
        if known is None or alert.revision >= known.revision:
            self.latest[alert.alert_id] = alert
        self.waiting.append(alert)


def until(deadline_seconds: float, what: str) -> Iterator[None]:
    """Turns of a bounded wait; StackError when the time is over."""
    end = time.monotonic() + deadline_seconds
    while time.monotonic() < end:
        yield
    raise StackError(f"{what} took longer than {deadline_seconds:.0f} s")
