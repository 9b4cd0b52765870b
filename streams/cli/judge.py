"""`canbao judge FILE…`: run scenarios with no broker and compare the alerts with what the file expects."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table

from processors.scenario.run import Run, run_scenario
from schemas.alert import Alert
from schemas.dates import date_of
from streams.cli.judge_raw import RawRecords
from streams.policy import policy_of
from streams.settings import load_settings

SUFFIXES = ("*.yaml", "*.yml")


def judge(
    files: Annotated[list[Path], typer.Argument(help="Scenario files, or folders of them", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per revision instead of a table")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only differences and the closing line")] = False,
) -> None:
    """Run scenarios: a history in, alerts out. Exit 1 where a scenario differs from what it expects."""
    console = Console(width=160)
    policy = policy_of(load_settings())
    passed = failed = 0
    for path, scenario in scenarios(files):
        run = run_scenario(scenario, policy, RawRecords())
        if as_json:
            for alert in run.alerts:
                typer.echo(json_line(run.name, alert))
        elif not quiet:
            console.print(table_of(run, path))
        for wrong in run.mismatches:
            console.print(
                f"[red]{path.name}: {run.name}: {wrong.where}[/red]\n  expected: {wrong.expected}\n  found:    {wrong.found}", markup=True
            )
        passed, failed = (passed, failed + 1) if run.mismatches else (passed + 1, failed)
    if not as_json:
        console.print(f"{passed} scenarios passed of {passed + failed}")
    if failed:
        raise typer.Exit(1)


def scenarios(files: list[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """The scenarios of files and folders; a file may hold several as YAML documents or a list under `scenarios`."""
    found: list[tuple[Path, dict[str, Any]]] = []
    for given in files:
        paths = sorted(path for suffix in SUFFIXES for path in given.rglob(suffix)) if given.is_dir() else [given]
        for path in paths:
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                if document:
                    found += [(path, one) for one in document.get("scenarios", [document])]
    return found


def table_of(run: Run, path: Path) -> Table:
    """The alert history of one scenario."""
    table = Table(title=f"{path.name}: {run.name}", title_justify="left")
    for column in ("as_of", "rule", "rev", "change", "level", "severity", "months", "amount", "due", "title"):
        table.add_column(column)
    for alert in run.alerts:
        table.add_row(
            date_of(alert.as_of).isoformat(),
            alert.rule,
            str(alert.revision),
            alert.change + (f" {alert.healed_by}" if alert.healed_by else ""),
            alert.level,
            alert.severity,
            ",".join(map(str, alert.months[:6])) + ("…" if len(alert.months) > 6 else ""),  # noqa: PLR2004 - what fits a column
            f"{alert.amount_fen / 100:.2f}",
            date_of(alert.due).isoformat() if alert.due else "",
            alert.title,
        )
    return table


def json_line(name: str, alert: Alert) -> str:
    """One revision as a JSON object."""
    return json.dumps(
        {
            "scenario": name,
            "as_of": date_of(alert.as_of).isoformat(),
            "alert_id": alert.alert_id.hex(),
            "rule": alert.rule,
            "change": alert.change,
            "level": alert.level,
            "premise": alert.premise,
            "severity": alert.severity,
            "months": alert.months,
            "amount_fen": alert.amount_fen,
            "keep": alert.keep,
            "clear": alert.clear,
            "revision": alert.revision,
            "caused_by": alert.cause_event_ids,
        },
        ensure_ascii=False,
    )
