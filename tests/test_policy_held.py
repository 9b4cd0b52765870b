"""Every policy number is held by a story that an official can read: moved by the smallest step, a table row or an acceptance scenario differs."""

from pathlib import Path

import pytest

from processors.scenario.run import run_scenario
from schemas.policy import load_policy
from streams.cli.judge import Given, scenarios
from streams.cli.judge_raw import RawRecords
from tests.policy_changes import Change, Listening, changes

FOLDERS = [Path(__file__).parent / "acceptance", Path(__file__).parent / "processors/rules/tables"]
ELSEWHERE = {
    "contrib.ledger_unmatched_days": "feeds a metric, no alert: tests/processors/test_unmatched.py",
    "medres.window_start": "only its month counts: tests/processors/person/test_collection_window.py",
    "medres.window_end": "only its month counts: tests/processors/person/test_collection_window.py",
}

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def heard() -> list[tuple[Given, set[str | int]]]:
    """Each scenario with what it asks of the policy."""
    found = []
    for given in scenarios(FOLDERS):
        policy = Listening(load_policy())
        assert not given.run(policy).mismatches
        found.append((given, policy.heard))
    return found


@pytest.mark.parametrize("change", [pytest.param(one, id=one.label) for one in changes()])
def test_a_story_stands_on_the_edge(change: Change, heard: list[tuple[Given, set[str | int]]], tmp_path: Path) -> None:
    """Some scenario that reads the value expects something else when it is moved."""
    if change.read in ELSEWHERE:
        pytest.skip(ELSEWHERE[str(change.read)])
    policy = change.policy(tmp_path)
    readers = [given for given, read in heard if change.read in read]
    assert readers, f"{change.read} is read by no scenario"
    assert any(run_scenario(given.scenario, policy, RawRecords()).mismatches for given in readers), (
        f"{len(readers)} scenarios read it, none minds"
    )
