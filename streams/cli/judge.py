"""`canbao judge FILE…`: run scenarios with no broker and compare the alerts with what the file expects."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich import table as rich_table
from rich.console import Console
from rich.markup import escape

from processors.rules.model import Numbers
from processors.scenario.fields import ScenarioError, kind_of
from processors.scenario.run import Run, run_scenario
from processors.scenario.shape import check_shape
from schemas.alert import Alert
from schemas.dates import date_of
from schemas.strict_yaml import Table, read_documents
from streams.cli.judge_raw import RawRecords
from streams.policy import policy_of
from streams.settings import load_settings

SUFFIXES = ("*.yaml", "*.yml")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def judge(
    files: Annotated[list[Path], typer.Argument(help="scenario files, or folders of them", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line a revision instead of a table")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="only differences and the closing line")] = False,
) -> None:
    """Run scenarios: a history in, alerts out. Exit code 1 where one differs from what it expects, 2 where a file is wrong and nothing is judged."""
    console = Console(width=160)
    policy = policy_of(load_settings())
    passed = failed = 0
    for given in scenarios(files):
        path, run = given.path, given.run(policy)
        if as_json:
            for alert in run.alerts:
                typer.echo(json_line(run.name, alert))
        elif not quiet:
            console.print(table_of(run, path))
        for wrong in run.mismatches:
            console.print(
                f"[red]{escape(f'{path.name}: {run.name}: {wrong.where}')}[/red]\n"
                f"  expected: {escape(wrong.expected)}\n  found:    {escape(wrong.found)}"
            )
        passed, failed = (passed, failed + 1) if run.mismatches else (passed + 1, failed)
    if not as_json:
        total = passed + failed
        console.print(f"{passed} of {total} scenario{'s' if total > 1 else ''} passed")
    if failed:
        raise typer.Exit(1)


class Given(NamedTuple):
    """A scenario, and where in which file it stands."""

    path: Path
    scenario: dict[str, Any]
    table: Table
    place: str  # path of the scenario in its document
    number: int  # in its file, from 1

    def check(self) -> None:
        """Refuses what can be seen without running it."""
        try:
            check_shape(self.scenario)
        except ScenarioError as error:
            raise self.refusal(error) from error

    def run(self, policy: Numbers) -> Run:
        """Runs it; a ScenarioError names file, line, scenario, step and field."""
        try:
            return run_scenario(self.scenario, policy, RawRecords())
        except ScenarioError as error:
            raise self.refusal(error) from error

    def refusal(self, error: ScenarioError) -> ScenarioError:
        """What does not fit, with its place in the file."""
        steps = self.scenario.get("steps")
        step = steps[error.step - 1] if error.step and isinstance(steps, list) else None
        at = step.get("at") if isinstance(step, dict) else None
        day = f" ({at})" if isinstance(at, str) and DATE.fullmatch(at) else ""
        line = self.table.line(f"{self.place}{f'.steps[{error.step - 1}]' if error.step else ''}.{error.field}")
        name = self.scenario.get("name")
        told = f"{self.path}:{line}: scenario {self.number}{f' ({name})' if isinstance(name, str) else ''}"
        return ScenarioError(f"{told}: {f'step {error.step}{day}: ' if error.step else ''}{error}")


def scenarios(files: list[Path]) -> list[Given]:
    """The scenarios of files and folders; a file may hold several as YAML documents or a list under `scenarios`. None at all is refused."""
    found: list[Given] = []
    for given in files:
        paths = sorted(path for suffix in SUFFIXES for path in given.rglob(suffix)) if given.is_dir() else [given]
        if not paths:
            raise ScenarioError(f"{given}: this folder has no scenario; looked for: {', '.join(SUFFIXES)}")
        for path in paths:
            found += _of_file(path)
    return found


def _of_file(path: Path) -> list[Given]:
    """The scenarios of one file; ConfigError names the line where it is no YAML."""
    found: list[Given] = []
    for table in read_documents(path, str(path)):
        listed: object = table.data.get("scenarios") if isinstance(table.data, dict) else None
        places = {"$": table.data}
        if listed is not None:
            if not isinstance(listed, list):
                raise ScenarioError(f"{path}:{table.line('$.scenarios')}: scenarios: found {kind_of(listed)}; allowed: a list")
            places = {f"$.scenarios[{index}]": one for index, one in enumerate(listed)}
        for place, one in places.items():
            if not isinstance(one, dict):
                raise ScenarioError(f"{path}:{table.line(place)}: found {kind_of(one)}; allowed: a scenario, a mapping with `steps`")
            found.append(Given(path, one, table, place, len(found) + 1))
            found[-1].check()
    if not found:
        raise ScenarioError(f"{path}: holds no scenario")
    return found


def table_of(run: Run, path: Path) -> rich_table.Table:
    """The alert history of one scenario."""
    table = rich_table.Table(title=escape(f"{path.name}: {run.name}"), title_justify="left")
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
