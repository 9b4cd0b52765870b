"""One toy stage on a broker: topics of its own, worker processes, what went in, and an offline check of what came out."""

import contextlib
import functools
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from demo.servers.kafka import create_topics
from streams.engine.lost_clients import LostClients
from tests.streams.engine.toy import COUNT, Job

PARTITIONS = 4
ROOT = Path(__file__).resolve().parents[3]
COMPACT = {"cleanup.policy": "compact"}

SEND_SECONDS = 60.0
FLUSH_SECONDS = 60.0
ANSWER_SECONDS = 60.0
END_SECONDS = 120.0
"""So long a worker may take from its start until it ends by itself: a slow machine needs half a minute to start it."""
BEHIND_THE_BROKER = "5"
"""Niceness of workers: in a city the broker has a machine of its own, here it must not starve while it starts."""


class Verdict(msgspec.Struct):
    """The offline check: alerts wanted, delivered, lost, twice, unexpected; keys with a wrong row."""

    wanted: int
    delivered: int
    lost: int
    twice: int
    unexpected: int
    wrong_states: int

    @property
    def right(self) -> bool:
        """Exactly once, and every row as the model says."""
        return self.delivered == self.wanted and not (self.lost or self.twice or self.unexpected or self.wrong_states)


class Worker:
    """A worker process; its log is `log`."""

    def __init__(self, job: Job, fault: str, module: str) -> None:
        self.job = job
        Path(job.folder).mkdir(parents=True, exist_ok=True)
        self.log_path = Path(job.folder) / "log"
        environment = {**os.environ, "TOY": msgspec.json.encode(job).decode(), "CANBAO_FAULT": fault}
        with self.log_path.open("ab") as log:
            self._log_begin = log.tell()
            self.process = subprocess.Popen(
                ["nice", "-n", BEHIND_THE_BROKER, sys.executable, "-X", "faulthandler", "-m", module, "worker"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        """Everything it said, over all lives of the instance."""
        return self.log_path.read_text(errors="replace")

    @property
    def log_since_start(self) -> str:
        """What was said in this life, and in later ones."""
        return self.log_path.read_bytes()[self._log_begin :].decode(errors="replace")

    def stopped(self) -> bool:
        """Whether the process is in SIGSTOP."""
        try:
            return Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
        except (OSError, IndexError):
            return False

    def stop(self) -> None:
        """SIGSTOP."""
        self.process.send_signal(signal.SIGSTOP)

    def cont(self) -> None:
        """Wake it."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL; works on a stopped process too."""
        self.process.kill()
        self.process.wait()

    def terminate(self, seconds: float = END_SECONDS) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(seconds)

    def exit_status(self, seconds: float = END_SECONDS) -> int:
        """Wait for its own end."""
        return self.process.wait(seconds)


class Lab:
    """Topics, workers and the model of one test."""

    def __init__(self, bootstrap: str, folder: Path, *, make: bool = True, module: str = "tests.streams.engine.toy") -> None:
        self.bootstrap = bootstrap
        self.folder = folder
        self.module = module
        name = f"toy-{uuid.uuid4().hex[:8]}"
        self.job = Job(bootstrap, "", "", name, f"{name}-changelog", f"{name}-alerts", name)
        self.sent: Counter[bytes] = Counter()
        self.acknowledged: Counter[bytes] = Counter()
        self.refused: Counter[str] = Counter()  # by error: events that are not on the broker
        self.replaced = 0  # producers that had lost every broker for good
        self.workers: list[Worker] = []
        self._told: deque[object] = deque(maxlen=5)  # errors of the producer
        if make:
            create_topics(
                bootstrap, {name: (PARTITIONS, {}), f"{name}-changelog": (PARTITIONS, COMPACT), f"{name}-alerts": (PARTITIONS, {})}
            )
        self._producer = self._make_producer()

    def _make_producer(self) -> Producer:
        self._lost = LostClients()
        return Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "enable.idempotence": True,
                "log_level": 0,
                "error_cb": self._told.append,
                **self._lost.watch("the load's producer"),
                "statistics.interval.ms": 1_000,
            }
        )

    def start(self, instance: str = "a", fault: str = "", **changes: object) -> Worker:
        """Start a worker; `changes` are fields of the job."""
        job = msgspec.structs.replace(self.job, instance=instance, folder=str(self.folder / instance), **changes)
        worker = Worker(job, fault, self.module)
        self.workers.append(worker)
        return worker

    def fill(self, events: int, keys: int = 50, seed: int = 1, topic: str | None = None) -> None:
        """Produce events with random keys."""
        pick = random.Random(seed)
        for _ in range(events):
            self.send(b"key-%d" % pick.randrange(keys), topic=topic)
        self.flush()

    def touch(self, topic: str) -> None:
        """Make a topic appear on an embedded broker."""
        self._producer.list_topics(topic, timeout=ANSWER_SECONDS)

    def send(self, key: bytes, value: bytes = b"x", partition: int | None = None, topic: str | None = None) -> None:
        """Produce one event, where murmur2 of its key says, or elsewhere."""
        place: dict[str, Any] = {} if partition is None else {"partition": partition}
        until = time.monotonic() + SEND_SECONDS
        while True:
            self.poll()
            try:
                self._producer.produce(topic or self.job.source, value, key, on_delivery=self._landed, **place)
                break
            except BufferError:  # the broker is away: wait for room, not for ever
                if time.monotonic() > until:
                    raise
                self._producer.poll(0.1)
        self.sent[key] += 1

    def _landed(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.acknowledged[message.key() or b""] += 1
        else:
            self.refused[error.name()] += 1

    def poll(self) -> None:
        """Serve delivery reports. A producer that lost every broker for good is replaced: what it held was never acknowledged, nor is it sent again."""
        self._producer.poll(0)
        if self._lost.any:
            self.replaced += 1
            self._producer = self._make_producer()

    def flush(self) -> None:
        """Wait until what was produced is on the broker."""
        until = time.monotonic() + FLUSH_SECONDS
        while (left := self._producer.flush(1.0)) and time.monotonic() < until:
            self.poll()
        assert left == 0, f"{left} events are not on the broker after {FLUSH_SECONDS} s; the producer was told: {[*self._told]}"
        assert not self.refused, f"the broker refused events: {dict(self.refused)}"

    def go_on_until(self, hit: Callable[[], bool]) -> None:
        """Send until a worker has met its fault: how many commits some input makes is not fixed."""
        for seed in range(20):
            self.fill(200, seed=seed)
            wait_for(lambda: hit() or self.lag() == 0, 90, self.logs)
            if hit():
                return
        raise AssertionError(f"the fault was never met\n{self.logs()}")

    def lag(self, topics: tuple[str, ...] = ()) -> int:
        """Records that the group has not committed; a broker that does not answer yet leaves all of them."""
        try:
            return self._lag(topics or (self.job.source,))
        except KafkaException:
            self.__dict__.pop("_group_reader").close()  # it may have lost every broker for good
            return self.sent.total()

    def _lag(self, topics: tuple[str, ...]) -> int:
        places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        lag = 0
        for place in self._group_reader.committed(places, timeout=30):
            low, high = self._group_reader.get_watermark_offsets(TopicPartition(place.topic, place.partition), timeout=10)
            lag += high - max(low, place.offset)
        return lag

    @functools.cached_property
    def _group_reader(self) -> Consumer:
        """Asks for the group's offsets without being a member."""
        return self._reader("read_uncommitted", self.job.group)

    def move_offsets(self, by: int) -> None:
        """Move the group's committed offsets behind its back."""
        with contextlib.closing(self._reader("read_uncommitted", self.job.group)) as group:
            places = group.committed([TopicPartition(self.job.source, number) for number in range(PARTITIONS)], timeout=30)
            moved = [TopicPartition(place.topic, place.partition, place.offset + by) for place in places]
            group.commit(offsets=moved, asynchronous=False)

    def set_changelog(self, **settings: str) -> None:
        """Change settings of the changelog; `_` in a name stands for a dot."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})  # in a name: its answers never come once it is gone
        entries = [
            ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource("topic", str(self.job.changelog), incremental_configs=entries)
        for changed in admin.incremental_alter_configs([resource]).values():
            changed.result(ANSWER_SECONDS)

    def delete_records(self, partitions: Iterable[int], before: int = -1) -> None:
        """Lose what the changelog holds in these partitions below an offset (-1: all), as retention does where it is not compacted only."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        self.set_changelog(cleanup_policy="compact,delete")
        left = {TopicPartition(str(self.job.changelog), number, before) for number in partitions}

        def deleted() -> bool:
            """The broker says that the policy is set before its log knows it."""
            for place, answer in admin.delete_records(list(left)).items():
                try:
                    answer.result(ANSWER_SECONDS)
                except KafkaException as error:
                    if error.args[0].name() != "POLICY_VIOLATION":
                        raise
                else:
                    left.discard(place)
            return not left

        wait_for(deleted, ANSWER_SECONDS)
        self.set_changelog(cleanup_policy="compact")

    def drained(self, seconds: float = 120, topics: tuple[str, ...] = ()) -> None:
        """Wait until the group has committed everything."""
        wait_for(lambda: self.lag(topics) == 0, seconds, lambda: f"lag {self.lag(topics)}\n" + self.logs())

    def drained_behind(self, before: "Lab", seconds: float = 120) -> None:
        """Wait until this stage has committed everything that the stage before it, which is drained, has sent.

        Its input ends with a commit marker, which no position reaches: so the last record is what counts.
        """
        ends = {message.partition(): int(message.offset() or 0) + 1 for message in before.messages(self.job.source)}
        wait_for(lambda: self._reached(ends), seconds, self.logs)

    def _reached(self, ends: dict[int | None, int]) -> bool:
        places = [TopicPartition(self.job.source, number) for number in range(PARTITIONS)]
        try:
            committed = self._group_reader.committed(places, timeout=30)
        except KafkaException:
            return False
        return all(place.offset >= ends[place.partition] for place in committed if place.partition in ends)

    def logs(self) -> str:
        """Logs of all workers, the end of each."""
        return "\n".join(f"--- {worker.job.instance}\n{worker.log[-3000:]}" for worker in self.workers)

    def read(self, topic: str) -> Iterator[tuple[bytes, bytes | None]]:
        """Everything committed in a topic."""
        for message in self.messages(topic):
            yield message.key() or b"", message.value()

    def messages(self, topic: str) -> Iterator[Message]:
        """Everything committed in a topic, as messages."""
        with contextlib.closing(self._reader("read_committed", "check")) as reader:
            reader.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
            at_end: set[int] = set()  # a partition that is written meanwhile comes to its end more than once
            while len(at_end) < PARTITIONS:
                for message in reader.consume(10_000, 1.0):
                    if message.error():
                        at_end.add(int(message.partition() or 0))
                    else:
                        yield message

    def _reader(self, isolation: str, group: str) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "isolation.level": isolation,
                "enable.partition.eof": True,
                "log_level": 0,
            }
        )

    def verdict(self) -> Verdict:
        """Compare alerts and rows with the model: one alert `key:n` for every even n up to the number of events of the key."""
        self._settle_sent()
        alerts = Counter(value for _, value in self.read(self.job.alerts))
        wanted = {b"%s:%d" % (key, nth) for key, events in self.sent.items() for nth in range(2, events + 1, 2)}
        rows: dict[bytes, bytes | None] = dict(self.read(str(self.job.changelog)))
        wrong = sum(1 for key, events in self.sent.items() if rows.get(COUNT + key) != b"%d" % events)
        twice = sum(times - 1 for times in alerts.values())
        return Verdict(len(wanted), alerts.total(), len(wanted - alerts.keys()), twice, len(alerts.keys() - wanted), wrong)

    def _settle_sent(self) -> None:
        """What a replaced producer held is on the broker or not: the input itself says which. Nothing that was acknowledged may be missing there."""
        if self.replaced:
            there = Counter(key for key, _ in self.read(self.job.source))
            assert self.acknowledged <= there, "the broker lost events that it had acknowledged"
            self.sent = there

    def close(self) -> None:
        """End every worker, stopped ones too."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()
        self._group_reader.close()


def wait_for(condition: Callable[[], bool], seconds: float, why: Callable[[], str] = lambda: "") -> None:
    """Poll until the condition holds; the time is a limit, not a pause."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {why()}")
        time.sleep(0.05)
