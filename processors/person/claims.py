"""Which death claims count, and which days their dates may mean (docs/decisions/0014).

A death that the agency books itself, by ending a record or an enrolment, counts as one of family and community. Where it followed another
office's claim and says nothing else than that claim, it falls with it: it is what was done about the claim, not a second one. A claim under a 15-digit number with which no name agrees keeps no booking alive.
"""

from collections.abc import Sequence

from processors.person.copies import is_unproven, register_names
from processors.person.person import Person
from processors.rules.model import Moment
from schemas.dates import first_day, last_day, month_of_day
from schemas.facts import DeathClaim
from schemas.kinds import DeathOrigin, FactStatus, Precision, Source

_EVER = -1 << 30
_UNLIMITED = 1 << 30


def standing_claims(person: Person, now: Moment) -> Sequence[DeathClaim]:
    """The claims in force, without agency bookings whose own ground was withdrawn."""
    claims = person.claims
    others = [claim for claim in claims if not _by_agency(claim)]
    if others and not all(is_unproven(claim, person.once(register_names)) for claim in others):
        return claims
    grounds = [claim for claim in withdrawn_claims(person) if not _by_agency(claim)]
    own = any(not any(_only_follows(claim, ground, now) for ground in grounds) for claim in claims if _by_agency(claim))
    return claims if own else others


def withdrawn_claims(person: Person) -> list[DeathClaim]:
    """The claims that were withdrawn."""
    return [claim for claim in person.all_claims if claim.status == FactStatus.WITHDRAWN]


def claim_days(claim: DeathClaim) -> tuple[int, int]:
    """First and last day that a claim's date may mean."""
    month = month_of_day(claim.died_on)
    if claim.precision == Precision.MONTH:
        return first_day(month), last_day(month)
    if claim.precision == Precision.YEAR:
        january = month // 12 * 12
        return first_day(january), last_day(january + 11)
    if claim.precision == Precision.NOT_AFTER:
        return _EVER, min(claim.died_on, claim.known_on)
    return claim.died_on, claim.died_on


def follows(booked_on: int, claim: DeathClaim, now: Moment) -> bool:
    """Whether what was booked on a day is taken to follow from a claim: after it became known, not long after it was withdrawn."""
    return claim.known_on <= booked_on <= last_linked_day(claim, now)


def last_linked_day(claim: DeathClaim, now: Moment) -> int:
    """Until when a booking on a record is taken to follow from a claim: some working days after it was withdrawn."""
    if not claim.withdrawn_on:
        return _UNLIMITED
    return now.policy.add_workdays(claim.withdrawn_on, now.policy.days("due.workdays.UNDO_CHECK", claim.withdrawn_on))


def _by_agency(claim: DeathClaim) -> bool:
    """A death that the agency booked itself."""
    return claim.origin == DeathOrigin.FAMILY_COMMUNITY and claim.source in {Source.BUSINESS, Source.MEDICAL}


def _only_follows(booking: DeathClaim, ground: DeathClaim, now: Moment) -> bool:
    """Whether a booking followed a claim and gives no other date: one of its own came from a relative or another paper."""
    (first, last), (low, high) = claim_days(booking), claim_days(ground)
    same = not booking.died_on or not ground.died_on or (first <= high and low <= last)
    return same and follows(booking.known_on, ground, now)
