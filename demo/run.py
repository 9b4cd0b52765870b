"""The demo from start to end: city, pipeline, days, final table."""

import shlex
import signal
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from types import FrameType

from rich.console import Console

from demo.city.city import City
from demo.city.emit.departments import FEEDS, Day
from demo.city.generate import generate, people_of
from demo.delivered import delivered
from demo.drive import all_days, drive, refuse_hopeless, refuse_too_large
from demo.score import clean, score
from demo.stack import Stack, StackError, start, start_workbench, start_workers
from demo.view import View, final_table, untrue
from demo.watch import Watch
from streams.settings import load_settings
from streams.topics import create_missing, declared, differences

EXIT_WRONG = 1
EXIT_ENDED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Each asks the demo to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for. `kafka`, `redis`: "" = start one; `kafka` "real" = start Apache Kafka."""

    persons: int
    months: int
    seed: int
    once: bool
    kafka: str
    redis: str


def run(wish: Wish, console: Console) -> int:
    """Run the demo; the exit status: 0 all found and nothing false, 1 otherwise."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or in the background of a script: whoever started it wants that
            signal.signal(number, _end)
    started = time.monotonic()
    try:
        if not wish.kafka:
            refuse_hopeless(wish.persons, wish.months, wish.seed)
        with start(wish.kafka, wish.redis) as stack:
            _prepare(stack)
            address = "" if wish.once else start_workbench(stack)
            if address:
                _open(address, console)
            city = generate(wish.persons, wish.months, wish.seed)  # while the workers start
            days = all_days(city)
            if stack.embedded:
                refuse_too_large(days, wish.persons)
            with closing(Watch(stack.kafka, stack.partitions, len(FEEDS), embedded=stack.embedded)) as watch:
                with View(console, len(days), started) as view:
                    _play(stack, watch, days, view)
                held = delivered(stack.redis, watch.latest)
                status = _report(console, city, watch, f"{_times(view, started)}；Redis 中有 {held} 条预警")
            if address:
                _stay(stack, address, next(iter(watch.latest.values())).person_key.hex(), console)
            return status
    except KeyboardInterrupt:
        console.print("已结束")
        return EXIT_ENDED


def _open(address: str, console: Console) -> None:
    console.print(f"工作台 workbench: {address}", style="bold", soft_wrap=True)


def _prepare(stack: Stack) -> None:
    if not stack.embedded:
        settings = load_settings(stack.environment())
        topics = declared(settings)
        missing = [line for line in differences(settings, topics) if "is missing" in line]
        if len(missing) < len(topics):
            raise StackError(f"{stack.kafka} already holds topics of canbao; the demo plays on an empty broker only")
        create_missing(settings, topics)
    start_workers(stack)


def _times(view: View, started: float) -> str:
    return f"用时 {time.monotonic() - started:.0f} 秒，首条预警在 {view.first_alert_seconds:.1f} 秒后"


def _report(console: Console, city: City, watch: Watch, times: str) -> int:
    lines = score(city, watch.latest)
    console.print(final_table(lines))
    for text in untrue(lines):
        console.print(text, style="red", markup=False)
    console.print(f"{people_of(city)} 人，事件 {watch.events}，预警修订 {watch.revisions}，{times}", soft_wrap=True)
    return 0 if clean(lines) else EXIT_WRONG


def _play(stack: Stack, watch: Watch, days: list[Day], view: View) -> None:
    checked = 0.0

    def turn(day: Day | None) -> None:
        nonlocal checked
        if time.monotonic() - checked > 0.5:
            checked = time.monotonic()
            stack.check()
        for alert in watch.shown():
            view.alert(alert)
        view.counts(watch.events, watch.revisions)
        if day is not None:
            view.day(day.day)

    for _ in drive(stack, watch, days, turn):
        pass
    turn(None)


def _stay(stack: Stack, address: str, person: str, console: Console) -> None:
    """Leave the pipeline up until Ctrl-C, and say what to try."""
    console.print("\n流水线继续运行，按 Ctrl-C 结束。", style="bold")
    _open(address, console)
    console.print("可在另一终端中尝试：", style="bold")
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in stack.environment().items())
    canbao = program()
    for line in (
        f"export {settings}",
        f"{canbao} alerts tail --all --once",
        f"{canbao} person show {person}",
        f"{canbao} doctor {' '.join(f'--worker 127.0.0.1:{port}' for port in stack.ports.values())}",
        *(f"curl -s http://127.0.0.1:{port}/metrics  # {name}；另有 /livez、/readyz" for name, port in stack.ports.items()),
        f"redis-cli -u {stack.redis} --scan --pattern 'canbao:alert:*'",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    try:
        while True:
            stack.check()
            time.sleep(0.5)
    except KeyboardInterrupt:
        console.print("已结束")


def program() -> str:
    """How `canbao` is called from another terminal: `make demo` puts it into .venv, which is on nobody's path."""
    beside = Path(sys.executable).with_name("canbao")
    return "canbao" if which("canbao") or not beside.is_file() else shlex.quote(str(beside))


def _end(_number: int, _frame: FrameType | None) -> None:
    """As Ctrl-C does: an event loop lets that out, any other exception it may keep for itself. Once is enough, clearing away is left alone."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
