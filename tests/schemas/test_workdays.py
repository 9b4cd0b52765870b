"""The working-day calendar: vectors over holidays and make-up days."""

import datetime as dt
from pathlib import Path

import pytest

from schemas.dates import date_of, day
from schemas.policy import HOME, load_policy
from schemas.strict_yaml import ConfigError, Table, read_table
from schemas.workdays import workdays_from

CALENDAR = load_policy().workdays


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2024-04-02", 3, "2024-04-08"),  # 清明, Sunday 04-07 worked
        ("2024-06-08", 3, "2024-06-13"),  # 端午
        ("2024-06-20", 5, "2024-06-27"),
        ("2024-07-20", 5, "2024-07-26"),
        ("2024-09-30", 1, "2024-10-08"),  # 国庆
        ("2024-10-11", 1, "2024-10-12"),  # Saturday worked
        ("2025-01-27", 1, "2025-02-05"),  # 春节
        ("2023-09-28", 1, "2023-10-07"),
        ("2022-12-29", 1, "2022-12-30"),  # the day before a break that began in the year before
        ("2026-02-13", 2, "2026-02-24"),  # Saturday 02-14 worked, then nine days off
        ("2027-04-30", 1, "2027-05-05"),  # provisional year: weekend substitutes
        ("2024-06-20", 0, "2024-06-20"),
    ],
)
def test_vectors(start: str, count: int, expected: str) -> None:
    """The n-th working day over holidays and make-up days of known notices."""
    assert date_of(CALENDAR.add(day(start), count)).isoformat() == expected


@pytest.mark.parametrize(("year", "workdays"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248), (2027, 248)])
def test_workdays_of_a_year(year: int, workdays: int) -> None:
    """A year has as many working days as weekdays − holidays + make-up days, counted by hand over the notice."""
    first, last = day(f"{year}-01-01"), day(f"{year}-12-31")
    assert sum(CALENDAR.is_workday(one) for one in range(first, last + 1)) == workdays


def test_a_year_without_notice_has_weekends_only() -> None:
    """Far outside the notices Monday to Friday are working days."""
    for one in range(day("1999-01-01"), day("1999-12-31")):
        assert CALENDAR.is_workday(one) == (date_of(one).weekday() < dt.date(1999, 1, 2).weekday())


def test_limits() -> None:
    """A negative or absurd count is an error."""
    for count in (-1, 2001):
        with pytest.raises(ValueError, match="allowed: 0 to 2000"):
            CALENDAR.add(0, count)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2024-04-07", "2024-04-08", "Saturday or Sunday"),
        ("to: 2024-04-06", "to: 2024-04-03", "start before it ends"),
        ("to: 2024-04-06", "to: 2024-04-31", "YYYY-MM-DD"),
    ],
)
def test_a_wrong_notice_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A make-up day in the week, a break that ends before it starts and a day that does not exist name their line."""
    text = (HOME / "workdays.yaml").read_text()
    path = tmp_path / "workdays.yaml"
    path.write_text(text.replace(old, new, 1))
    table: Table = read_table(path)
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(ConfigError, match=says) as refused:
        workdays_from(table)
    assert f"workdays.yaml:{line}:" in str(refused.value)
