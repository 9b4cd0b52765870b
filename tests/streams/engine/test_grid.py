"""The full grid: every fault point on either of two chained stages, for each way a machine comes back or does not."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.engine.faults import Point
from tests.servers.fixtures import Broker
from tests.streams.engine.lab import END_SECONDS, Lab, Worker, wait_for

SHORT: dict[str, Any] = {"session_ms": 3000, "transaction_ms": 3000}
COMMIT_POINTS = [point for point in Point if point not in {Point.RESTORING, Point.STANDING_BY, Point.GIVEN_UP}]


@pytest.fixture
def chain(kafka: Broker, tmp_path: Path) -> Iterator[tuple[Lab, Lab]]:
    """Two stages: the second counts the alerts of the first."""
    first, second = Lab(kafka.bootstrap, tmp_path / "first"), Lab(kafka.bootstrap, tmp_path / "second")
    second.job = msgspec.structs.replace(second.job, source=first.job.alerts)
    yield first, second
    first.close()
    second.close()


def both_right(first: Lab, second: Lab) -> None:
    """Wait for both stages and check both: the second must have seen exactly the alerts of the first."""
    first.drained()
    second.drained_behind(first)
    second.sent = Counter({key: events // 2 for key, events in first.sent.items() if events > 1})
    assert first.verdict().right, first.verdict()
    assert second.verdict().right, second.verdict()


def lose(lab: Lab, worker: Worker) -> None:
    """The machine is gone with its volume."""
    shutil.rmtree(worker.job.folder)
    lab.workers.remove(worker)


@pytest.mark.proof
@pytest.mark.parametrize("point", COMMIT_POINTS)
@pytest.mark.parametrize("way", ["returns", "another", "never"])
@pytest.mark.parametrize("stage", [0, 1])
def test_a_fault_on_a_chain(chain: tuple[Lab, Lab], stage: int, way: str, point: Point) -> None:
    """A stage of a chain is stopped or killed at a point of its commit; both stages end exactly right."""
    hit, calm = chain[stage], chain[1 - stage]
    calm.start("calm", **SHORT)
    worker = hit.start("a", fault=f"{point}:{'stop' if way == 'another' else 'kill'}:3", **SHORT)
    wait_for(lambda: "partition serves" in worker.log, END_SECONDS, hit.logs)
    for seed in range(8):
        chain[0].fill(300, seed=seed)
        chain[0].drained() if stage == 1 else wait_for(lambda: chain[0].lag() == 0 or ended(worker), END_SECONDS, hit.logs)
        if ended(worker):
            break
    wait_for(lambda: ended(worker), END_SECONDS, hit.logs)
    if way == "never":
        lose(hit, worker)
    hit.start("a" if way == "returns" else "b", **SHORT)
    chain[0].fill(300, seed=99)
    both_right(*chain)
    if way == "another":
        worker.cont()
        chain[0].fill(300, seed=100)
        both_right(*chain)


@pytest.mark.proof
@pytest.mark.parametrize("stage", [0, 1])
@pytest.mark.parametrize("way", ["returns", "another", "never"])
def test_a_fault_in_a_restore_on_a_chain(chain: tuple[Lab, Lab], stage: int, way: str) -> None:
    """A stage of a chain is killed while it restores; both stages end exactly right."""
    hit, calm = chain[stage], chain[1 - stage]
    calm.start("calm", **SHORT)
    first = hit.start("a", **SHORT)
    chain[0].fill(600)
    chain[0].drained()
    chain[1].drained_behind(chain[0])
    assert first.terminate() == 0
    half = hit.start("b", fault=f"{Point.RESTORING}:kill:2", **SHORT)
    assert half.exit_status() == -9
    if way == "never":
        lose(hit, half)
    hit.start("b" if way == "returns" else "c", **SHORT)
    chain[0].fill(300, seed=2)
    both_right(*chain)


def ended(worker: Worker) -> bool:
    """Stopped or killed at its point."""
    return worker.stopped() or worker.process.poll() is not None
