"""The terminal: progress, rates, alerts as they arrive, the final table."""

import datetime as dt
import time
from collections import deque
from collections.abc import Mapping
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from demo.score import Line
from schemas.alert import Alert
from schemas.dates import date_of

ROWS = 14
DRAW_SECONDS = 0.1
COLOURS = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan", "INFO": "dim"}
CHANGES = {"OPENED": "新增", "UPDATED": "更新", "HEALED": "已消除", "RETRACTED": "已撤回", "SUPERSEDED": "已并入"}
LEVELS = {"SIGNAL": "线索", "ALERT": "预警"}


class View:
    """Live where there is a terminal, one line an event elsewhere."""

    def __init__(self, console: Console, days: int, started: float) -> None:
        self._console = console
        self._started = started
        self._first_alert = 0.0
        self._rows: deque[Alert] = deque(maxlen=ROWS)
        self._progress = Progress(TextColumn("[bold]{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} 天"))
        self._task: TaskID = self._progress.add_task("正在启动", total=days)
        self._events = self._revisions = 0
        self._drawn = 0.0
        self._live = Live(self._picture(), console=console, refresh_per_second=8, transient=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.update(self._picture())
            self._live.__exit__(None, None, None)

    @property
    def first_alert_seconds(self) -> float:
        """Seconds from the start of the demo to the first alert; 0 = none yet."""
        return self._first_alert

    def day(self, day: dt.date) -> None:
        """A simulated day is done."""
        self._progress.update(self._task, description=f"{day:%Y-%m-%d}", advance=1)
        if not self._live and day.day == 1:
            self._console.print(f"{day:%Y-%m-%d}  {self._rates()}")

    def counts(self, events: int, revisions: int) -> None:
        """Totals so far."""
        self._events, self._revisions = events, revisions
        if self._live and time.monotonic() - self._drawn > DRAW_SECONDS:
            self._drawn = time.monotonic()
            self._live.update(self._picture())

    def alert(self, alert: Alert) -> None:
        """A revision arrived."""
        if not self._first_alert:
            self._first_alert = time.monotonic() - self._started
        self._rows.append(alert)
        if not self._live:
            self._console.print(Text("  ").append(" ".join(_cells(alert))), soft_wrap=True)

    def _rates(self) -> str:
        seconds = max(time.monotonic() - self._started, 0.001)
        return f"事件 {self._events}（{self._events / seconds:.0f}/秒） 预警修订 {self._revisions}"

    def _picture(self) -> Group:
        table = Table(expand=True, title="预警（待核实，不作为停发依据）", title_style="bold")
        for name in ("日期", "规则", "变化", "级别", "事项"):
            table.add_column(name, no_wrap=name != "事项", overflow="ellipsis")
        for alert in self._rows:
            table.add_row(*_cells(alert), style=COLOURS.get(alert.severity, ""))
        return Group(self._progress, Text(self._rates()), table)


def _cells(alert: Alert) -> list[str]:
    amount = f" {alert.amount_fen / 100:,.2f}元" if alert.amount_fen else ""
    months = f" {alert.months[0]}{'…' if len(alert.months) > 1 else ''}" if alert.months else ""
    return [
        date_of(alert.as_of).isoformat(),
        alert.rule,
        CHANGES.get(alert.change, alert.change),
        LEVELS.get(alert.level, alert.level),
        f"{alert.title}{months}{amount}（{alert.handling_division}）",
    ]


def final_table(lines: Mapping[str, Line]) -> Table:
    """Planted, found, missed, false, by rule."""
    table = Table(title="埋设与发现", title_style="bold")
    table.add_column("规则 rule")
    for name in ("埋设 planted", "发现 found", "漏报 missed", "误报 false"):
        table.add_column(name, justify="right")
    for rule, line in lines.items():
        wrong = bool(line.missed or line.false)
        table.add_row(
            rule, str(line.planted), str(line.found), str(len(line.missed)), str(len(line.false)), style="red" if wrong else "green"
        )
    totals = [
        sum(numbers) for numbers in zip(*((one.planted, one.found, len(one.missed), len(one.false)) for one in lines.values()), strict=True)
    ]
    table.add_section()
    table.add_row("合计 total", *map(str, totals), style="bold")
    return table


def untrue(lines: Mapping[str, Line]) -> list[str]:
    """One line for each label that did not come true and each alert that nobody planted."""
    found = []
    for rule, line in lines.items():
        for miss in line.missed:
            label, got = miss.label, miss.found
            seen = f"found {got.level} {got.premise} {got.subtype}" if got else "found nothing"
            found.append(f"{rule} missed: {label.case}: expected {label.level} {label.premise} {label.subtype or ''}, {seen}")
        found += [f"{rule} false: {alert.level} {alert.premise} {alert.scope} {alert.person_key.hex()}" for alert in line.false]
    return found
