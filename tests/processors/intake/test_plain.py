"""What a plain record that names no known table is told."""

import pytest

from processors.intake.outcome import Rejected
from tests.processors.intake.test_fuzz import FEEDS


@pytest.mark.parametrize("record", [{}, {"record_type": "unheard_of"}])
def test_each_allowed_type_is_named_once(record: dict[str, str]) -> None:
    """The marker is one of the feed's tables; a department that reads it twice looks for a difference."""
    outcome = FEEDS["card"].read(record)
    assert isinstance(outcome, Rejected)
    assert outcome.allowed == "card, feed_complete"
