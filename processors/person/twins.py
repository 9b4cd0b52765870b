"""Rows that say again what another row said: a deleted row beside the one inserted in its place, one payment under two rows.

A deleted row is archiving: its fact stays (ROW_GONE, domain 4.10). Where what was deleted is inserted again in a later transaction, under
another primary key, both would count; the row that stands speaks, and of rows that are all gone the one that went last. What "again" means
follows from what each kind of fact is about: the table's natural key where it has one, else everything that was stated but its state.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from schemas.facts import (
    AnyFact,
    Balance,
    BenefitPayment,
    BenefitRecord,
    BenefitRecovery,
    Card,
    ContribRefund,
    Contribution,
    Enrolment,
    Fact,
    Hukou,
    Status,
    Transfer,
)
from schemas.kinds import FactStatus, PayLeg

F = TypeVar("F", bound=Fact)
_GONE = int(FactStatus.ROW_GONE)


def without_twins(facts: Sequence[F]) -> list[F]:
    """The facts of one kind, those left out that were deleted and are stated again."""
    gone = [fact for fact in facts if fact.status == _GONE]
    identity = _IDENTITY.get(type(gone[0])) if gone and len(facts) > 1 else None
    if identity is None:
        return list(facts)
    standing = {identity(fact) for fact in facts if fact.status != _GONE}
    last = {identity(fact): fact for fact in sorted(gone, key=_version)}
    return [fact for fact in facts if fact.status != _GONE or (identity(fact) not in standing and last[identity(fact)] is fact)]


def payments_once(legs: Iterable[BenefitPayment]) -> list[BenefitPayment]:
    """The legs of one record, each payment once: (month, item, run row), without a run its day (domain R06). The newest report speaks."""
    kept = without_twins(list(legs))
    if len(kept) < 2:  # noqa: PLR2004 - one leg has no twin
        return kept
    newest = {(_payment(leg), leg.leg): leg for leg in sorted(kept, key=_version)}
    return [leg for leg in kept if newest[_payment(leg), leg.leg] is leg]


def booked_once(recoveries: Sequence[BenefitRecovery]) -> list[BenefitRecovery]:
    """Booked recoveries of one record; the same one reported by two systems counts once."""
    kept: list[BenefitRecovery] = []
    for one in sorted(recoveries, key=lambda one: (one.month, one.booked_on, one.source, one.row)):
        if one.state == PayLeg.PAID and not any(one.source != other.source and _money_back(one) == _money_back(other) for other in kept):
            kept.append(one)
    return kept


def _version(fact: Fact) -> tuple[int, int, int, bytes]:
    return fact.incarnation, fact.sequence, fact.sub, fact.row


# what each kind of fact is about


def _payment(leg: BenefitPayment) -> Hashable:
    return leg.month, leg.item, leg.run or leg.paid_on


def _money_back(one: BenefitRecovery) -> Hashable:
    return one.month, one.recovery, one.amount_fen, one.booked_on


def _contribution(row: Contribution) -> Hashable:
    what = row.source, row.payer, row.bill, row.month, row.months, row.kind, row.item
    return *what, row.person_fen, row.employer_fen, row.public_fen, row.paid_on


def _refund(row: ContribRefund) -> Hashable:
    """A refund with a document number may be booked anew on another day."""
    what = row.source, row.payer, row.bill, row.month, row.months, row.person_fen, row.employer_fen
    return *what, row.refund or row.posted_on


def _identity(*names: str) -> Callable[[AnyFact], Hashable]:
    return lambda fact: tuple(getattr(fact, name) for name in names)


_IDENTITY: dict[type, Callable[..., Hashable]] = {
    BenefitPayment: _payment,
    BenefitRecovery: lambda one: (one.source, _money_back(one)),
    Contribution: _contribution,
    ContribRefund: _refund,
    Enrolment: _identity("source", "record"),
    BenefitRecord: _identity("source", "record", "benefit"),
    Balance: _identity("source", "record"),
    Hukou: _identity("source", "place", "from_day", "residence_permit"),
    Card: _identity("source", "card"),
    Status: _identity("source", "status_kind", "from_day"),
    Transfer: _identity("source", "scheme", "direction", "other_division", "month", "months", "booked_on"),
}
