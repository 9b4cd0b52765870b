"""The payments of single months of a ledger, without reading the years around them."""

from collections.abc import Iterable

from processors.person.entries import Entry, entries_of
from processors.person.person import Person
from processors.person.sections import ledger_section
from processors.person.state import Flag
from schemas.facts import Contribution
from schemas.kinds import FactStatus


def entries_in(person: Person, scheme: int, months: Iterable[int]) -> list[Entry]:
    """The entries of `Person.entries` that are for one of these months, in their order.

    Where every payment of the scheme is for one month and no refund is known, a month stands for itself; else the whole ledger is read.
    """
    if person.line(scheme).span_max > 1 or person.has(Flag.REFUND):
        wanted = list(months)
        return [entry for entry in person.entries(scheme) if any(entry.in_month(month) for month in wanted)]
    known = person.once(_known_months)
    found: list[Entry] = []
    for month in sorted(set(months)):
        if (scheme, month) not in known:
            known[scheme, month] = _of_month(person, scheme, month)
        found += known[scheme, month]
    return found


def _known_months(_: Person) -> dict[tuple[int, int], list[Entry]]:
    """The months asked for since a fact last changed, filled by `entries_in`."""
    return {}


def _of_month(person: Person, scheme: int, month: int) -> list[Entry]:
    _, row = person.row_of_month(ledger_section(scheme), month)
    rows = [fact for fact in row.facts if isinstance(fact, Contribution) and fact.month == month and fact.status != FactStatus.WITHDRAWN]
    return entries_of(rows, ())
