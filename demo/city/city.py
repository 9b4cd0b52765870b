"""The city while its histories are written: the calendar, row numbers, what was written on which day, and the labels."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from random import Random

from demo.city.identity import Registry, Who
from demo.city.labels import Label, ScopePart
from demo.city.records import Record
from schemas.dates import date_of, day_in_month, day_of, last_day

FIRST_MONTH = 2023 * 12 + 9
"""October 2023: the run crosses a year end, with the payment window of the resident schemes and the end of a pension year."""
HOME = 370102
COUNTIES = (370102, 370103, 370104, 370105, 370112, 370113, 370114, 370115, 370116, 370117)
OTHER_CITY = 370202
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One record as it reaches a feed.

    `version` counts the row's states in the department, whatever the order in which they arrive. `gone`: the row was deleted by an
    archiving job. `again`: a re-delivery of the row's last message.
    """

    day: dt.date
    number: int
    record: Record
    version: int = 1
    gone: bool = False
    again: bool = False


class City:
    """Everything that the departments of one city write during the run. Months count from the run's first: 0, 1, ...; -1 is before it."""

    def __init__(self, months: int, seed: int) -> None:
        self.rng = Random(seed)
        self.registry = Registry(self.rng)
        self.months = months
        self.first = date_of(day_in_month(FIRST_MONTH, 1))
        self.last = date_of(last_day(FIRST_MONTH + months - 1))
        self.changes: list[Change] = []
        self.labels: list[Label] = []
        self.traps: list[tuple[str, Who]] = []
        self.case = ""
        self._row = 0
        self._versions: Counter[tuple[str, int]] = Counter()

    # calendar

    def month(self, offset: int) -> int:
        """The month number of a month of the run."""
        return FIRST_MONTH + offset

    def at(self, offset: int, day_of_month: int) -> dt.date:
        """A date in a month of the run."""
        return date_of(day_in_month(FIRST_MONTH + offset, day_of_month))

    # writing

    def row(self) -> int:
        """A new row number, also used for person numbers and serials."""
        self._row += 1
        return self._row

    def write(self, record: Record, on: dt.date | None = None) -> None:
        """Have the record reach its feed on a day (the day it was noted, by default); what is older arrives on the first day."""
        day = max(on or record.noted, self.first)
        if day <= self.last:
            key = type(record).__name__, record.row
            self._versions[key] += 1
            self.changes.append(Change(day, len(self.changes), record, self._versions[key]))

    def delete(self, record: Record, on: dt.date) -> None:
        """Have the row deleted by an archiving job."""
        if on <= self.last:
            self.changes.append(Change(on, len(self.changes), record, gone=True))

    def repeat(self, record: Record, on: dt.date) -> None:
        """Deliver the row's last message once more, as a connector does after a crash."""
        if on <= self.last:
            self.changes.append(Change(on, len(self.changes), record, again=True))

    # labels

    def expect(
        self, who: Who, rule: str, *scope: ScopePart, level: str = "ALERT", premise: str = "HOLDS", subtype: str | None = None
    ) -> None:
        """Label: at the end there is this alert about the person."""
        self.labels.append(Label(self.case, who, rule, scope, level, premise, subtype))

    def expect_nothing(self, who: Who) -> None:
        """Label: a trap. It looks like a case and is not."""
        self.traps.append((self.case, who))


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return day_of(day)
