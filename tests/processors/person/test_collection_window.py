"""The collection window of resident medical cover by a city's own months: when a year without payment is judged."""

from typing import Any

import pytest

from processors.scenario.run import run_scenario
from schemas.dates import date_of, day
from schemas.policy import load_policy

POLICY = load_policy()


class _OwnWindow:
    """The policy, but for the window."""

    def __init__(self, start: str, end: str) -> None:
        self.window = {"medres.window_start": start, "medres.window_end": end}

    def __getattr__(self, name: str) -> Any:
        return getattr(POLICY, name)

    def text(self, key: str, on_day: int, division: int = 0) -> str:
        """The window's own days."""
        return self.window.get(key) or POLICY.text(key, on_day, division)


@pytest.mark.parametrize(
    ("start", "end", "judged"),
    [
        ("09-01", "12-31", "2025-01-26"),
        ("09-01", "02-28", "2025-03-26"),  # over after New Year
        ("09-01", "08-31", "2025-09-26"),  # ends in a month before the one it starts in: in the year itself
        ("08-01", "08-31", "2025-01-26"),  # in the month it starts in: in the year before, judged as soon as a month of the year is
    ],
)
def test_a_year_is_judged_when_its_window_is_over(start: str, end: str, judged: str) -> None:
    """Nothing on the day before, the finding on the day."""
    paid = {"event": "CONTRIB_BOOKED", "at": "2023-11-10", "scheme": 390, "month": 202401, "months": 12}
    payer = {"bill": "Y24", "payer": "self", "payer_kind": "INDIVIDUAL", "person_fen": 38000}
    before = date_of(day(judged) - 1).isoformat()
    steps = [{**paid, **payer}, {"at": before, "published": []}, {"at": judged, "published": [{"rule": "R11", "change": "OPENED"}]}]
    run = run_scenario({"name": "window", "rules": ["R11"], "steps": steps}, _OwnWindow(start, end))
    assert not run.mismatches
