"""The four safety conditions of the hand-over, ordered stop, and the death of the engine: a worker never lives on without its engine."""

import pytest

from tests.streams.engine.lab import END_SECONDS, Lab, wait_for

GRACE_SECONDS = 6.0
"""Behaving batches must be done in it, on a machine that has other things to do."""


def misdeed(lab: Lab, what: str) -> int:
    """Start a worker that behaves until a record says `now`; its exit status."""
    lab.fill(100)
    worker = lab.start(misdeed=what, hand_over_seconds=GRACE_SECONDS)
    lab.drained()
    lab.send(b"key-1", b"now")
    lab.flush()
    return worker.exit_status()


@pytest.mark.parametrize("what", ["raise", "forget", "hang", "block"])
def test_bad_agent_ends_the_process_and_commits_nothing(lab: Lab, what: str) -> None:
    """An agent that raises, forgets to yield, hangs in an await or blocks the loop: exit status not 0, its batch not committed, nothing lost."""
    assert misdeed(lab, what) != 0
    assert lab.lag() == 1, "the batch of the misdeed was committed"
    lab.start()
    lab.drained()
    assert lab.verdict().right, lab.verdict()


def test_sigterm_in_mid_batch_commits_and_exits_0(lab: Lab) -> None:
    """SIGTERM while the agent works: the batch is finished and committed, the exit status is 0."""
    lab.fill(100)
    worker = lab.start(misdeed="slow")
    lab.drained()
    lab.send(b"key-1", b"now")
    lab.flush()
    wait_for(lambda: "misdeed slow" in worker.log, END_SECONDS, lab.logs)
    assert worker.terminate() == 0
    assert lab.lag() == 0
    assert lab.verdict().right, lab.verdict()


def test_crash_of_the_engine_ends_the_worker(lab: Lab) -> None:
    """The engine's thread dies (its input topic is missing): the Faust worker ends non-zero and says why."""
    worker = lab.start(source="no-such-topic")
    assert worker.exit_status() == 1
    assert "topics are missing: no-such-topic" in worker.log


def test_a_foreign_partitioner_is_refused(lab: Lab) -> None:
    """A keyed record in the wrong partition: the stage would keep one key's state in two places, so it refuses."""
    from streams.engine.partitioner import partition_of  # noqa: PLC0415 - used by this test only

    wrong = (partition_of(b"key-1", 4) + 1) % 4
    lab.send(b"key-1", partition=wrong)
    lab.flush()
    worker = lab.start()
    assert worker.exit_status() == 1
    assert "murmur2" in worker.log
