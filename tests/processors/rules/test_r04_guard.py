"""R04: a cancelled registration is no death."""

import pytest

from processors.rules.r04_hukou_cancelled_not_death import death_origin_of
from schemas.code_maps import load_code_maps
from schemas.feed_file import Constant, FactSpec, load_feeds
from schemas.kinds import CancelReason, DeathOrigin

CLAIMS = {CancelReason.DEATH: DeathOrigin.POLICE, CancelReason.DECLARED_DEAD: DeathOrigin.COURT}


@pytest.mark.parametrize("reason", list(CancelReason))
def test_only_death_and_its_declaration_are_claims(reason: CancelReason) -> None:
    """Conscription, arrest, moving, emigration, duplicates and unknown reasons say nothing of a death."""
    assert death_origin_of(reason) is CLAIMS.get(reason)


def test_a_reason_outside_the_table_says_nothing() -> None:
    """An unmapped number is never guessed to be a death."""
    assert death_origin_of(77) is None


def registrations() -> list[tuple[str, str, int, DeathOrigin | None]]:
    """Every raw cancellation reason of every feed that has registrations: (feed, raw, canonical reason, origin that the feed states)."""
    maps = load_code_maps()
    found = []
    for name, feed in load_feeds().items():
        for table in feed.tables:
            columns = {spec.fields.get("cancel_reason") for spec in table.facts if spec.kind == "HUKOU"}
            column = next((one for one in columns if isinstance(one, str)), None)
            if column is None:
                continue
            codes = maps[feed.source_code, column, "CancelReason"]
            found += [(name, raw, reason, stated_origin(table.facts, column, raw)) for raw, reason in codes.values.items()]
    return found


def stated_origin(specs: list[FactSpec], column: str, raw: str) -> DeathOrigin | None:
    """The origin of the death claim that a feed file makes of a raw reason."""
    for spec in specs:
        if spec.kind == "DEATH_CLAIM" and raw in spec.when.get(column, []):
            origin = spec.fields["origin"]
            assert isinstance(origin, Constant)
            return DeathOrigin[origin.const]
    return None


def test_feed_files_make_claims_of_no_other_reason() -> None:
    """The register's file states exactly what the guard says; where deaths are events of their own, a cancellation may state none."""
    stated = registrations()
    assert {feed for feed, *_ in stated} >= {"household"}
    for feed, raw, reason, origin in stated:
        allowed = {death_origin_of(reason)} if feed == "household" else {None, death_origin_of(reason)}
        assert origin in allowed, f"{feed}: {raw}"
