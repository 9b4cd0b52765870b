"""The Chinese working-day calendar: State Council holiday notices with their make-up days (调休), as dated data.

Days are day numbers (days since 1970-01-01). A year without a notice counts Saturdays and Sundays as off and nothing else.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from schemas.dates import date_of, day
from schemas.strict_yaml import Table

_SATURDAY = 5
LONGEST_STEP = 2000  # working days that one call may count; a longer term is a mistake


class Break(Struct, rename={"first": "from", "last": "to"}, forbid_unknown_fields=True, frozen=True):
    """One holiday break, both days included."""

    name: str
    first: str
    last: str


class Year(Struct, forbid_unknown_fields=True, frozen=True):
    """One year's notice. `provisional`: only the statutory days are known, the notice has not been issued."""

    year: int
    reference: str
    last_checked: str
    provisional: bool
    breaks: list[Break]
    make_up: list[str]


class Years(Struct, forbid_unknown_fields=True, frozen=True):
    """The file."""

    years: list[Year]


class Workdays:
    """Which days are working days. Built once, read-only afterwards; `years` are the notices that it was built from."""

    def __init__(self, off: Iterable[int], make_up: Iterable[int], years: Sequence[Year] = ()) -> None:
        self.years = {year.year: year for year in years}
        self._off = frozenset(off)
        self._make_up = frozenset(make_up)

    def is_official(self, year: int) -> bool:
        """Whether the State Council's notice for the year is known."""
        return year in self.years and not self.years[year].provisional

    def is_workday(self, day_number: int) -> bool:
        """Whether offices work on the day."""
        if day_number in self._make_up:
            return True
        return day_number not in self._off and (day_number + 3) % 7 < _SATURDAY  # 1970-01-01 was a Thursday

    def add(self, day_number: int, count: int) -> int:
        """The count-th working day after the given day (0 = the day itself); ValueError outside 0 to 2000."""
        if not 0 <= count <= LONGEST_STEP:
            raise ValueError(f"working days to add: {count}; allowed: 0 to {LONGEST_STEP}")
        while count:
            day_number += 1
            count -= self.is_workday(day_number)
        return day_number


def workdays_from(table: Table) -> Workdays:
    """The calendar of a parsed file; ConfigError names the line of a day outside its year or a break that ends before it starts."""
    off: list[int] = []
    make_up: list[int] = []
    years = table.convert(Years).years
    for index, year in enumerate(years):
        path = f"$.years[{index}]"
        for number, one in enumerate(year.breaks):
            first, last = (_day(table, f"{path}.breaks[{number}]", text) for text in (one.first, one.last))
            if last < first or date_of(last).year != year.year:
                raise table.fault(f"{path}.breaks[{number}]", f"must start before it ends and end in {year.year}")
            off.extend(range(first, last + 1))
        for number, text in enumerate(year.make_up):
            found = _day(table, f"{path}.make_up[{number}]", text)
            if date_of(found).weekday() < _SATURDAY or date_of(found).year != year.year:
                raise table.fault(f"{path}.make_up[{number}]", f"a make-up day is a Saturday or Sunday of {year.year}")
            make_up.append(found)
    return Workdays(off, make_up, years)


def _day(table: Table, path: str, text: str) -> int:
    try:
        return day(text)
    except ValueError:
        raise table.fault(path, "must be a date YYYY-MM-DD") from None
