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
from tests.streams.engine.lab import END_SECONDS, PARTITIONS, Lab, wait_for

LONG_SESSION_MS = 100_000
"""Whoever was killed is back within it, on a slow machine too."""

pytestmark = pytest.mark.kafka


def test_what_a_dead_member_gave_up_finds_an_owner(lab: Lab) -> None:
    """A static member that is back within its session starts no round by itself, so nobody would own what it gave up before it died."""
    times: dict[str, Any] = {"session_ms": LONG_SESSION_MS, "transaction_ms": LONG_SESSION_MS}
    lab.fill(300)
    first = lab.start("a", fault=f"{Point.GIVEN_UP}:kill:1", **times)
    lab.drained()
    second = lab.start("b", **times)
    first.exit_status()
    wait_for(lambda: '"places": []' in second.log, END_SECONDS, lab.logs)
    back = lab.start("a", **times)
    wait_for(lambda: "joining anew" in back.log, END_SECONDS, lab.logs)
    lab.fill(300, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()
    assert "joining anew" not in second.log, "only who owes the round calls it"
    wait_for(lambda: not debt(back.job.folder).exists(), END_SECONDS, lab.logs)


def test_the_round_that_is_owed_costs_nothing_but_a_take_over(lab: Lab) -> None:
    """Whoever calls it commits and gives up what it owns first, and serves it again; an ordered stop leaves no debt."""
    owed = debt(str(lab.folder / "a"))
    owed.parent.mkdir(parents=True)
    owed.touch()
    lab.fill(600)
    worker = lab.start("a")
    wait_for(lambda: worker.log.count('"event": "partitions assigned"') == 2, END_SECONDS, lab.logs)
    lab.fill(600, seed=2)
    lab.drained()
    assert worker.log.count("partition serves") >= PARTITIONS
    assert worker.log.count("joining anew") == 1
    assert worker.terminate() == 0
    assert not owed.exists()
    assert lab.verdict().right, lab.verdict()


class Told:
    """A consumer that takes what it is told."""

    def memberid(self) -> str:
        """Always the same."""
        return "m"

    def take(self, *_: object, **__: object) -> None:
        """Taken."""

    incremental_assign = incremental_unassign = pause = subscribe = unsubscribe = take


@pytest.fixture
def owed(tmp_path: Path) -> OwedRound:
    """No debt yet."""
    return OwedRound(tmp_path / OWED_ROUND)


def member(owed: OwedRound) -> Group:
    """A member that owns and serves partitions 0 to 3."""
    consumer, spec = cast("Consumer", Told()), StageSpec("s", "s", (Input("t"),))
    group = Group(
        consumer, spec, lambda _: cast("TakeOver", None), lambda: None, lambda: None, counts={"t": 4}, contiguous=False, owed=owed
    )
    group._assign(consumer, places(0, 1, 2, 3))
    group.take_overs.clear()
    return group


def places(*numbers: int) -> list[TopicPartition]:
    """Partitions of the one topic."""
    return [TopicPartition("t", number) for number in numbers]


@pytest.mark.parametrize("same_round", [(), (4,)])
@pytest.mark.parametrize("next_round", [(), (0,)])
def test_the_round_after_the_one_that_takes_away_pays(owed: OwedRound, same_round: tuple[int, ...], next_round: tuple[int, ...]) -> None:
    """A round that takes partitions away tells an assignment of its own, empty or not; who stops then owes the next one all the same."""
    group = member(owed)
    group._counts["t"] = 5
    assert not owed.owed()
    group._revoke(group.consumer, places(0))
    assert owed.owed()
    group._assign(group.consumer, places(*same_round))
    assert owed.owed(), "paid by the round that took the partition away"
    group._assign(group.consumer, places(*next_round))
    assert not owed.owed()


def test_after_a_lost_session_the_next_assignment_is_a_new_round(owed: OwedRound) -> None:
    """Nothing of the broken round is told any more."""
    group = member(owed)
    group._revoke(group.consumer, places(0))
    group._lost(group.consumer, places(1, 2, 3))
    group._assign(group.consumer, places(1))
    assert not owed.owed()


def test_joining_anew_pays_with_the_next_assignment(owed: OwedRound, tmp_path: Path) -> None:
    """What is given up by leaving is given away by the round that the joining calls: one round more, not one at every start."""
    owed.owe()
    owed = OwedRound(tmp_path / OWED_ROUND)
    group = member(owed)
    assert owed.owed(), "an assignment repeated by the broker is no round"
    assert group.owes_round()
    group.join_anew()
    assert not group.owes_round()
    group._revoke(group.consumer, places(0, 1, 2, 3))
    assert owed.owed()
    group._assign(group.consumer, places(0, 1, 2, 3))
    assert not owed.owed()


def debt(folder: str) -> Path:
    """Where a worker keeps what it owes."""
    return Path(folder) / OWED_ROUND
