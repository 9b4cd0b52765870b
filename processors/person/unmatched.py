"""LEDGER_UNMATCHED (domain 3.1b): ledger rows that equal several payments, and money given back that fits none or several.

More of the ledger may match them, so each is counted once, for its feed, when nothing came to its months for
`contrib.ledger_unmatched_days`. It is the source that has to be asked: no alert about a person comes of it.
"""

from collections import Counter

from processors.person.entries import unmatched_of
from processors.person.person import Person
from processors.person.state import WakeEntry
from processors.rules.model import CALENDAR, Numbers
from schemas.facts import ContribRefund, Contribution

CODE = "LEDGER_UNMATCHED"


def is_watched(person: Person) -> bool:
    """Whether rows of the person wait to be counted."""
    return any(wake.rule == CODE for wake in person.head.wakes)


def watch(person: Person, as_of: int, policy: Numbers) -> None:
    """Wake the person on the days when rows that match nothing now are to be counted."""
    days = {count_on for count_on, _ in _unmatched(person, policy) if count_on > as_of}
    others = [wake for wake in person.head.wakes if wake.rule != CODE]
    person.head.wakes = sorted([*others, *(WakeEntry(CODE, CALENDAR, on) for on in days)])


def take_due(person: Person, through: int, policy: Numbers) -> Counter[str]:
    """The rows to be counted up to a day, by feed; their wakes go."""
    due = {wake.day for wake in person.head.wakes if wake.rule == CODE and wake.day <= through}
    person.head.wakes = [wake for wake in person.head.wakes if wake.rule != CODE or wake.day not in due]
    return Counter(person.ref(row).feed for count_on, row in _unmatched(person, policy) if count_on in due)


def _unmatched(person: Person, policy: Numbers) -> list[tuple[int, ContribRefund | Contribution]]:
    """What matches nothing now, each with the day to count it."""
    found = []
    for line in person.head.schemes:
        paid, returned = person.contributions(line.scheme), person.refunds(line.scheme)
        for row in unmatched_of(paid, returned):
            since = max(other.known_on for other in (row, *paid, *returned) if other is row or _meet(row, other))
            wait = policy.days("contrib.ledger_unmatched_days", since, row.place)
            found.append((since + wait + 1, row))
    return found


def _meet(one: ContribRefund | Contribution, two: ContribRefund | Contribution) -> bool:
    return one.month < two.month + two.months and two.month < one.month + one.months
