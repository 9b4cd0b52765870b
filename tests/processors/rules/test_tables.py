"""Every row of every rule's table gives exactly the alerts that it lists."""

import re
from pathlib import Path

import pytest

from processors.scenario.run import run_scenario
from schemas.alert import Alert
from schemas.facts import AnyFact
from schemas.kinds import Premise
from schemas.policy import load_policy
from sinks.web.wording import label
from streams.cli.judge import scenarios
from streams.cli.judge_raw import RawRecords
from tests.processors.rules.asked import AskedWell

TABLES = Path(__file__).parent / "tables"
POLICY = AskedWell(load_policy())
UNFILLED = re.compile(r"None|True|False|[{}<>]|\b\w+\.\w+=|。。|：。|，。|（）")
FIELDS = {of.__name__: set(of.__struct_fields__) for of in AnyFact.__args__}
"""What a fact of each class can be evidence by."""
CASES = scenarios([TABLES]) if any(TABLES.glob("*.yaml")) else []


@pytest.mark.parametrize("scenario", [pytest.param(one, id=f"{path.stem}: {one['name']}") for path, one, *_ in CASES])
def test_table_row(scenario: dict[str, object]) -> None:
    """The history of this row publishes what the row expects, to the date, month, level and fen."""
    run = run_scenario(scenario, POLICY, RawRecords())
    assert not run.mismatches, "\n".join(f"{m.where}: expected {m.expected}; found {m.found}" for m in run.mismatches)
    for alert in run.alerts:
        check_text(alert)
        for one in alert.evidence:
            assert one.field in FIELDS[one.value_class], f"{alert.rule} points at {one.value_class}.{one.field}, which is none"
            assert label("fact_field", one.field) != one.field, f"{alert.rule} points at {one.field}, which has no Chinese name"
    known = {alert.alert_id for alert in run.alerts}
    assert {alert.superseded_by for alert in run.alerts if alert.superseded_by} <= known, (
        "an alert is superseded by one that nobody has seen"
    )


def check_text(alert: Alert) -> None:
    """What every text owes its reader: no value that was never filled in, and why it is gone where it is."""
    assert not UNFILLED.search(alert.text), alert.text
    if alert.premise in {Premise.HEALED, Premise.RETRACTED}:
        ending = alert.text.split("\n")[1]
        assert ending.startswith("结论：")
        assert ending.rstrip("。").count("。"), f"{alert.rule} is {alert.premise} and does not say why: {ending}"
