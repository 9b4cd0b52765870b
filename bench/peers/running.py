"""One peer as a process of its own, with topics, a group and a folder of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from demo.servers.kafka import create_topics
from demo.servers.process import ServerProcess

PARTITIONS = 8
ROOT = Path(__file__).parents[2]
TICK_HERTZ = os.sysconf("SC_CLK_TCK")
NOT_YET = {"NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "GROUP_ID_NOT_FOUND", "UNKNOWN_TOPIC_OR_PART"}
STOP_SECONDS = 40.0


class Job(msgspec.Struct, frozen=True):
    """What a peer is told, in environment variables."""

    bootstrap: str
    group: str
    folder: Path

    @property
    def source(self) -> str:
        """Topic of events."""
        return f"{self.group}-events"

    @property
    def alerts(self) -> str:
        """Topic of alerts."""
        return f"{self.group}-alerts"

    @property
    def changelog(self) -> str:
        """Topic of state, for a peer that does not create its own; the name that Faust gives it."""
        return f"{self.group}-states-changelog"

    def create(self) -> None:
        """Make folder and topics."""
        self.folder.mkdir(parents=True)
        plain: tuple[int, dict[str, str]] = (PARTITIONS, {})
        create_topics(self.bootstrap, {self.source: plain, self.alerts: plain, self.changelog: (PARTITIONS, {"cleanup.policy": "compact"})})

    def environment(self) -> dict[str, str]:
        """The variables."""
        return {
            "BENCH_BOOTSTRAP": self.bootstrap,
            "BENCH_GROUP": self.group,
            "BENCH_FOLDER": str(self.folder),
            "BENCH_SOURCE": self.source,
            "BENCH_ALERTS": self.alerts,
            "BENCH_CHANGELOG": self.changelog,
            "BENCH_PARTITIONS": str(PARTITIONS),
            "PYTHONPATH": str(ROOT),
        }


@contextmanager
def started(job: Job, command: list[str]) -> Iterator[ServerProcess]:
    """The peer's process; stopped in order at the end, so that what it has read is committed."""
    process = ServerProcess(job.group, job.folder, command, job.environment(), stop_seconds=STOP_SECONDS)
    process.start(lambda: True, 1.0)
    try:
        yield process
        process.stop()
    finally:
        process.kill()


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK_HERTZ


class Progress:
    """How many events a group has committed; the broker's word, so it costs the peer nothing."""

    def __init__(self, job: Job) -> None:
        # read_committed would wait for every open transaction
        settings = {"bootstrap.servers": job.bootstrap, "group.id": job.group, "enable.auto.commit": False}
        self._consumer = Consumer({**settings, "isolation.level": "read_uncommitted"})
        self._source = job.source

    def events(self) -> int:
        """Sum of the committed positions."""
        places = [TopicPartition(self._source, number) for number in range(PARTITIONS)]
        try:
            return sum(max(place.offset, 0) for place in self._consumer.committed(places, timeout=10))
        except KafkaException as error:
            if error.args[0].retriable() or error.args[0].name() in NOT_YET:
                return 0
            raise

    def close(self) -> None:
        """Give the connection back."""
        self._consumer.close()
