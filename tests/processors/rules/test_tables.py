"""Every row of every rule's table gives exactly the alerts that it lists."""

from pathlib import Path

import pytest

from processors.scenario.run import run_scenario
from schemas.policy import load_policy
from streams.cli.judge import scenarios
from streams.cli.judge_raw import RawRecords
from tests.processors.rules.asked import AskedWell

TABLES = Path(__file__).parent / "tables"
POLICY = AskedWell(load_policy())
CASES = scenarios([TABLES]) if any(TABLES.glob("*.yaml")) else []


@pytest.mark.parametrize("scenario", [pytest.param(one, id=f"{path.stem}: {one['name']}") for path, one in CASES])
def test_table_row(scenario: dict[str, object]) -> None:
    """The history of this row publishes what the row expects, to the date, month, level and fen."""
    run = run_scenario(scenario, POLICY, RawRecords())
    assert not run.mismatches, "\n".join(f"{m.where}: expected {m.expected}; found {m.found}" for m in run.mismatches)
    known = {alert.alert_id for alert in run.alerts}
    assert {alert.superseded_by for alert in run.alerts if alert.superseded_by} <= known, (
        "an alert is superseded by one that nobody has seen"
    )
