"""The whole intake stage without Kafka on the demo city's records: CPU microseconds a record, by feed and wire form.

Batches go through the stage as the engine hands them over: decode, check, code maps, person key, encode, identities sealed, brake, counters.
The first records of each feed warm what a long-running process keeps; the last third is measured, in this thread's CPU time. Of several
rounds the least time of each batch counts: what else runs on the machine makes a batch dearer, never cheaper.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from pydantic import SecretStr

from bench.table import show
from demo.city.emit.departments import days_of
from demo.city.generate import generate
from schemas.feed_file import Feed, load_feeds
from sinks.metrics import Metrics
from streams.agents.intake import work
from streams.agents.intake_io import Intake
from streams.agents.intake_setup import intake_of
from streams.collector import rest_collector
from streams.engine.memory import MemoryPartition
from streams.settings import Settings, load_settings

BATCH = 100
NOW_MS = 1_900_000_000_000
MEASURED = 3
"""One in so many records is measured, the last ones."""
DEBEZIUM = "debezium-json"
Sent = tuple[bytes, bytes | None]


class Cost(Struct):
    """What the measured records of feeds cost."""

    records: int = 0
    value_bytes: int = 0
    spent_ns: int = 0

    def add(self, other: "Cost") -> None:
        """Count another feed in."""
        self.records += other.records
        self.value_bytes += other.value_bytes
        self.spent_ns += other.spent_ns

    def row(self, name: str, wire: str) -> list[str]:
        """A line of the table."""
        return [name, wire, f"{self.records:,}", f"{self.value_bytes / self.records:.0f}", f"{self.spent_ns / self.records / 1000:.1f}"]


def records_of(persons: int, months: int, seed: int) -> dict[str, list[Sent]]:
    """Key and value of every record by topic, in the order of the days."""
    found: dict[str, list[Sent]] = defaultdict(list)
    for day in days_of(generate(persons, months, seed)):
        for message in day.messages:
            found[message.topic].append((message.key, message.value))
    return found


def settings() -> Settings:
    """Settings of one process with fixed secrets."""
    return load_settings({}, pepper=SecretStr("a pepper of the benchmark, 32 bytes"), seal_key=SecretStr("5a" * 32))


def run(intake: Intake, partition: MemoryPartition, records: Sequence[Sent]) -> list[int]:
    """Take records through the stage; the CPU ns that each batch took."""
    spent = []
    for start in range(0, len(records), BATCH):
        part = [partition.record(key, value, ahead=ahead) for ahead, (key, value) in enumerate(records[start : start + BATCH])]
        batch = partition.hand(part, now_ms=NOW_MS)
        before = time.thread_time_ns()
        work(intake, batch)
        spent.append(time.thread_time_ns() - before)
        if partition.apply(batch):
            raise RuntimeError(f"{partition.topic}: the stage stopped")
    return spent


def cost_of(feed: Feed, records: Sequence[Sent], rounds: int) -> Cost:
    """The cost of the last third of a feed's records."""
    warm = len(records) * (MEASURED - 1) // MEASURED
    last, spent = records[warm:], []
    for _ in range(rounds):
        intake, partition = intake_of(feed.feed, settings(), Metrics()), MemoryPartition(feed.topic)
        run(intake, partition, records[:warm])
        spent.append(run(intake, partition, last))
    return Cost(len(last), sum(len(value or b"") for _, value in last), sum(map(min, zip(*spent, strict=True))))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.intake")
    parser.add_argument("--persons", type=int, default=2000)
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rest_collector()  # as in a worker
    records, total, table = records_of(given.persons, given.months, given.seed), Cost(), []
    for name, feed in load_feeds().items():
        if feed.topic in records:
            cost = cost_of(feed, records[feed.topic], given.rounds)
            table.append(cost.row(name, feed.wire))
            if feed.wire == DEBEZIUM:
                total.add(cost)
    table.append(total.row("all", DEBEZIUM))
    command = f"python -m bench.intake --persons {given.persons} --months {given.months} --seed {given.seed} --rounds {given.rounds}"
    show("Intake, whole stage without Kafka", command, ["feed", "wire", "records", "bytes", "CPU µs a record"], table)


if __name__ == "__main__":
    main()
