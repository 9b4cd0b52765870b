"""Standby: a copy on another machine makes a take-over short, and can make nothing wrong."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

from streams.engine.faults import Point
from tests.streams.engine.lab import PARTITIONS, Lab, Worker, wait_for

SHORT: dict[str, Any] = {"session_ms": 6000, "transaction_ms": 6000, "standby_partitions": 8}
"""Not so short that a worker which gets no core for a while loses its session: take-overs are counted here."""
SECONDS = 120


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


def test_a_standby_killed_with_its_copies_open_goes_on(lab: Lab) -> None:
    """SIGKILL in the middle of a lot: the copy is what it says, the same instance goes on with it, and takes over from it."""
    lab.fill(4000, keys=2000)
    owner = start(lab, "a")
    lab.drained(SECONDS)
    killed = start(lab, "b", fault=f"{Point.STANDING_BY}:kill:4")
    assert killed.exit_status(SECONDS) == -9
    lab.fill(300, seed=5)
    heir = start(lab, "b")
    wait_for(lambda: len(followed(owner)) + len(followed(heir)) == PARTITIONS, SECONDS, lab.logs)
    owner.kill()
    lab.fill(300, seed=6)
    lab.drained(SECONDS)
    assert lab.verdict().right, lab.verdict()


def test_a_standby_that_stops_in_order_leaves_its_copies(lab: Lab) -> None:
    """SIGTERM closes the copies; after a restart they go on from where they were, not from the start."""
    _, stopped = stand_by(lab, "a", "b")
    reached = followed(stopped)
    assert stopped.terminate() == 0
    again = start(lab, "b")
    wait_for(lambda: set(followed(again)) == set(reached), SECONDS, lab.logs)
    begun = {row["partition"]: int(str(row["offset"])) for row in lines(again, "standby begins")}
    assert all(begun[partition] >= offset for partition, offset in reached.items())


def test_one_machine_keeps_no_copies(lab: Lab) -> None:
    """One worker does not even look; two on one machine look, and keep nothing."""
    lab.fill(200)
    first = start(lab, "a", machine="same")
    lab.drained(SECONDS)
    assert not lines(first, "standby looks for partitions")
    second = start(lab, "b", machine="same")
    all_served(lab, [second], 2)
    wait_for(lambda: bool(lines(second, "standby looks for partitions")), SECONDS, lab.logs)
    lab.fill(200, seed=2)
    lab.drained(SECONDS)
    assert not lines(first, "standby begins") + lines(second, "standby begins")


def test_a_standby_does_not_hide_a_truncated_changelog(lab: Lab) -> None:
    """Rows are gone before a copy had them: none is built on the rest, and the take-over refuses as it would without a standby."""
    lab.fill(600)
    alone: dict[str, Any] = {**SHORT, "standby_partitions": 0}
    owner = lab.start("a", **alone)
    lab.drained(SECONDS)
    heir = lab.start("b", **alone)
    all_served(lab, [heir], PARTITIONS // 2)
    lost = set(range(PARTITIONS)) - {int(str(row["partition"])) for row in lines(heir, "partition serves")}
    assert heir.terminate() == 0
    lab.delete_records(lost)
    heir = start(lab, "b")
    wait_for(lambda: {row["partition"] for row in lines(heir, "standby failed")} == lost, SECONDS, lab.logs)
    owner.kill()
    assert heir.exit_status(SECONDS) == 1
    assert "restore the topic, or reset the group" in heir.log.lower()


def test_a_standby_follows_a_changelog_that_is_compacted(lab: Lab) -> None:
    """While the standby was away most of what it had not read was compacted away: what it reads then is enough."""
    owner, heir = stand_by(lab, "a", "b")
    assert heir.terminate() == 0
    lab.set_changelog(segment_ms="200", max_compaction_lag_ms="200", min_cleanable_dirty_ratio="0.01")
    lab.fill(2000, keys=20, seed=7)
    lab.drained(SECONDS)
    wait_for(lambda: compacted(lab), SECONDS, lab.logs)
    heir = start(lab, "b")
    wait_for(lambda: len(followed(owner)) + len(followed(heir)) == PARTITIONS, SECONDS, lab.logs)
    since = len(lines(heir, "partition serves"))
    owner.kill()
    lab.fill(100, seed=8)
    lab.drained(SECONDS)
    assert sum(taken_over(heir, since)) < 200
    assert lab.verdict().right, lab.verdict()


def compacted(lab: Lab) -> bool:
    """Few rows are left of the 2000; a new row each time lets the log be rolled, or its last segment would never be cleaned."""
    lab.fill(1, keys=20, seed=9)
    return sum(1 for _ in lab.messages(str(lab.job.changelog))) < 4000
