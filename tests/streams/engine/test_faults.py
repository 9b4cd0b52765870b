"""Every named fault point, on one stage: a process stopped or killed exactly there loses nothing and repeats nothing.

Most of a scenario is waiting for sessions and transactions to end, so a few run at a time; each test asks for the outcome of its own.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from streams.engine.faults import Point
from tests.servers.fixtures import Broker
from tests.streams.engine.lab import Lab, Verdict

COMMIT_POINTS = [point for point in Point if point not in {Point.RESTORING, Point.STANDING_BY, Point.GIVEN_UP}]
SHORT: dict[str, Any] = {"session_ms": 3000, "transaction_ms": 3000}
AT_A_TIME = 4
RESULT_SECONDS = 840
"""Of a scenario: its waits, each at its limit, beside those of others."""

Scenario = Callable[[Lab, Point], None]


def returns(lab: Lab, point: Point) -> None:
    """Killed at a point of its commit, the same instance comes back on its own folder."""
    lab.fill(600)
    worker = lab.start(fault=f"{point}:kill:2")
    lab.fill(600, seed=2)
    lab.go_on_until(lambda: worker.process.poll() is not None)
    assert worker.exit_status(1) == -9
    lab.start()


def another_takes_over(lab: Lab, point: Point) -> None:
    """Stopped at a point of its commit past its session, a worker is replaced; then it wakes, and may finish or be fenced, never double."""
    lab.fill(600)
    zombie = lab.start("a", fault=f"{point}:stop:2", **SHORT)
    lab.go_on_until(zombie.stopped)
    lab.start("b", **SHORT)
    lab.fill(300, seed=3)
    lab.drained()
    zombie.cont()


def never_returns(lab: Lab, point: Point) -> None:
    """The machine is lost at a point of its commit, its folder with it: another worker rebuilds from the changelog."""
    lab.fill(600)
    lost = lab.start("a", fault=f"{point}:kill:2", **SHORT)
    lab.go_on_until(lambda: lost.process.poll() is not None)
    shutil.rmtree(lost.job.folder)
    lab.workers.remove(lost)
    lab.start("b", **SHORT)


def killed_while_restoring(lab: Lab, heir: str) -> None:
    """Killed in the middle of a restore, the next take-over ends it."""
    lab.fill(600)
    first = lab.start("a", **SHORT)
    lab.drained()
    assert first.terminate() == 0
    half = lab.start("b", fault=f"{Point.RESTORING}:kill:2", **SHORT)
    assert half.exit_status() == -9
    lab.start(heir, **SHORT)


def restore_returns(lab: Lab, _point: Point) -> None:
    """The same instance goes on with its half-restored folder."""
    killed_while_restoring(lab, "b")


def restore_another(lab: Lab, _point: Point) -> None:
    """Another instance begins anew."""
    killed_while_restoring(lab, "c")


GRID: list[tuple[Scenario, Point]] = [
    *((scenario, point) for scenario in (returns, another_takes_over) for point in COMMIT_POINTS),
    *((never_returns, point) for point in (Point.PRODUCED, Point.OFFSETS_ACCEPTED, Point.COMMITTED)),
    (restore_returns, Point.RESTORING),
    (restore_another, Point.RESTORING),
]


def outcome(lab: Lab, scenario: Scenario, point: Point) -> Verdict:
    """Play a scenario, go on for a while, and check."""
    with closing(lab):
        scenario(lab, point)
        lab.fill(300, seed=99)
        lab.drained()
        return lab.verdict()


@pytest.fixture(scope="module")
def outcomes(kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, Point], Future[Verdict]]]:
    """All scenarios, a few at a time."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield {
            (scenario.__name__, point): pool.submit(outcome, Lab(kafka.bootstrap, tmp_path_factory.mktemp("lab")), scenario, point)
            for scenario, point in GRID
        }


@pytest.mark.timeout(RESULT_SECONDS + 60)
@pytest.mark.parametrize(("scenario", "point"), [(scenario.__name__, point) for scenario, point in GRID])
def test_a_fault_loses_and_repeats_nothing(outcomes: dict[tuple[str, Point], Future[Verdict]], scenario: str, point: Point) -> None:
    """Whatever point of its commit or restore a worker is stopped or killed at, alerts and rows are exactly as the model says."""
    verdict = outcomes[scenario, point].result(RESULT_SECONDS)
    assert verdict.right, verdict
    assert verdict.wanted > 300, "too few alerts to prove anything"
