"""Months in which a medical record was paused before it was resumed: its row says only what holds now (domain 3.3: PAUSED does not count).

The months are kept on the fact when a newer version of the row resumes it. A pause of which only the resumption ever arrived is not known.
"""

from schemas.dates import bits_of, first_day, month_of_day, raw_of, span_bits
from schemas.facts import Enrolment
from schemas.kinds import MEDICAL, EnrolState


def paused_after(old: Enrolment, new: Enrolment, as_of: int) -> bytes:
    """The months wholly paused that a newer version of a row inherits, with those of the pause that it ends."""
    if old.state != EnrolState.PAUSED or new.state == EnrolState.PAUSED or new.scheme not in MEDICAL:
        return old.paused
    paused_on, resumed_on = old.changed_on or old.known_on, new.changed_on or as_of
    first = month_of_day(paused_on)
    first += paused_on > first_day(first)
    return raw_of(bits_of(old.paused) | span_bits(first, max(month_of_day(resumed_on) - first, 0)))
