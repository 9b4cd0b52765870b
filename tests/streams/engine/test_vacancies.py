"""A member dies between giving partitions up and joining the next round: they find an owner again."""

from typing import Any

import pytest

from streams.engine.faults import Point
from streams.engine.members import Member
from streams.engine.vacancies import called, vacant
from tests.streams.engine.lab import PARTITIONS, Lab, wait_for

LONG_SESSION_MS = 30_000
"""Whoever was killed is back within it."""


def member(name: str, *partitions: int) -> Member:
    """A member with these partitions of one topic."""
    return Member(f"{name}-id", name, "m", tuple(("people", partition) for partition in partitions))


@pytest.mark.kafka
def test_what_a_dead_member_gave_up_finds_an_owner(lab: Lab) -> None:
    """A static member that is back within its session starts no round, so nobody owns what it gave up before it died."""
    times: dict[str, Any] = {"session_ms": LONG_SESSION_MS, "transaction_ms": LONG_SESSION_MS}
    lab.fill(300)
    first = lab.start("a", fault=f"{Point.GIVEN_UP}:kill:1", **times)
    lab.drained()
    second = lab.start("b", **times)
    first.exit_status(60)
    wait_for(lambda: '"places": []' in second.log, 60, lab.logs)
    back = lab.start("a", **times)
    wait_for(lambda: back.log.count("partition serves") >= PARTITIONS + PARTITIONS // 2, 60, lab.logs)
    lab.fill(300, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()
    assert "partitions have no owner, joining anew" in second.log, "the member with nothing calls the round"
    assert "joining anew" not in back.log, "and it alone"


@pytest.mark.kafka
def test_a_member_with_partitions_can_call_the_round(lab: Lab) -> None:
    """What it owns is committed and given up first, and served again after the round; nothing is lost or doubled."""
    worker = lab.start("a", misdeed="vacant")
    lab.fill(600)
    wait_for(lambda: worker.log.count("partition serves") == PARTITIONS, 60, lab.logs)
    lab.send(b"key-1", b"now")
    lab.fill(600, seed=2)
    wait_for(lambda: worker.log.count("partition serves") == 2 * PARTITIONS, 60, lab.logs)
    lab.fill(300, seed=3)
    lab.drained()
    assert worker.log.count("joining anew") == 1
    assert lab.verdict().right, lab.verdict()


@pytest.mark.parametrize(
    ("members", "free", "name"),
    [
        ([member("a", 0, 1), member("b", 2, 3)], set(), "a"),
        ([member("a", 0), member("b"), member("c", 2)], {1, 3}, "b"),
        ([member("b", 0), member("a", 1)], {2, 3}, "a"),
    ],
    ids=["all owned", "one has nothing", "equals: by name"],
)
def test_who_calls_the_round_for_what(members: list[Member], free: set[int], name: str) -> None:
    """Whoever has least, for everything that no member has."""
    places = [("people", partition) for partition in range(4)]
    assert {partition for _, partition in vacant(places, members)} == free
    assert called(members) == name
