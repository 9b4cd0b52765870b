"""Kill -9 of the workers that deliver, of the workbench and of Redis, under load."""

from pathlib import Path

import msgspec
import pytest

from tests.chaos.delivery import KILLED, SEEN, Report, chaos

RIGHT = Report(1, {}, lost=0, twice=0, repeats=3, wrong_in_redis=0, wrong_on_desk=0, answers={"200": 5, "503": 1, "away": 1})


@pytest.mark.chaos
@pytest.mark.kafka
@pytest.mark.redis
@pytest.mark.timeout(900)
def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """Every revision reaches the consumer, none is acted on twice; Redis and the list have the newest of each; the clerk stays signed in."""
    report = chaos(tmp_path, 40.0, 1)
    assert report.right, report
    assert report.revisions > 2000, "too few revisions to prove anything"
    assert set(report.kills) == set(KILLED), "something was never killed"
    assert report.answers["200"] > SEEN, "the workbench was never seen"


@pytest.mark.parametrize(
    "fault",
    [{"lost": 1}, {"twice": 1}, {"wrong_in_redis": 1}, {"wrong_on_desk": 1}, {"answers": {"200": 5, "500": 1}}, {"answers": {"401": 1}}],
)
def test_each_fault_is_a_failure(fault: dict[str, object]) -> None:
    """The report of a run can be wrong in each of its parts; repeats that a check tells are none."""
    assert RIGHT.right
    assert not msgspec.structs.replace(RIGHT, **fault).right
