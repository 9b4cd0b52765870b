"""Policy: every legal or local number as a dated entry, resolved by (key, valid day, division → city → default).

`load_policy` reads `schemas/policy/*.yaml`; processors only ever receive the `Policy` object. Days are day numbers (since 1970-01-01),
divisions six-digit GB/T 2260 codes. A day before the first dated value takes the first.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from msgspec import Struct, json

from schemas.dates import day as day_number
from schemas.strict_yaml import ConfigError, Table, read_table
from schemas.workdays import Workdays, workdays_from

HOME = Path(__file__).parent / "policy"
PERIODS = ("days", "workdays", "months", "years", "day_of_month", "count", "fen")
NUMBERS = (*PERIODS, "ratio", "factor")
Unit = Literal["days", "workdays", "months", "years", "day_of_month", "count", "fen", "ratio", "factor", "month_day", "code", "codes"]
Basis = Literal["LAW", "LOCAL", "DESIGN"]
Value = int | float | str | list[str]


class Dated(Struct, rename={"since": "from"}, forbid_unknown_fields=True, frozen=True):
    """One value from a day on; without division it is the default."""

    since: str
    value: Value
    division: int = 0


class Entry(Struct, forbid_unknown_fields=True, frozen=True):
    """One policy number. `basis`: LAW = the text says so, LOCAL = to be confirmed by the city, DESIGN = canbao's own choice."""

    key: str
    unit: Unit
    meaning_zh: str
    reference: str
    basis: Basis
    last_checked: str
    values: list[Dated]
    allowed: list[str] = []


class Entries(Struct, forbid_unknown_fields=True, frozen=True):
    """One file of entries."""

    entries: list[Entry]


class Successor(Struct, forbid_unknown_fields=True, frozen=True):
    """A division code that was replaced by another."""

    old: int
    new: int
    since: str
    reference: str


class Successors(Struct, forbid_unknown_fields=True, frozen=True):
    """The file of replaced division codes."""

    successors: list[Successor]


class _Series(Struct, frozen=True, gc=False):
    """The values of one key in one division, by first day."""

    since: tuple[int, ...]
    values: tuple[Value, ...]

    def at(self, on_day: int) -> Value:
        return self.values[max(bisect_right(self.since, on_day) - 1, 0)]


