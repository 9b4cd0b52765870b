"""Alert rules: accepted by promtool, unit-tested by it, each with consequence, action and a runbook page."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.promql import FOREIGN, exported, names_in
from tests.servers.prometheus import promtool

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/rules"
TESTS = ROOT / "deploy/prometheus/tests"
RUNBOOKS = ROOT / "deploy/runbooks"
SECTIONS = ["## What it means", "## Look", "## Mend", "## Over when"]
SUBJECTS = {
    "lag": "CanbaoLagTooHigh",
    "freshness": "CanbaoFeedSilent",
    "brake": "CanbaoFeedStopped",
    "dead letters": "CanbaoDeadLetters",
    "restore_blocked": "CanbaoRestoreBlocked",
    "quarantine": "CanbaoPersonsQuarantined",
    "commit time": "CanbaoCommitSlow",
    "fan-out": "CanbaoFanOutOverAim",
    "loop stall": "CanbaoLoopStalled",
    "sink behind": "CanbaoSinkBehind",
    "horizon standing still": "CanbaoHorizonStandsStill",
    "disk": "CanbaoDiskFilling",
    "clock": "CanbaoClockWrong",
}


def rules() -> list[dict[str, Any]]:
    """Every alert of every file."""
    groups = [group for file in sorted(RULES.glob("*.yaml")) for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules()}


def test_promtool_accepts_the_rules() -> None:
    """Syntax and templates."""
    done = promtool("check", "rules", *map(str, sorted(RULES.glob("*.yaml"))))
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_runs_the_unit_tests() -> None:
    """Time series in, alerts out."""
    done = promtool("test", "rules", *map(str, sorted(TESTS.glob("*.yaml"))))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_threshold_fails_its_unit_test(tmp_path: Path) -> None:
    """The unit tests can fail: a rule that never fires is noticed."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "tests").mkdir()
    text = (RULES / "workers.yaml").read_text()
    (tmp_path / "rules/workers.yaml").write_text(text.replace("> 60", "> 600000"))
    (tmp_path / "tests/workers.yaml").write_text((TESTS / "workers.yaml").read_text())
    done = promtool("test", "rules", str(tmp_path / "tests/workers.yaml"))
    assert done.returncode != 0
    assert "CanbaoLoopStalled" in done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_alert_is_shown_silent_and_firing(file: Path) -> None:
    """Every alert of a file has one test group, with a moment at which it does not fire or an innocent series, and one at which it does."""
    wanted = [rule["alert"] for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    groups = {group["name"]: group for group in yaml.safe_load((TESTS / file.name).read_text())["tests"]}
    assert list(groups) == wanted
    for name, group in groups.items():
        results = [check["exp_samples"] for check in group["promql_expr_test"]]
        assert any(results), name
        assert [] in results, name


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_to_do(name: str) -> None:
    """Consequence, action, severity, and a runbook with its four sections."""
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert all(len(rule["annotations"][key]) > 10 for key in ("summary", "consequence", "action"))
    runbook = ROOT / rule["annotations"]["runbook_url"]
    assert runbook.name == f"{name}.md"
    text = runbook.read_text()
    assert text.startswith(f"# {name}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert rule["annotations"]["consequence"] in text


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_asks_for_metrics_that_exist(name: str) -> None:
    """Every name of the expression is in schemas/metrics.py, or Prometheus's own."""
    assert names_in(ALERTS[name]["expr"]) <= exported() | FOREIGN


def test_no_runbook_is_left_over_and_no_subject_forgotten() -> None:
    """One page an alert, and an alert for each thing that must be watched."""
    assert {path.stem for path in RUNBOOKS.glob("Canbao*.md")} == ALERTS.keys()
    assert set(SUBJECTS.values()) <= ALERTS.keys()
