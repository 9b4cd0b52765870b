"""The shipped policy with one value moved by the smallest step: what holds a number is a story that stands on its edge.

`tests/test_policy_held.py` asks of every such change, in `make proof`, whether a table row or an acceptance scenario notices it. The calendar
is left out: its days are counted over each notice in `tests/schemas/test_workdays.py`.
"""

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from schemas.policy import HOME, NUMBERS, PERIODS, Policy, load_policy
from schemas.strict_yaml import read_table


class Change(NamedTuple):
    """One value moved: what a scenario must ask for to notice (a key, or a replaced division code), its name for a reader, and the file."""

    read: str | int
    label: str
    file: str
    data: dict[str, Any]

    def policy(self, folder: Path) -> Policy:
        """The policy with this change, written into a folder."""
        for path in HOME.glob("*.yaml"):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / self.file).write_text(yaml.safe_dump(self.data, allow_unicode=True), encoding="utf-8")
        return load_policy(folder)


class Listening(Policy):
    """The policy that notes what it was asked: keys, and division codes."""

    def __init__(self, policy: Policy) -> None:
        self.__dict__.update(vars(policy))
        self.heard: set[str | int] = set()

    def _value(self, key: str, units: tuple[str, ...], on_day: int, division: int) -> int | float | str | list[str]:
        self.heard.add(key)
        return super()._value(key, units, on_day, division)

    def successor(self, division: int) -> int:
        """The code that a division has now."""
        self.heard.add(division)
        return super().successor(division)


def changes() -> Iterator[Change]:
    """Every number one up and one down, every date a day on and back, each other code, every list without each member; each old division elsewhere."""
    for path in sorted(HOME.glob("*.yaml")):
        data = read_table(path).data
        assert isinstance(data, dict)
        for read, place, moved in _moves(data):
            changed = deepcopy(data)
            at: Any = changed
            for step in place[:-1]:
                at = at[step]
            label = f"{read}: {place[-1]} {at[place[-1]]} → {moved}"
            at[place[-1]] = moved
            yield Change(read, label, path.name, changed)


def _moves(data: dict[str, Any]) -> Iterator[tuple[str | int, list[str | int], Any]]:
    for number, entry in enumerate(data.get("entries", [])):
        for index, dated in enumerate(entry["values"]):
            place: list[str | int] = ["entries", number, "values", index]
            for moved in _moved(entry["unit"], dated["value"], entry.get("allowed", [])):
                yield entry["key"], [*place, "value"], moved
            for moved in _days_beside(dated["from"]) if index else ():
                yield entry["key"], [*place, "from"], moved
    for number, row in enumerate(data.get("successors", [])):
        yield row["old"], ["successors", number, "new"], row["old"] // 100 * 100 + 98


def _moved(unit: str, value: Any, allowed: list[str]) -> list[Any]:
    if unit in PERIODS:
        return [value + 1, value - 1]
    if unit in NUMBERS:
        return [value * 2, value / 2]
    if unit == "month_day":
        return [one[5:] for one in _days_beside(f"2023-{value}")]
    if unit == "codes":
        return [[other for other in value if other != one] for one in value] or [[one] for one in allowed]
    return [one for one in allowed if one != value]


def _days_beside(text: str) -> list[str]:
    one = dt.date.fromisoformat(text)
    return [(one + dt.timedelta(days)).isoformat() for days in (1, -1)]
