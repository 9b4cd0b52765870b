"""The tables of docs/operating/sizing.md, computed from the figures of docs/performance.md: `python -m bench.sizing` prints them, a test compares.

Figures are read where they were written down, so a new measurement makes the page of sizing stale until it is computed again.
"""

import math
import re
from pathlib import Path
from typing import NamedTuple

PERFORMANCE = Path(__file__).parent.parent / "docs/performance.md"
EVENTS_A_MONTH = 4
"""Of a person, in the long run; assumed."""
BUSIEST = 1 / 3 / (4 * 3_600)
"""Of a month's events, those of one second: a third come on one day, within four hours; assumed."""
FIRST_LOAD_EVENTS = 40
"""Of a person, history included; assumed."""
ROOM = 2
"""RocksDB's own, on top of the rows."""
COPIES = 3
FEED_MONTHS, EVENTS_MONTHS = 14 / 30, 1.0
"""How long Kafka keeps a department's records and canbao's events (schemas/topics.yaml)."""
CITIES = ((100_000, 1, 8), (1_000_000, 1, 8), (5_000_000, 2, 24), (10_000_000, 4, 24), (30_000_000, 8, 48))
"""Persons, instances of people, events partitions: chosen."""
NUMBER = r"([\d][\d , ]*(?:\.\d+)?)"
GIGABYTE = 1e9


class Figures(NamedTuple):
    """What was measured; of two cities the dearer one."""

    people_us: float
    intake_us: float
    record_bytes: float
    changelog_bytes: float
    state_bytes: float
    restore_persons: float


def figures(text: str) -> Figures:
    """The figures in the text of docs/performance.md; ValueError names the row that is not there."""
    _, record, intake = _row(text, rf"\| all of Debezium JSON \|()[^|]*\| {NUMBER} \| {NUMBER} \|")
    return Figures(
        people_us=_row(text, rf"\| whole, nothing else timed \| {NUMBER}")[0],
        intake_us=intake,
        record_bytes=record,
        changelog_bytes=max(_row(text, rf"\| changelog an event, B \| {NUMBER} \| {NUMBER} \|")),
        state_bytes=_row(text, rf"(?m)^\| 1,000,000 \| [\d,]+ \| {NUMBER} \|")[0],
        restore_persons=_row(text, rf"(?m)^\| 1,000,000 \| [\d,]+ \| [\d,]+ \| [\d,]+ \| {NUMBER} \|")[0],
    )


def table(of: Figures) -> str:
    """Markdown: one row a city."""
    head = (
        "| persons | events a month | busiest hours, events/s | cores (at most): people / intake | instances: people | events partitions "
        "| state on disk, all instances | restore of one instance's share | changelog before compaction, a month | Kafka disk, 3 copies | first load, two cores |"
    )
    return "\n".join([head, "|" + "---|" * 11, *(_city(of, *city) for city in CITIES)])


def _city(of: Figures, persons: int, instances: int, partitions: int) -> str:
    events = EVENTS_A_MONTH * persons
    rate, changelog, state = events * BUSIEST, events * of.changelog_bytes, persons * of.state_bytes
    kafka = COPIES * (events * of.record_bytes * (FEED_MONTHS + EVENTS_MONTHS) + changelog + state)
    load = persons * FIRST_LOAD_EVENTS * of.people_us / 1e6 / 2
    cells = (
        _spaced(persons) if persons < 1_000_000 else f"{persons // 1_000_000} million",
        f"{events / 1e6:g} million",
        _spaced(round(rate)),
        f"{_tenths(rate * of.people_us / 1e6)} / {_tenths(rate * of.intake_us / 1e6)}",
        str(instances),
        str(partitions),
        _gigabytes(ROOM * state),
        _time(persons / instances / of.restore_persons),
        _gigabytes(changelog),
        _gigabytes(kafka),
        _time(load),
    )
    return "| " + " | ".join(cells) + " |"


def _row(text: str, pattern: str) -> list[float]:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"docs/performance.md has no row {pattern}")
    return [float(re.sub(r"[ , ]", "", one)) if one else 0.0 for one in found.groups()]


def _tenths(cores: float) -> str:
    return f"{math.ceil(cores * 10) / 10:.1f}"


def _gigabytes(number: float) -> str:
    digits = number / GIGABYTE
    return f"{digits:.1f} GB" if digits < 10 else f"{_spaced(round(digits))} GB"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


if __name__ == "__main__":
    print(table(figures(PERFORMANCE.read_text(encoding="utf-8"))))
