"""When a month of contributions is settled: refunds, corrections and late bookings of it have had their time (policy `contrib.settle_day`)."""

from processors.person.families import wakes_for
from processors.person.person import Person
from processors.rules.model import Moment, Wake
from schemas.dates import day_in_month, first_day
from schemas.facts import Contribution
from schemas.kinds import MEDICAL


def unsettled(person: Person, now: Moment, month: int, booking: Contribution) -> list[Wake]:
    """The wakes to wait for until the settle day of a month is over and the feed of its booking complete through it; empty = settled."""
    settle_day = now.policy.days("contrib.settle_day", first_day(month), booking.place)
    feed = person.ref(booking).feed or ("medical" if booking.scheme in MEDICAL else "business")
    return wakes_for(now, (feed,), booking.place, day_in_month(month + 1, settle_day))
