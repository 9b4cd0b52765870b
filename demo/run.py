"""The demo from start to end: city, pipeline, days, final table."""

import shlex
import signal
import time
from contextlib import closing
from dataclasses import dataclass
from types import FrameType

from rich.console import Console

from demo.city.city import City
from demo.city.emit.departments import FEEDS, Day
from demo.city.generate import generate, people_of
from demo.drive import all_days, drive, refuse_too_large
from demo.score import clean, score
from demo.stack import Stack, start, start_workers
from demo.view import View, differences, final_table
from demo.watch import Watch
from streams.settings import load_settings
from streams.topics import create_missing, declared

EXIT_WRONG = 1
EXIT_ENDED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for. `kafka`, `redis`: "" = start one; `kafka` "real" = start Apache Kafka."""

    persons: int
    months: int
    seed: int
    once: bool
    kafka: str
    redis: str


class Ended(BaseException):
    """Somebody asked the demo to end."""


def run(wish: Wish, console: Console) -> int:
    """Run the demo; the exit status: 0 all found and nothing false, 1 otherwise."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    started = time.monotonic()
    try:
        with start(wish.kafka, wish.redis) as stack:
            _prepare(stack)
            city = generate(wish.persons, wish.months, wish.seed)  # while the workers start
            days = all_days(city)
            if stack.embedded:
                refuse_too_large(days, wish.persons)
            with closing(Watch(stack.kafka, stack.partitions, len(FEEDS), embedded=stack.embedded)) as watch:
                with View(console, len(days), started) as view:
                    _play(stack, watch, days, view)
                status = _report(console, city, watch, view, time.monotonic() - started)
                if not wish.once:
                    _stay(stack, watch, console)
            return status
    except (KeyboardInterrupt, Ended):
        console.print("ended")
        return EXIT_ENDED


def _prepare(stack: Stack) -> None:
    if not stack.embedded:
        settings = load_settings(stack.environment())
        create_missing(settings, declared(settings))
    start_workers(stack)


def _report(console: Console, city: City, watch: Watch, view: View, seconds: float) -> int:
    lines = score(city, watch.latest)
    console.print(final_table(lines))
    for text in differences(lines):
        console.print(text, style="red", markup=False)
    people, first = people_of(city), view.first_alert_seconds
    console.print(
        f"{people} persons, {watch.events} events, {watch.revisions} revisions in {seconds:.0f} s; first alert after {first:.1f} s",
        soft_wrap=True,
    )
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


def _stay(stack: Stack, watch: Watch, console: Console) -> None:
    """Leave the pipeline up until Ctrl-C, and say what to try."""
    console.print("\nThe pipeline stays up; Ctrl-C ends it. In another terminal:", style="bold")
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in stack.environment().items())
    person = next((alert for alert in watch.latest.values() if alert.premise == "HOLDS"), None)
    console.print(f"export {settings}", markup=False, soft_wrap=True)
    console.print("canbao alerts tail", markup=False)
    if person is not None:
        console.print(f"canbao person show {person.person_key.hex()}", markup=False)
    console.print(f"redis-cli -u {stack.redis} --scan --pattern 'canbao:*'", markup=False)
    while True:
        stack.check()
        time.sleep(0.5)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Ended
