"""Latency of one hop: from handing an event to the producer until a read_committed reader has the alert that it causes, at a steady rate."""

import threading
import time
from contextlib import closing

from confluent_kafka import Consumer, Producer, TopicPartition

from bench.peers.running import PARTITIONS, Job, started
from bench.peers.workload import event, key_of
from demo.servers.process import ServerError, ServerProcess

KEYS = 500
"""Few, so that every second event is an alert from the first second on."""
WARM_SECONDS = 5.0
READY_SECONDS = 90.0
LATE_SECONDS = 10.0
LOOK_SECONDS = 0.05
SHARES = (0.5, 0.99)


class Hop:
    """Sends events at their times and notes when their alerts come."""

    def __init__(self, job: Job) -> None:
        self._topic = job.source
        # few requests in flight: else a slow moment of the broker becomes a queue of one-message requests that lasts
        sending = {"linger.ms": 1, "max.in.flight.requests.per.connection": 5, "partitioner": "murmur2_random"}
        self._producer = Producer({"bootstrap.servers": job.bootstrap, **sending})
        settings = {"bootstrap.servers": job.bootstrap, "group.id": f"{job.group}-check", "isolation.level": "read_committed"}
        self._reader = Consumer({**settings, "fetch.wait.max.ms": 10, "enable.auto.commit": False})
        self._reader.assign([TopicPartition(job.alerts, number, 0) for number in range(PARTITIONS)])
        self.sent: list[float] = []
        self.came: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def send(self) -> None:
        """Hand the next event over."""
        number = len(self.sent)
        self.sent.append(time.perf_counter())
        self._producer.produce(self._topic, event(number, KEYS), key_of(number, KEYS))
        self._producer.poll(0)

    def _read(self) -> None:
        """The reader's thread; an alert's last part is the number of its event."""
        while not self._over.is_set():
            message = self._reader.poll(0.1)
            if message is not None and message.error() is None:
                self.came.setdefault(int((message.value() or b"").rpartition(b":")[2]), time.perf_counter())

    def close(self) -> None:
        """Give the connections back."""
        self._over.set()
        self._thread.join()
        self._producer.flush(10)
        self._reader.close()


def steady(job: Job, command: list[str], rate: int, seconds: float) -> list[str]:
    """Cells: milliseconds at SHARES, then alerts that came of those due.

    Raises:
        ServerError: the peer ended by itself or sent no alert.
    """
    job.create()
    with started(job, command) as process, closing(Hop(job)) as hop:
        wait_ready(hop, process)
        run_at(hop, process, rate, WARM_SECONDS)
        counted_from = len(hop.sent)
        run_at(hop, process, rate, seconds)
        due = {number for number in range(counted_from, len(hop.sent)) if number // KEYS % 2}
        late_until = time.perf_counter() + LATE_SECONDS
        while not due <= hop.came.keys() and time.perf_counter() < late_until:
            time.sleep(LOOK_SECONDS)
    found = sorted((hop.came[number] - hop.sent[number]) * 1000 for number in due & hop.came.keys())
    points = [f"{found[int(len(found) * share)]:.0f}" if found else "-" for share in SHARES]
    return [*points, f"{len(found):,} of {len(due):,}"]


def wait_ready(hop: Hop, process: ServerProcess) -> None:
    """Two rounds of keys, then wait until the peer has started and answers."""
    for _ in range(2 * KEYS):
        hop.send()
    until = time.perf_counter() + READY_SECONDS
    while not hop.came:
        check(process)
        if time.perf_counter() > until:
            raise ServerError(f"{process.name} sent no alert within {READY_SECONDS:.0f} s\n{process.log_tail()}")
        time.sleep(LOOK_SECONDS)


def run_at(hop: Hop, process: ServerProcess, rate: int, seconds: float) -> None:
    """Send at `rate` for so long."""
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        if (left := began + number / rate - time.perf_counter()) > 0:
            time.sleep(left)
        hop.send()
        if number % rate == 0:
            check(process)


def check(process: ServerProcess) -> None:
    """Raise `ServerError` when the peer is gone."""
    if not process.running:
        raise ServerError(f"{process.name} ended by itself\n{process.log_tail()}")
