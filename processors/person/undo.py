"""What an annulled death left behind on a benefit record (domain 3.1, 3.1c): a suspension or end not taken back, money recovered.

A suspension is linked when it was booked on the record after the claim became known, whatever its 12xx reason, and not long after the claim
was withdrawn: later ones have another cause. Months are month numbers, amounts fen.
"""

from msgspec import Struct

from processors.person.claims import claim_days, follows, last_linked_day, standing_claims, withdrawn_claims
from processors.person.overpayment import NOT_OWED
from processors.person.person import Person
from processors.person.records import RESUMED_REASONS
from processors.rules.model import Moment
from schemas.dates import month_of_day
from schemas.facts import BenefitPayment, BenefitRecord, BenefitRecovery, DeathClaim
from schemas.kinds import BenefitState, PayLeg, RecoveryKind

SUSPENDED_REASONS = range(1200, 1300)
DIED = 1401
_TAKEN = frozenset({RecoveryKind.REFUND, RecoveryKind.OFFSET})


class Undo(Struct, kw_only=True):
    """What has to be taken back on one record."""

    stopped: bool  # suspended or ended, not resumed yet
    months: list[int]  # months after the withdrawn death that were not paid
    recovered_fen: int  # recovered and not given back
    recoveries: list[BenefitRecovery]


def annulled(person: Person, now: Moment) -> list[DeathClaim]:
    """The withdrawn claims, where none counts any more; else empty."""
    return [] if standing_claims(person, now) else withdrawn_claims(person)


def undo_of(person: Person, record: BenefitRecord, claims: list[DeathClaim], now: Moment) -> Undo | None:
    """What is still to be undone on a record after these claims were withdrawn; None where nothing is."""
    stopped = _is_stopped(record) and any(follows(record.changed_on, claim, now) for claim in claims)
    if stopped and record.state == BenefitState.SUSPENDED and person.claims:
        return None
    legs = [leg for leg in person.payments(record.record) if leg.leg == PayLeg.PAID and leg.item_class not in NOT_OWED]
    back = person.recoveries(record.record)
    months = _unpaid_months(record, claims, legs, back, now, stopped=stopped)
    taken = [one for one in back if one.recovery in _TAKEN and any(_concerns(one, claim, now) for claim in claims)]
    recovered_fen = _not_returned(taken, legs)
    if not (stopped or months or recovered_fen):
        return None
    return Undo(stopped=stopped, months=months, recovered_fen=recovered_fen, recoveries=taken)


def _is_stopped(record: BenefitRecord) -> bool:
    if record.state == BenefitState.SUSPENDED:
        return record.reason in SUSPENDED_REASONS
    return record.state == BenefitState.ENDED and record.reason == DIED


def _concerns(recovery: BenefitRecovery, claim: DeathClaim, now: Moment) -> bool:
    """Whether money was recovered because of a claim: booked after it, for a month after that death or none stated."""
    later = not recovery.month or recovery.month > _death_month(claim)
    return later and follows(recovery.booked_on, claim, now)


def _death_month(claim: DeathClaim) -> int:
    return month_of_day(claim_days(claim)[1]) if claim.died_on else 0


def _unpaid_months(
    record: BenefitRecord, claims: list[DeathClaim], legs: list[BenefitPayment], back: list[BenefitRecovery], now: Moment, *, stopped: bool
) -> list[int]:
    """Months after the withdrawn death without money: until today while stopped, until the resumption was booked afterwards."""
    resumed = record.state == BenefitState.PAYABLE and record.reason in RESUMED_REASONS
    if not (stopped or resumed):
        return []
    end = month_of_day(now.as_of if stopped else record.changed_on)
    found: set[int] = set()
    for claim in claims:
        if record.changed_on < claim.known_on:
            continue
        start = max(_death_month(claim) + 1, month_of_day(claim.known_on))
        unpaid = [month for month in range(start, end + 1) if _net(month, legs, back) <= 0]
        if unpaid and unpaid[0] <= month_of_day(min(last_linked_day(claim, now), now.as_of)) + 1:
            found.update(unpaid)
    return sorted(found)


def _net(month: int, legs: list[BenefitPayment], back: list[BenefitRecovery]) -> int:
    """Paid less returned by the bank for one month."""
    paid = sum(leg.amount_fen for leg in legs if leg.month == month)
    return paid - sum(one.amount_fen for one in back if one.month == month and one.recovery == RecoveryKind.RETURNED)


def _not_returned(taken: list[BenefitRecovery], legs: list[BenefitPayment]) -> int:
    """Recovered money less what was paid again afterwards for the same months; without a month, for any earlier one."""
    open_fen = 0
    for month in sorted({one.month for one in taken}):
        of_month = [one for one in taken if one.month == month]
        booked_on = min(one.booked_on for one in of_month)
        again = sum(leg.amount_fen for leg in legs if leg.paid_on > booked_on and _repays(leg, month, booked_on))
        open_fen += max(sum(one.amount_fen for one in of_month) - again, 0)
    return open_fen


def _repays(leg: BenefitPayment, month: int, booked_on: int) -> bool:
    return leg.month == month if month else leg.month < month_of_day(booked_on)
