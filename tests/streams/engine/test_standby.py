"""Standby: a copy on another machine makes a take-over short, and can make nothing wrong."""

import json
import re
from collections.abc import Iterable

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from streams.engine.faults import Point
from tests.streams.engine.lab import PARTITIONS, Lab, Worker, wait_for
from tests.streams.engine.test_take_over import set_policy

SHORT = {"session_ms": 3000, "transaction_ms": 3000, "standby_partitions": 8}
SECONDS = 90


def lines(worker: Worker, event: str) -> list[dict[str, object]]:
    """What a worker logged of an event, over all its lives."""
    return [json.loads(line) for line in worker.log.splitlines() if line.startswith("{") and json.loads(line).get("event") == event]


def start(lab: Lab, name: str, fault: str = "", machine: str = "") -> Worker:
    """A worker on a machine of its own, unless one is named."""
    return lab.start(name, fault, machine=machine or name, **SHORT)


def all_served(lab: Lab, workers: Iterable[Worker], each: int) -> None:
    """Wait until each of them serves so many partitions."""
    wait_for(lambda: all(len(lines(worker, "partition serves")) >= each for worker in workers), SECONDS, lab.logs)


def followed(worker: Worker) -> dict[int, int]:
    """Partitions whose copy is open and whole: to the offset that it had first reached."""
    found: dict[int, int] = {}
    for line in worker.log.splitlines():
        if match := re.search(r'"(?:event)": "standby (is whole|ends)"', line):
            row = json.loads(line)
            found.pop(row["partition"], None) if match[1] == "ends" else found.update({row["partition"]: row["offset"]})
    return found


def stand_by(lab: Lab, *names: str) -> list[Worker]:
    """Workers on as many machines, each partition served by one and followed by another."""
    lab.fill(4000, keys=2000)
    workers = [start(lab, names[0])]
    lab.drained(SECONDS)
    workers += [start(lab, name) for name in names[1:]]
    wait_for(lambda: sum(len(followed(worker)) for worker in workers) == PARTITIONS, SECONDS, lab.logs)
    return workers


def taken_over(worker: Worker, since: int) -> list[int]:
    """Rows that each take-over restored, but the first `since` ones."""
    return [int(str(row["rows"])) for row in lines(worker, "partition serves")[since:]]


@pytest.mark.parametrize("names", ["ab", "abc"])
def test_the_other_machine_restores_only_the_last_rows(lab: Lab, names: str) -> None:
    """The owner's machine is lost: whoever is given its partitions has a copy, restores what is new since, and everything is right.

    With three machines it shows that the standbys are where the assignor puts the partitions.
    """
    lost, *others = stand_by(lab, *names)
    lab.fill(100, seed=5)
    lab.drained(SECONDS)
    before = [len(lines(worker, "partition serves")) for worker in others]
    had = PARTITIONS - sum(before)
    lost.kill()
    lab.fill(100, seed=6)
    lab.drained(SECONDS)
    restored = [rows for worker, since in zip(others, before, strict=True) for rows in taken_over(worker, since)]
    assert len(restored) == had > 0
    assert sum(restored) < 200, f"the whole changelog has more than 4000 rows\n{lab.logs()}"
    assert lab.verdict().right, lab.verdict()
