"""The pure path of the product on the demo city's records: microseconds a record of intake, microseconds an event of people by step, bytes.

The city's first months warm the state; the last months are measured, in this thread's CPU time. No broker: what Kafka adds is `bench.pipeline`.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import processors.judging
import processors.stage
from bench.table import show
from demo.city.city import day_number
from demo.city.emit.departments import Day, days_of
from demo.city.generate import generate
from demo.offline import OfflineRun
from processors.person.sections import is_packed
from processors.rows import MemoryRows
from processors.stage import PeopleStage, derive
from schemas.events import FORMAT, Facts, Horizon, Tick, decode, encode

MEASURED_DAYS = 61
SLICE = 1000
STEPS = {
    "apply (facts, month lines)": (processors.stage, "apply_all"),
    "rules and diff": (processors.stage, "judge"),
    "  of which diff to open alerts": (processors.judging, "revise"),
    "public row": (processors.stage, "publish_row"),
    "encode and write rows": (processors.stage, "write"),
}


class Meter:
    """CPU nanoseconds and calls of wrapped functions."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*arguments: Any) -> Any:
            start = time.thread_time_ns()
            try:
                return function(*arguments)
            finally:
                self.spent[name] += time.thread_time_ns() - start

        return timed


def read(days: list[Day]) -> tuple[list[bytes | Tick], dict[str, tuple[int, int]]]:
    """Events in log order, and per feed (records, CPU ns) of intake over the measured days."""
    departments, log, cost = OfflineRun().departments, [], defaultdict(lambda: (0, 0))
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


def people(log: list[bytes | Tick], stage: PeopleStage) -> tuple[int, float, Meter, Counted]:
    """(events, whole CPU µs, by step, rows) over the measured days."""
    rows, meter, ticks = Counted(), Meter(), sum(isinstance(one, Tick) for one in log)
    seen = events = whole = written = 0
    originals = {name: getattr(module, attribute) for name, (module, attribute) in STEPS.items()}
    for one in log:
        message = one if isinstance(one, Tick) else None
        if message is not None:
            seen += 1
            if seen == ticks - MEASURED_DAYS + 1:
                for name, (module, attribute) in STEPS.items():
                    setattr(module, attribute, meter.wrap(name, originals[name]))
            stage.handle(rows, message)
            drain(stage, rows)
            continue
        start, before = time.thread_time_ns(), rows.written
        event = decode(one)  # type: ignore[arg-type]
        decoded = time.thread_time_ns()
        stage.handle(rows, event)
        if isinstance(event, Facts) and seen > ticks - MEASURED_DAYS:
            events += 1
            whole += time.thread_time_ns() - start
            written += rows.written - before
            meter.spent["decode"] += decoded - start
        if isinstance(event, Horizon):
            drain(stage, rows)
    for name, (module, attribute) in STEPS.items():
        setattr(module, attribute, originals[name])
    rows.written = written
    return events, whole / 1000, meter, rows


def size_of(rows: MemoryRows) -> tuple[int, int, int, int]:
    """(persons, bytes of head and rows of facts and months, bytes of packed rows, bytes of alert rows)."""
    persons = hot = cold = alerts = 0
    for key, value in rows.values.items():
        size = len(key) + len(value)
        if key[:1] == b"\x10":
            persons, hot = persons + 1, hot + size
        elif key[:1] == b"\x11" and key[18:19] == b"Z":
            alerts += size
        elif key[:1] == b"\x11" and is_packed(key[18:]):
            cold += size
        elif key[:1] == b"\x11":
            hot += size
    return persons, hot, cold, alerts


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.product")
    parser.add_argument("--persons", type=int, default=600)
    parser.add_argument("--months", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    command = f"python -m bench.product --persons {given.persons} --months {given.months} --seed {given.seed}"
    city = generate(given.persons, given.months, given.seed)
    log, cost = read(list(days_of(city)))
    table = [[topic, f"{records:,}", f"{spent / records / 1000:.1f}"] for topic, (records, spent) in sorted(cost.items())]
    show("Intake, pure path", command, ["topic", "records", "CPU µs a record"], table)
    events, whole, meter, rows = people(log, OfflineRun().stage)
    steps = [[name, f"{meter.spent[name] / events / 1000:.1f}"] for name in ("decode", *STEPS)]
    steps.append(["whole (with the timers' own cost)", f"{whole / events:.1f}"])
    show(f"People, pure path, {events:,} events", command, ["step", "CPU µs an event"], steps)
    persons, hot, cold, alerts = size_of(rows)
    sizes = [
        ["changelog an event", f"{rows.written / events:.0f}"],
        ["head and hot rows a person", f"{hot / persons:.0f}"],
        ["packed rows a person", f"{cold / persons:.0f}"],
        ["alert rows a person (the city is full of planted cases)", f"{alerts / persons:.0f}"],
    ]
    show(f"State, {persons:,} persons, {given.months} months", command, ["what", "bytes"], sizes)


if __name__ == "__main__":
    main()
