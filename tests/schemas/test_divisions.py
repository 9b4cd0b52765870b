"""Divisions and their successors."""

import pytest

from schemas.dates import day
from schemas.divisions import load_divisions

DIVISIONS = load_divisions()


@pytest.mark.parametrize(
    ("division", "city"), [(370102, 370100), (371202, 370100), (371200, 370100), (370199, 370100), (371681, 371600), (110105, 110100)]
)
def test_city(division: int, city: int) -> None:
    """A division lies in the city of today, 莱芜 in 济南; nn99 is a division of its city."""
    assert DIVISIONS.city_of(division) == city


def test_successor_by_date() -> None:
    """The old code stands until the day of its replacement."""
    assert DIVISIONS.successor(371202, day("2018-12-31")) == 371202
    assert DIVISIONS.successor(371202, day("2019-01-01")) == 370116
    assert DIVISIONS.successor(370102, day("2024-01-01")) == 370102


def test_names() -> None:
    """All sixteen cities are named."""
    assert len(DIVISIONS.cities) == 16
    assert DIVISIONS.name_of(370200) == "青岛市"
