"""The policy as the tables give it to the rules: the city's own numbers, which refuse a question that makes no sense."""

from schemas import dates
from schemas.policy import Policy

EARLIEST, LATEST = dates.day("1880-01-01"), dates.day("2200-01-01")
SIX_DIGITS = 100_000
OF_THE_PROVINCE = frozenset(
    {
        "alive.after_death_days", "corroboration.groups", "corroboration.min_groups", "due.workdays.UNDO_CHECK",
        "lapse.injury_allowance", "med.gap_ok_months", "refund.tolerance_fen", "res.pension.from_age_years",
        "contrib.settle_day", "lapse.bounded_months",  # by division, where the person has one
    }
)  # fmt: skip
"""Numbers that a rule may ask without a division, and all of the retirement age; every other one is a city's own (domain 3.4)."""


class AskedWell:
    """Every number is asked for a day in reach and for a division, or for the whole province.

    A number has one value today, so a rule that asks for the wrong day, or gives a division where a day belongs, is right by chance, until
    the first change of law.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.hash = policy.hash

    def days(self, key: str, on_day: int, division: int = 0) -> int:
        """A whole number."""
        return self._policy.days(key, *_sensible(on_day, division, key))

    def number(self, key: str, on_day: int, division: int = 0) -> float:
        """A number."""
        return self._policy.number(key, *_sensible(on_day, division, key))

    def text(self, key: str, on_day: int, division: int = 0) -> str:
        """A code, or a day of the year."""
        return self._policy.text(key, *_sensible(on_day, division, key))

    def texts(self, key: str, on_day: int, division: int = 0) -> tuple[str, ...]:
        """A list of codes."""
        return self._policy.texts(key, *_sensible(on_day, division, key))

    def successor(self, division: int) -> int:
        """The code that a division has now."""
        return self._policy.successor(division)

    def pool(self, scheme: int, division: int, on_day: int) -> int:
        """The pooling area."""
        on_day, division = _sensible(on_day, division)
        return self._policy.pool(scheme, division, on_day)

    def add_workdays(self, day: int, days: int) -> int:
        """The day that many working days later."""
        return self._policy.add_workdays(_sensible(day, 0)[0], days)


def _sensible(on_day: int, division: int, key: str = "") -> tuple[int, int]:
    assert EARLIEST <= on_day < LATEST, f"a policy number was asked for day {on_day}, which is none that anybody lives in"
    assert division == 0 or division >= SIX_DIGITS, f"a policy number was asked for division {division}, which is none"
    of_the_province = not key or key in OF_THE_PROVINCE or key.startswith("retire.")
    assert division or of_the_province, f"{key} is a city's own number and was asked for the whole province"
    return on_day, division
