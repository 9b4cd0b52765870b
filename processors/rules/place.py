"""Where an alert is handled: the division that a code has now, and its city."""

from processors.rules.model import Moment

_COUNTIES = 100


def city_of(now: Moment, division: int) -> int:
    """The city (nn00) that a division lies in today; 0 where none is stated."""
    return now.policy.successor(division) // _COUNTIES * _COUNTIES
