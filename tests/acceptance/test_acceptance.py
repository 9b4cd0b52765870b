"""The acceptance scenarios of the field pass to the date, month, level and fen."""

from pathlib import Path

import pytest

from processors.scenario.run import run_scenario
from schemas.policy import load_policy
from streams.cli.judge import scenarios
from streams.cli.judge_raw import RawRecords

FOLDER = Path(__file__).parent
POLICY = load_policy()
CASES = scenarios([FOLDER])


@pytest.mark.parametrize("scenario", [pytest.param(one, id=f"{path.stem}: {one['name']}") for path, one, *_ in CASES])
def test_scenario(scenario: dict[str, object]) -> None:
    """The story of this scenario publishes what the field expects."""
    run = run_scenario(scenario, POLICY, RawRecords())
    assert not run.mismatches, "\n".join(f"{m.where}: expected {m.expected}; found {m.found}" for m in run.mismatches)
