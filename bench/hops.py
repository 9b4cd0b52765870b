"""From a department's topic to the topic of alerts, at a steady rate: two hops, intake and people.

Latency is from handing a death's record to the producer until a read_committed reader has the alert that it causes. The other records
are ordinary months paid to the living, as in a city: deaths alone would measure how fast alerts can be built.
"""

import math
import threading
import time
from contextlib import closing

from confluent_kafka import Consumer, Producer, TopicPartition
from msgspec import Struct

from bench.records import MONTHS, Register, cremation
from demo.city.emit.wire import Message
from demo.stack import Stack
from schemas.messages import read_alert
from schemas.topics import ALERTS
from schemas.wire import Reader

LATE_SECONDS = 30.0
LOOK_SECONDS = 0.05
SHARES = (0.5, 0.9, 0.99)
ALERT = Reader("alert")
HEAD = ["rate", "a death every", "alerts", "p50 ms", "p90 ms", "p99 ms"]


class Plan(Struct, frozen=True):
    """What is sent. Deaths are of persons 0, 1, …; the others of `persons` are paid their next months."""

    rate: int
    seconds: int
    warm_seconds: int
    """At the same rate, uncounted: the workers meet their first deaths, the broker's code is compiled."""
    deaths_every: int
    persons: int
    months: int

    @property
    def records(self) -> int:
        """Records in all, warm-up included."""
        return self.rate * (self.seconds + self.warm_seconds)

    @property
    def deaths(self) -> int:
        """Deaths in all."""
        return math.ceil(self.records / self.deaths_every)

    def fault(self) -> str:
        """Why it can't be sent; empty where it can."""
        living = self.persons - self.deaths
        if living < (self.deaths_every > 1):
            return f"{self.deaths:,} deaths are more than {self.persons:,} persons allow"
        paid = math.ceil((self.records - self.deaths) / living) if living > 0 else 0
        return f"{self.months} months and {paid} more are above {MONTHS}: take more persons" if self.months + paid > MONTHS else ""

    def record(self, number: int, register: Register) -> Message:
        """Record `number`."""
        death, rest = divmod(number, self.deaths_every)
        if rest == 0:
            return cremation(death)
        return register.pay(self.deaths + (number - death) % (self.persons - self.deaths))


class Hops:
    """Sends records at their times and notes when the alerts come."""

    def __init__(self, stack: Stack, producer: Producer, partitions: int) -> None:
        self._producer = producer
        settings = {"bootstrap.servers": stack.kafka, "group.id": "bench", "isolation.level": "read_committed", "enable.auto.commit": False}
        self._reader = Consumer({**settings, "fetch.wait.max.ms": 10})
        places = [TopicPartition(ALERTS, number) for number in range(partitions)]
        self._reader.assign([TopicPartition(ALERTS, one.partition, self._reader.get_watermark_offsets(one, 10)[1]) for one in places])
        self.sent: dict[int, float] = {}
        """Death → when its record was handed over."""
        self.came: dict[int, float] = {}
        """Death → when its first alert was read."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def send(self, message: Message, death: int | None) -> None:
        """Hand a record over."""
        if death is not None:
            self.sent[death] = time.perf_counter()
        self._producer.produce(message.topic, message.value, message.key)
        self._producer.poll(0)

    def _read(self) -> None:
        """The reader's thread. A death is the cause of its alert, by its position: deaths are all that the topic of cremations has."""
        while not self._over.is_set():
            message = self._reader.poll(0.1)
            if message is None or message.error() is not None:
                continue
            came = time.perf_counter()
            for cause in read_alert(ALERT, message.value() or b"").cause_event_ids:
                feed, _, position = cause.partition("/")
                if feed == "cremation":
                    self.came.setdefault(int(position.rpartition("/")[2]), came)

    def close(self) -> None:
        """Give the connections back."""
        self._over.set()
        self._thread.join()
        self._producer.flush(10)
        self._reader.close()


def steady(stack: Stack, producer: Producer, register: Register, plan: Plan, partitions: int) -> list[str]:
    """Cells under HEAD.

    Raises:
        RuntimeError: no alert arrived.
    """
    with closing(Hops(stack, producer, partitions)) as hops:
        run(hops, register, plan)
        until = time.perf_counter() + LATE_SECONDS
        while not hops.sent.keys() <= hops.came.keys() and time.perf_counter() < until:
            stack.check()
            time.sleep(LOOK_SECONDS)
    warm = plan.warm_seconds * plan.rate / plan.deaths_every
    due = [death for death in hops.sent if death >= warm]
    found = sorted((hops.came[death] - hops.sent[death]) * 1000 for death in due if death in hops.came)
    if not found:
        raise RuntimeError("no alert arrived")
    points = [f"{found[int(len(found) * share)]:.0f}" for share in SHARES]
    return [f"{plan.rate}/s", str(plan.deaths_every), f"{len(found):,} of {len(due):,}", *points]


def run(hops: Hops, register: Register, plan: Plan) -> None:
    """Send everything, each record at its time."""
    began = time.perf_counter()
    for number in range(plan.records):
        message = plan.record(number, register)
        if (left := began + number / plan.rate - time.perf_counter()) > 0:
            time.sleep(left)
        death, rest = divmod(number, plan.deaths_every)
        hops.send(message, None if rest else death)
