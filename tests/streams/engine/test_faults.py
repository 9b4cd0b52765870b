"""Every named fault point, on one stage: a process stopped or killed exactly there loses nothing and repeats nothing."""

import shutil

import pytest

from streams.engine.faults import Point
from tests.streams.engine.lab import Lab, wait_for

COMMIT_POINTS = [point for point in Point if point is not Point.RESTORING]
NEVER_RETURNS = [Point.PRODUCED, Point.OFFSETS_ACCEPTED, Point.COMMITTED]
SESSION_MS = 3000


@pytest.mark.parametrize("point", COMMIT_POINTS)
def test_killed_worker_returns(lab: Lab, point: Point) -> None:
    """Killed at a point of its commit, the same instance comes back on its own folder and goes on exactly where it was."""
    lab.fill(600)
    worker = lab.start(fault=f"{point}:kill:2")
    wait_for(lambda: lab.job.source in worker.log, 20, lab.logs)
    lab.fill(600, seed=2)
    assert worker.exit_status(30) == -9
    lab.start()
    lab.fill(300, seed=3)
    lab.drained()
    assert lab.verdict().right, lab.verdict()


@pytest.mark.parametrize("point", COMMIT_POINTS)
def test_another_takes_over_and_the_zombie_wakes(lab: Lab, point: Point) -> None:
    """Stopped at a point of its commit past its session, a worker is replaced; when it wakes it may finish or be fenced, never double."""
    lab.fill(600)
    zombie = lab.start("a", fault=f"{point}:stop:2", session_ms=SESSION_MS, transaction_ms=SESSION_MS)
    wait_for(lambda: lab.job.source in zombie.log, 20, lab.logs)
    lab.fill(600, seed=2)
    wait_for(zombie.stopped, 30, lab.logs)
    lab.start("b", session_ms=SESSION_MS, transaction_ms=SESSION_MS)
    lab.fill(300, seed=3)
    lab.drained()
    zombie.cont()
    lab.fill(300, seed=4)
    lab.drained()
    assert lab.verdict().right, lab.verdict()


@pytest.mark.parametrize("point", NEVER_RETURNS)
def test_machine_never_returns(lab: Lab, point: Point) -> None:
    """The machine is lost at a point of its commit, its folder with it: another worker rebuilds from the changelog."""
    lab.fill(600)
    lost = lab.start("a", fault=f"{point}:kill:2", session_ms=SESSION_MS, transaction_ms=SESSION_MS)
    wait_for(lambda: lab.job.source in lost.log, 20, lab.logs)
    lab.fill(600, seed=2)
    assert lost.exit_status(30) == -9
    shutil.rmtree(lost.job.folder)
    lab.workers.remove(lost)
    lab.start("b", session_ms=SESSION_MS, transaction_ms=SESSION_MS)
    lab.drained()
    assert lab.verdict().right, lab.verdict()


@pytest.mark.parametrize("returns", [True, False], ids=["returns", "another"])
def test_killed_while_restoring(lab: Lab, returns: bool) -> None:
    """Killed in the middle of a restore, the next take-over ends it: same instance on its half-restored folder, or another one."""
    lab.fill(600)
    first = lab.start("a")
    lab.drained()
    assert first.terminate() == 0
    half = lab.start("b", fault=f"{Point.RESTORING}:kill:2", session_ms=SESSION_MS, transaction_ms=SESSION_MS)
    assert half.exit_status(30) == -9
    lab.start("b" if returns else "c", session_ms=SESSION_MS, transaction_ms=SESSION_MS)
    lab.fill(300, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()
