"""R04: a cancelled registration is no death."""

import pytest

from processors.rules.r04_hukou_cancelled_not_death import death_origin_of
from schemas.kinds import CancelReason, DeathOrigin

CLAIMS = {CancelReason.DEATH: DeathOrigin.POLICE, CancelReason.DECLARED_DEAD: DeathOrigin.COURT}


@pytest.mark.parametrize("reason", list(CancelReason))
def test_only_death_and_its_declaration_are_claims(reason: CancelReason) -> None:
    """Conscription, arrest, moving, emigration, duplicates and unknown reasons say nothing of a death."""
    assert death_origin_of(reason) is CLAIMS.get(reason)


def test_a_reason_outside_the_table_says_nothing() -> None:
    """An unmapped number is never guessed to be a death."""
    assert death_origin_of(77) is None
