"""The pure path of the product on the demo city's records: microseconds a record of intake, microseconds an event of people by step, bytes.

The city's first months warm the state; the last months are measured, in this thread's CPU time. Days take turns: on one nothing but the
whole is timed, on the next each step, whose timers' own cost is taken off. No broker: what Kafka adds is `bench.pipeline`.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from msgspec import Struct

import processors.judging
import processors.stage
import schemas.events
from bench.table import show
from demo.city.city import day_number
from demo.city.emit.departments import Day, days_of
from demo.city.generate import PEOPLE_PER_CASE, generate
from demo.offline import OfflineRun
from processors.person.sections import is_packed
from processors.rows import MemoryRows
from processors.stage import PeopleStage, derive
from schemas.events import FORMAT, Facts, Tick, encode
from streams.collector import rest_collector

MEASURED_DAYS = 184
"""Half a year: what is done once in so many months, packing above all, has its true share."""
SLICE = 1000
CALIBRATION = 10_000
STEPS = {
    "decode the event": (schemas.events, "decode"),
    "read and decode the head": (processors.stage, "Person"),
    "apply (facts, month lines)": (processors.stage, "apply_all"),
    "rules and diff": (processors.stage, "judge"),
    "  of which diff to open alerts": (processors.judging, "revise"),
    "public row": (processors.stage, "publish_row"),
    "encode and write rows": (processors.stage, "write"),
}


class Meter:
    """CPU nanoseconds of wrapped functions, less what timing them costs."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._own_ns = 0
        idle = self.wrap("", lambda: None)
        for _ in range(CALIBRATION):
            idle()
        self._own_ns = self.spent.pop("") // CALIBRATION

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*arguments: Any) -> Any:
            start = time.thread_time_ns()
            try:
                return function(*arguments)
            finally:
                self.spent[name] += time.thread_time_ns() - start - self._own_ns

        return timed


def read(days: list[Day]) -> tuple[list[bytes | Tick], dict[str, tuple[int, int]]]:
    """Events in log order, and per feed (records, CPU ns) of intake over the measured days."""
    departments, log = OfflineRun().departments, list[bytes | Tick]()
    cost: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    measured_from = len(days) - MEASURED_DAYS
    for index, day in enumerate(days):
        number = day_number(day.day)
        log.append(Tick(FORMAT, number))
        for message in day.messages:
            start = time.thread_time_ns()
            events = list(departments[message.topic].read(message, number))
            spent = time.thread_time_ns() - start
            log += [encode(event) for event in events]
            if index >= measured_from:
                records, before = cost[message.topic]
                cost[message.topic] = records + 1, before + spent
    return log, dict(cost)


class Counted(MemoryRows):
    """Rows that count what would go to the changelog."""

    def __init__(self) -> None:
        super().__init__(derive)
        self.written = 0

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row, counting its bytes."""
        self.written += len(key) + len(value)
        super().put(key, value)


def drain(stage: PeopleStage, rows: MemoryRows) -> None:
    """Sweep until nothing waits."""
    while stage.sweeping:
        stage.sweep(rows, SLICE)


class Days(Struct):
    """What a run measured. Days by turns: `plain` are timed as a whole, `stepped` by step."""

    rows: Counted
    meter: Meter
    plain: int = 0
    stepped: int = 0
    whole_ns: int = 0
    written: int = 0

    def take(self, stage: PeopleStage, events: list[bytes], *, by_step: bool) -> None:
        """Handle consecutive events of persons, measured."""
        before, start = self.rows.written, time.thread_time_ns()
        for raw in events:
            stage.handle(self.rows, schemas.events.decode(raw))
        spent = time.thread_time_ns() - start
        self.written += self.rows.written - before
        if by_step:
            self.stepped += len(events)
        else:
            self.plain += len(events)
            self.whole_ns += spent


def people(log: list[bytes | Tick], stage: PeopleStage) -> Days:
    """Run the log; its last days are measured."""
    days, seen = Days(Counted(), Meter()), 0
    first = sum(isinstance(one, Tick) for one in log) - MEASURED_DAYS
    waiting: list[bytes] = []
    for one in log:
        if not isinstance(one, Tick) and isinstance(schemas.events.decode(one), Facts):
            waiting.append(one)
            continue
        if seen < first:
            for raw in waiting:
                stage.handle(days.rows, schemas.events.decode(raw))
        else:
            by_step = bool(seen & 1)
            with stepped(days.meter) if by_step else nullcontext():
                days.take(stage, waiting, by_step=by_step)
        waiting = []
        seen += isinstance(one, Tick)
        stage.handle(days.rows, one if isinstance(one, Tick) else schemas.events.decode(one))
        drain(stage, days.rows)
    return days


@contextmanager
def stepped(meter: Meter) -> Iterator[None]:
    """Time each step meanwhile."""
    originals = {name: getattr(*place) for name, place in STEPS.items()}
    for name, (module, attribute) in STEPS.items():
        setattr(module, attribute, meter.wrap(name, originals[name]))
    try:
        yield
    finally:
        for name, (module, attribute) in STEPS.items():
            setattr(module, attribute, originals[name])


def size_of(rows: MemoryRows) -> tuple[int, int, int, int]:
    """(persons, bytes of head and rows of facts and months, bytes of packed rows, bytes of alert rows)."""
    persons = hot = packed = alerts = 0
    for key, value in rows.values.items():
        size = len(key) + len(value)
        if key[:1] == b"\x10":
            persons, hot = persons + 1, hot + size
        elif key[:1] == b"\x11" and key[18:19] == b"Z":
            alerts += size
        elif key[:1] == b"\x11" and is_packed(key[18:]):
            packed += size
        elif key[:1] == b"\x11":
            hot += size
    return persons, hot, packed, alerts


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.product")
    parser.add_argument("--persons", type=int, default=600)
    parser.add_argument("--months", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-case", type=int, default=PEOPLE_PER_CASE, help="people to one planted case of each kind")
    given = parser.parse_args()
    command = f"python -m bench.product --persons {given.persons} --months {given.months} --seed {given.seed} --per-case {given.per_case}"
    rest_collector()  # as in a worker
    log, cost = read(list(days_of(generate(given.persons, given.months, given.seed, given.per_case))))
    table = [[topic, f"{records:,}", f"{spent / records / 1000:.1f}"] for topic, (records, spent) in sorted(cost.items())]
    show("Intake, pure path", command, ["topic", "records", "CPU µs a record"], table)
    rest_collector()
    days = people(log, OfflineRun().stage)
    steps = [[name, f"{days.meter.spent[name] / days.stepped / 1000:.1f}"] for name in STEPS]
    steps.append(["whole, nothing else timed", f"{days.whole_ns / days.plain / 1000:.1f}"])
    show(f"People, pure path, {days.plain + days.stepped:,} events", command, ["step", "CPU µs an event"], steps)
    persons, hot, packed, alerts = size_of(days.rows)
    sizes = [
        ["changelog an event", f"{days.written / (days.plain + days.stepped):.0f}"],
        ["head, rows of facts and of months a person", f"{hot / persons:.0f}"],
        ["packed rows a person", f"{packed / persons:.0f}"],
        ["alert rows a person", f"{alerts / persons:.0f}"],
    ]
    show(f"State, {persons:,} persons, {given.months} months", command, ["what", "bytes"], sizes)


if __name__ == "__main__":
    main()
