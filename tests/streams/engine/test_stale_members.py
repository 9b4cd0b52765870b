"""A member that the group has given up without a word: it must neither commit what others own by now nor stand still for ever."""

import msgspec
import pytest

from streams.engine.faults import Point
from tests.streams.engine.lab import END_SECONDS, PARTITIONS, Lab, Worker, wait_for


@pytest.mark.kafka
def test_a_member_that_slept_while_it_gave_partitions_up_commits_nothing_of_the_rest(lab: Lab) -> None:
    """Its session ends meanwhile and others serve what it kept. The client joins as another member and still says that it owns that."""
    lab.fill(300)
    first = lab.start("a", fault=f"{Point.GIVEN_UP}:stop:1", misdeed="slow", hand_over_seconds=60)
    lab.drained()
    second = lab.start("b", session_ms=30_000, transaction_ms=30_000)  # it is stopped below, and must still be a member when it wakes
    wait_for(first.stopped, END_SECONDS, lab.logs)
    wait_for(lambda: second.log.count("partition serves") >= PARTITIONS, END_SECONDS, lab.logs)
    lab.fill(300, seed=2)
    for key in range(20):
        lab.send(b"key-%d" % key, b"now")
    lab.flush()
    lab.drained()
    second.stop()  # the round waits for it, until a batch that is not the first worker's any more is with its agent
    first.cont()
    wait_for(lambda: "misdeed slow" in first.log or first.process.poll() is not None, END_SECONDS, lab.logs)
    second.cont()
    wait_for(lambda: first.log.count("partitions revoked") >= 2 or first.process.poll() is not None, END_SECONDS, lab.logs)
    if first.process.poll() is None:
        first.kill()
    lab.start("a")
    lab.fill(300, seed=3)
    lab.drained()
    assert lab.verdict().right, lab.verdict()


@pytest.mark.kafka
def test_a_member_replaced_by_another_of_its_name_ends(lab: Lab) -> None:
    """Nothing comes in, so no commit would find it out; the client says it once, and serves nothing from then on."""
    lab.fill(100)
    first = lab.start("a")
    lab.drained()
    other = Worker(msgspec.structs.replace(first.job, folder=str(lab.folder / "other")), "", lab.module)
    lab.workers.append(other)
    assert first.exit_status() == 1
    lab.fill(100, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()
