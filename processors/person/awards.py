"""When a benefit was awarded: AAE035 of its row dates the present state only (R06, a late award that pays earlier months in one row).

The day is kept on the fact when a newer version of the row books another state. An award of which only a later state ever arrived is not known.
"""

from processors.person.records import RESUMED_REASONS
from schemas.facts import BenefitRecord
from schemas.kinds import BenefitState, FactStatus


def award_of(record: BenefitRecord) -> int:
    """When the award was booked; 0 = not known.

    Of a record that was suspended, resumed or ended the present booking says nothing about it, and a row that was known before that booking
    was not awarded by it either, whatever its reason.
    """
    if record.awarded_on:
        return record.awarded_on
    awarded = record.state == BenefitState.PAYABLE and record.reason not in RESUMED_REASONS
    return record.changed_on if awarded and record.changed_on <= record.known_on else 0


def awarded_after(old: BenefitRecord, new: BenefitRecord) -> int:
    """The award that a newer version of a row inherits, where it books another state."""
    if old.status == FactStatus.WITHDRAWN or (old.state, old.changed_on) == (new.state, new.changed_on):
        return old.awarded_on
    return award_of(old)
