"""Contributions and enrolments that outlive a death (domain R02). Amounts in fen, months as month numbers.

A year payment made before the death never counts; a payment for an earlier month that an employer makes late is arrears and due.
"""

from enum import StrEnum

from msgspec import Struct

from processors.person.death import Death
from processors.person.entries import Entry
from processors.person.person import Person
from schemas.dates import first_day, month_of_day
from schemas.facts import Contribution, Enrolment
from schemas.kinds import ContribKind, EnrolState, FactStatus, PayerKind, Scheme

_PAYING_KINDS = frozenset({ContribKind.NORMAL, ContribKind.ARREARS, ContribKind.RETRO, ContribKind.PREPAID})


class After(StrEnum):
    """What lies after the death."""

    CONTRIBUTION = "CONTRIBUTION"  # money for a month after the death
    ENROLMENT = "ENROLMENT"  # a contributing record that is not ended in time
    RETRO = "RETRO"  # back-pay made after the death for the months before
    YEAR_NOT_BEGUN = "YEAR_NOT_BEGUN"  # a 390 year paid before the death that had not begun: may be refunded on request


class Late(Struct, frozen=True):
    """One entry that lies after the death, wholly or in part."""

    entry: Entry
    after: After
    months: tuple[int, ...]  # the months that count
    amount_fen: int  # their share of the net amount, rounded once
    certain_fen: int  # of this, for months that every source places after the death

    @property
    def is_returned(self) -> bool:
        """Whether all of these months were given back while the payment still stands for others."""
        return not self.entry.gone.isdisjoint(self.months)


def late_entries(entries: list[Entry], death: Death) -> list[Late]:
    """The booked entries with own money that lie after the death."""
    found = [late for entry in entries if entry.booked and entry.net_fen > 0 and (late := late_part(entry, death))]
    return [late for late in found if not late.is_returned]


def may_be_late(person: Person, scheme: int, death: Death) -> bool:
    """Whether any row could make a late entry: for a month after the death, or back-pay that came after it. No entry is formed."""
    return any(row.month + row.months - 1 > death.month or _may_be_retro(row, death) for row in person.contributions(scheme))


def _may_be_retro(row: Contribution, death: Death) -> bool:
    if row.kind != ContribKind.RETRO and row.payer_kind != PayerKind.INDIVIDUAL:
        return False
    return (row.paid_on or (first_day(row.settled_month) if row.settled_month else row.known_on)) > death.last_day


def late_part(entry: Entry, death: Death) -> Late | None:
    """What of an entry lies after the death, whether or not its money is still there."""
    if entry.kind not in _PAYING_KINDS:
        return None
    after = _after(entry, death)
    if after is None:
        return None
    late = [month for month in range(entry.month, entry.month + entry.months) if after is After.RETRO or month > death.month]
    standing = [month for month in late if month not in entry.gone]
    certain = sum(month > death.last_month for month in standing)
    return Late(entry, after, tuple(standing or late), entry.share_fen(len(standing)), entry.share_fen(certain))


def paid_day(entry: Entry) -> int:
    """When the money came: the earliest payment day of its rows, else the settlement month, else when the first row became known."""
    paid = [row.paid_on for row in entry.facts if row.paid_on]
    settled = [first_day(row.settled_month) for row in entry.facts if row.settled_month]
    return min(paid or settled or [row.known_on for row in entry.facts])


def contributing(person: Person, scheme: int) -> list[Enrolment]:
    """The records of a scheme that still contribute: active, neither drawing nor retired; the latest row of each record."""
    latest: dict[bytes, Enrolment] = {}
    rows = [row for row in person.enrolments if row.scheme == scheme]
    for row in sorted(rows, key=lambda row: (row.changed_on, row.incarnation, row.sequence, row.sub, row.row)):
        latest[row.record] = row
    return [
        row for _, row in sorted(latest.items()) if row.state == EnrolState.PAYING and not row.retired and row.status != FactStatus.ENDED
    ]


def _after(entry: Entry, death: Death) -> After | None:
    last = entry.month + entry.months - 1
    paid = paid_day(entry)
    if last > death.month:
        if entry.months == 1 or paid > death.day:
            return After.CONTRIBUTION
        return After.YEAR_NOT_BEGUN if entry.scheme == Scheme.MED_RES and entry.month > death.month else None
    if entry.kind == ContribKind.ARREARS or paid <= death.last_day:
        return None
    individual = entry.payer_kind == PayerKind.INDIVIDUAL and last < month_of_day(paid)
    return After.RETRO if individual or entry.kind == ContribKind.RETRO else None
