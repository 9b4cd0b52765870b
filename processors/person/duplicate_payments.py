"""Months with more than one booked payment of one scheme (domain R10): what counts as a payment, and which payments share which months."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from processors.person.conflict import frozen_pair
from processors.person.entries import Entry
from processors.person.ledger_months import entries_in
from processors.person.person import Person
from schemas.facts import Transfer
from schemas.kinds import ContribKind, PayerKind

Groups = list[tuple[list[int], list[Entry]]]  # months with the same payments, and these

TRANSFER_IN = 2
_NOT_OWN = frozenset({PayerKind.GOVERNMENT, PayerKind.FUND, PayerKind.COLLECTIVE})  # paid on top, or in the person's stead


def shared_months(person: Person, scheme: int, candidates: Iterable[int]) -> dict[int, list[Entry]]:
    """The months with more than one payment, each with its payments, first booked first."""
    candidates = list(candidates)
    entries = [entry for entry in entries_in(person, scheme, candidates) if is_payment(entry)]
    transfers = [one for one in person.transfers if one.scheme == scheme and one.direction == TRANSFER_IN and not one.cancelled]
    found = {}
    for number in candidates:
        here = _without_transferred([entry for entry in entries if entry.stands_in(number)], transfers, number)
        if len(here) > 1:
            here = _without_frozen(person, sorted(here, key=_booking_order))
        if len(here) > 1:
            found[number] = here
    return found


def is_payment(entry: Entry) -> bool:
    """A booked payment of the person's or an employer's own money: no adjustment, no subsidy by state or village, no row without number."""
    own = entry.kind != ContribKind.SUBSIDY and entry.payer_kind not in _NOT_OWN
    return entry.booked and entry.covers and entry.joined and own and entry.net_fen > 0


def _without_transferred(entries: list[Entry], transfers: Sequence[Transfer], number: int) -> list[Entry]:
    """Leave out what was paid at the place that a booked transfer brought over: it is the same money in the new ledger."""
    for one in transfers:
        in_time = one.month <= number < one.month + max(one.months, 1)
        if in_time and any(entry.place == one.division for entry in entries):
            entries = [entry for entry in entries if entry.place != one.other_division or one.other_division == one.division]
    return entries


def _without_frozen(person: Person, entries: list[Entry]) -> list[Entry]:
    """Of payments on records that may be several persons' (R19), the most that agree; the first booked, where as many do."""
    people: list[list[Entry]] = []
    for entry in entries:
        mine = next((one for one in people if not any(frozen_pair(person, entry.record, other.record) for other in one)), None)
        if mine is None:
            people.append([entry])
        else:
            mine.append(entry)
    return max(people, key=len)


def frozen_records(person: Person, entries: Iterable[Entry]) -> list[bytes]:
    """The first two records of these payments whose identities disagree; empty = none."""
    records = sorted({entry.record for entry in entries} - {b""})
    return next(([one, two] for one, two in combinations(records, 2) if frozen_pair(person, one, two)), [])


def _booking_order(entry: Entry) -> tuple[int, int, bytes]:
    row = entry.booking
    return row.paid_on, row.settled_month, row.row


def groups_of(shared: dict[int, list[Entry]]) -> Groups:
    """Consecutive months with the same payments, one group each, by first month."""
    groups: Groups = []
    for number, entries in sorted(shared.items()):
        last = groups[-1] if groups else None
        if last and last[0][-1] + 1 == number and _ids(last[1]) == _ids(entries):
            last[0].append(number)
        else:
            groups.append(([number], entries))
    return groups


def _ids(entries: Iterable[Entry]) -> list[int]:
    return [id(entry) for entry in entries]


def run_of(months: Sequence[int], shared: set[int]) -> int:
    """How many shared months in a row these months belong to."""
    first, last = months[0], months[-1]
    while first - 1 in shared:
        first -= 1
    while last + 1 in shared:
        last += 1
    return last - first + 1
