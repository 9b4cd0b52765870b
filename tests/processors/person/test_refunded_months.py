"""Which months of a longer bill a refund takes (docs/decisions/0012)."""

from typing import Any

import pytest

from processors.person.entries import entries_of
from schemas.kinds import Scheme
from tests.processors.person.test_entries import MAY, refund, row


@pytest.mark.parametrize(
    ("given", "gone"),
    [
        ({"month": MAY + 1, "months": 2, "employer_fen": 20000}, {MAY + 1, MAY + 2}),  # what two of six months cost
        ({"month": MAY + 1, "months": 2, "employer_fen": 19990}, {MAY + 1, MAY + 2}),  # to ten fen
        ({"month": MAY + 1, "months": 2, "employer_fen": 19989}, set()),  # a part of them
        ({"month": MAY + 1, "months": 1, "employer_fen": 20000}, set()),  # more than that month cost: not of that month alone
        ({"month": 0, "months": 1, "employer_fen": 10000}, set()),  # no month stated
    ],
)
def test_a_refund_takes_the_months_that_it_states(given: dict[str, Any], gone: set[int]) -> None:
    """Where its amount is what these months cost; any other leaves every month partly paid (domain 3.1b)."""
    (entry,) = entries_of([row(1, months=6, person_fen=0, employer_fen=60000)], [refund(1, person_fen=0, **given)])
    assert (set(entry.gone), entry.stands_in(MAY), entry.stands_in(MAY + 1)) == (gone, True, MAY + 1 not in gone)
    assert abs(entry.share_fen(1) - entry.net_fen / (6 - len(gone))) <= 1 / 2


def test_a_year_scheme_keeps_its_year() -> None:
    """A resident payment is for its year: what is refunded of it settles the overlap (R08), it uncovers no month."""
    (entry,) = entries_of(
        [row(1, scheme=Scheme.PENSION_RES, months=12, employer_fen=0)],
        [refund(1, scheme=Scheme.PENSION_RES, months=6, person_fen=20000, employer_fen=0)],
    )
    assert (entry.gone, entry.covers) == (frozenset(), True)