class Policy:
    """The compiled policy set. Read-only; equal content has an equal `hash`."""

    def __init__(self, entries: Iterable[Entry], successors: dict[int, int], workdays: Workdays, content_hash: str) -> None:
        self.entries = {entry.key: entry for entry in entries}
        self.hash = content_hash
        self.workdays = workdays
        self._successors = successors
        self._series = {entry.key: _series_of(entry) for entry in self.entries.values()}

    def days(self, key: str, on_day: int, division: int = 0) -> int:
        """A whole number: days, working days, months, years, day of month, count or fen, as the entry's unit says."""
        return int(self._value(key, PERIODS, on_day, division))  # type: ignore[arg-type]  # the unit, checked at load, says its type

    def number(self, key: str, on_day: int, division: int = 0) -> float:
        """A number of any unit, ratios and factors included."""
        return float(self._value(key, NUMBERS, on_day, division))  # type: ignore[arg-type]  # the unit, checked at load, says its type

    def text(self, key: str, on_day: int, division: int = 0) -> str:
        """A code, a day of the year as 'MM-DD', or a list of codes joined by commas."""
        value = self._value(key, ("code", "month_day", "codes"), on_day, division)
        return ",".join(value) if isinstance(value, list) else str(value)

    def texts(self, key: str, on_day: int, division: int = 0) -> tuple[str, ...]:
        """A list of codes."""
        return tuple(self._value(key, ("codes",), on_day, division))  # type: ignore[arg-type]  # the unit, checked at load, says its type

    def add_workdays(self, day: int, days: int) -> int:
        """The day that many working days later (调休 included)."""
        return self.workdays.add(day, days)

    def successor(self, division: int) -> int:
        """The code that a division has now; the code itself where it was never replaced."""
        return self._successors.get(division, division)

    def pool(self, scheme: int, division: int, on_day: int) -> int:
        """The pooling area of a division in a scheme on a day, as its current code: the city by default."""
        current = self.successor(division)
        level = self.text(f"pool.level.{scheme}" if f"pool.level.{scheme}" in self._series else "pool.level", on_day, current)
        return current if level == "COUNTY" else self.successor(current // _SPAN[level] * _SPAN[level])

    def _value(self, key: str, units: tuple[str, ...], on_day: int, division: int) -> Value:
        try:
            by_division = self._series[key]
        except KeyError:
            raise KeyError(f"policy has no key {key!r}; see schemas/policy/") from None
        unit = self.entries[key].unit
        if unit not in units:
            raise KeyError(f"policy {key!r} has unit {unit!r}; this call reads {', '.join(units)}")
        if division and len(by_division) > 1:
            for place in (division, division // 100 * 100):
                series = by_division.get(place)
                if series and series.since[0] <= on_day:
                    return series.at(on_day)
        return by_division[0].at(on_day)


_SPAN = {"CITY": 100, "PROVINCE": 10_000}


def load_policy(folder: Path | None = None) -> Policy:
    """The policy of the files `*.yaml` of a folder, of the shipped one where none is given. A folder without files is never the shipped policy.

    `workdays.yaml` and `divisions.yaml` hold the calendar and the replaced division codes; every other file holds entries. A file that
    does not fit is refused with a ConfigError that names file, line, field and what is allowed.
    """
    tables = {path.name: read_table(path, f"policy/{path.name}") for path in sorted((HOME if folder is None else folder).glob("*.yaml"))}
    entries: list[Entry] = []
    where: dict[str, str] = {}
    for name, table in tables.items():
        if name not in {"workdays.yaml", "divisions.yaml"}:
            entries.extend(_entries_of(table, where))
    missing = [name for name in ("workdays.yaml", "divisions.yaml") if name not in tables]
    if missing:
        raise ConfigError(f"policy/{missing[0]}", 1, "(file)", "is missing")
    content = json.encode([tables[name].data for name in tables], order="deterministic")
    digest = hashlib.sha256(content).hexdigest()[:32]
    return Policy(entries, _successors_of(tables["divisions.yaml"]), workdays_from(tables["workdays.yaml"]), digest)


def _entries_of(table: Table, where: dict[str, str]) -> list[Entry]:
    """The checked entries of one file; `where` remembers each key's file over all of them."""
    entries = table.convert(Entries).entries
    for index, entry in enumerate(entries):
        path = f"$.entries[{index}]"
        if entry.key in where:
            raise table.fault(f"{path}.key", f"{entry.key} stands in {where[entry.key]} already")
        where[entry.key] = table.file
        for name in ("meaning_zh", "reference"):
            if not getattr(entry, name).strip():
                raise table.fault(f"{path}.{name}", "must not be empty")
        _day(table, f"{path}.last_checked", entry.last_checked)
        _check_values(table, path, entry)
    return entries


def _check_values(table: Table, path: str, entry: Entry) -> None:
    """Each value fits its unit, days ascend within a division, and there is a default."""
    last: dict[int, int] = {}
    for index, dated in enumerate(entry.values):
        here = f"{path}.values[{index}]"
        since = _day(table, f"{here}.from", dated.since)
        if since <= last.get(dated.division, since - 1):
            raise table.fault(f"{here}.from", "must be later than the value before it of the same division")
        last[dated.division] = since
        problem = _problem(entry, dated.value)
        if problem:
            raise table.fault(f"{here}.value", problem)
        if dated.division and not 110_000 <= dated.division <= 829_999:  # noqa: PLR2004 - range of GB/T 2260
            raise table.fault(f"{here}.division", "must be a six-digit division code")
    if 0 not in last:
        raise table.fault(f"{path}.values", "needs a default: one value without division")


def _problem(entry: Entry, value: Value) -> str:
    """What is wrong with a value of this unit; empty = nothing."""
    if entry.unit in PERIODS:
        top = 31 if entry.unit == "day_of_month" else 10**12
        return "" if type(value) is int and 0 <= value <= top else f"must be a whole number from 0 to {top} ({entry.unit})"
    if entry.unit in NUMBERS:
        return "" if isinstance(value, int | float) and value >= 0 else f"must be a number of at least 0 ({entry.unit})"
    if entry.unit == "codes":
        listed = value if isinstance(value, list) else None
    else:
        listed = [value] if isinstance(value, str) and value else None
    if listed is None:
        return f"must be a {'list of texts' if entry.unit == 'codes' else 'text'} ({entry.unit})"
    if entry.unit == "month_day" and not _is_month_day(listed[0]):
        return "must be a day of the year MM-DD"
    strange = [text for text in listed if entry.allowed and text not in entry.allowed]
    return f"{strange[0]!r} is not allowed; allowed: {', '.join(entry.allowed)}" if strange else ""


def _is_month_day(text: str) -> bool:
    try:
        day_number(f"2023-{text}")
    except ValueError:
        return False
    return True


def _series_of(entry: Entry) -> dict[int, _Series]:
    found: dict[int, list[tuple[int, Value]]] = {}
    for dated in entry.values:
        found.setdefault(dated.division, []).append((day_number(dated.since), dated.value))
    return {place: _Series(tuple(since for since, _ in pairs), tuple(value for _, value in pairs)) for place, pairs in found.items()}


def _successors_of(table: Table) -> dict[int, int]:
    """Old code → current code, chains followed; ConfigError on a circle or a code given twice."""
    direct: dict[int, int] = {}
    rows = table.convert(Successors).successors
    for index, row in enumerate(rows):
        _day(table, f"$.successors[{index}].since", row.since)
        if row.old in direct:
            raise table.fault(f"$.successors[{index}].old", "is given twice")
        direct[row.old] = row.new
    for index, row in enumerate(rows):
        seen, code = {row.old}, row.new
        while code in direct:
            if code in seen:
                raise table.fault(f"$.successors[{index}].new", "leads back to itself")
            seen.add(code)
            code = direct[code]
        direct[row.old] = code
    return direct


def _day(table: Table, path: str, text: str) -> int:
    try:
        return day_number(text)
    except ValueError:
        raise table.fault(path, "must be a date YYYY-MM-DD") from None
