"""A member dies between giving partitions up and joining the next round: they find an owner again."""

from pathlib import Path
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, TopicPartition

from streams.engine.faults import Point
from streams.engine.group import Group
from streams.engine.owed_round import OWED_ROUND, OwedRound
from streams.engine.spec import Input, StageSpec
from streams.engine.takeover import TakeOver
from tests.streams.engine.lab import PARTITIONS, Lab, wait_for

LONG_SESSION_MS = 30_000
"""Whoever was killed is back within it."""

pytestmark = pytest.mark.kafka


def test_what_a_dead_member_gave_up_finds_an_owner(lab: Lab) -> None:
    """A static member that is back within its session starts no round by itself, so nobody would own what it gave up before it died."""
    times: dict[str, Any] = {"session_ms": LONG_SESSION_MS, "transaction_ms": LONG_SESSION_MS}
    lab.fill(300)
    first = lab.start("a", fault=f"{Point.GIVEN_UP}:kill:1", **times)
    lab.drained()
    second = lab.start("b", **times)
    first.exit_status(60)
    wait_for(lambda: '"places": []' in second.log, 60, lab.logs)
    back = lab.start("a", **times)
    wait_for(lambda: "joining anew" in back.log, 60, lab.logs)
    lab.fill(300, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()
    assert "joining anew" not in second.log, "only who owes the round calls it"
    wait_for(lambda: not debt(back.job.folder).exists(), 60, lab.logs)


def test_the_round_that_is_owed_costs_nothing_but_a_take_over(lab: Lab) -> None:
    """Whoever calls it commits and gives up what it owns first, and serves it again; an ordered stop leaves no debt."""
    owed = debt(str(lab.folder / "a"))
    owed.parent.mkdir(parents=True)
    owed.touch()
    lab.fill(600)
    worker = lab.start("a")
    wait_for(lambda: worker.log.count('"event": "partitions assigned"') == 2, 60, lab.logs)
    lab.fill(600, seed=2)
    lab.drained()
    assert worker.log.count("partition serves") >= PARTITIONS
    assert worker.log.count("joining anew") == 1
    assert worker.terminate() == 0
    assert not owed.exists()
    assert lab.verdict().right, lab.verdict()


def test_an_empty_assignment_pays_nothing(tmp_path: Path) -> None:
    """A round that takes partitions away tells the assignment that is left, nothing new, at once; who stops then owes the next round all the same."""

    class Told:
        """A consumer that takes what it is told."""

        def memberid(self) -> str:
            """Always the same."""
            return "m"

        def incremental_assign(self, places: list[TopicPartition]) -> None:
            """Taken."""

        def incremental_unassign(self, places: list[TopicPartition]) -> None:
            """Taken."""

        def pause(self, places: list[TopicPartition]) -> None:
            """Taken."""

    consumer = cast("Consumer", Told())
    owed = OwedRound(tmp_path / OWED_ROUND)
    spec = StageSpec("s", "s", (Input("t"),))
    group = Group(
        consumer, spec, lambda _: cast("TakeOver", None), lambda: None, lambda: None, counts={"t": 4}, contiguous=False, owed=owed
    )
    group._assign(consumer, [TopicPartition("t", number) for number in range(4)])
    assert not owed.owed()
    for place in list(group.take_overs):  # all are taken over
        del group.take_overs[place]
    group._revoke(consumer, [TopicPartition("t", 0)])
    assert owed.owed()
    group._assign(consumer, [])
    assert owed.owed(), "paid by the round that took the partition away"
    group._assign(consumer, [TopicPartition("t", 0)])
    assert not owed.owed()


def debt(folder: str) -> Path:
    """Where a worker keeps what it owes."""
    return Path(folder) / OWED_ROUND
