"""What a deleted row means, as the feed file says; and what stays silent."""

from typing import Any

import pytest
from msgspec import structs

from processors.intake.change import Op, RowChange
from processors.intake.compile import Raw, compile_feed
from processors.intake.outcome import Accepted
from schemas.feed_file import Feed, OnDelete, load_feeds
from schemas.kinds import FactStatus
from tests.processors.intake.recorded import KEYS, Intake, recorded, traps

BALANCE = {
    "id": 1,
    "aac001": "1",
    "aac002": "379999194811200016",
    "aac003": "王建国",
    "aae140": "110",
    "balance": "1.00",
    "as_of": "20240331",
    "aab301": "370102",
}


def business(on_delete: OnDelete) -> Feed:
    """The business feed with another meaning of deletes."""
    feed = load_feeds()["business"]
    return structs.replace(feed, tables=[structs.replace(spec, on_delete=on_delete) for spec in feed.tables])


def envelope(op: str, before: dict[str, Any] | None, after: dict[str, Any] | None, lsn: int, tx: int) -> dict[str, Any]:
    """One Debezium record of the account table."""
    return {"op": op, "before": before, "after": after, "source": {"table": "account_balance", "lsn": lsn, "txId": tx}}


@pytest.mark.parametrize(
    ("on_delete", "status"), [("ignore", FactStatus.ROW_GONE), ("ended", FactStatus.ENDED), ("annulled", FactStatus.WITHDRAWN)]
)
def test_a_delete_means_what_the_feed_file_says(on_delete: OnDelete, status: FactStatus) -> None:
    """Archived, true until now, or never true."""
    intake = Intake(compile_feed(business(on_delete), KEYS))
    found = intake.accept(envelope("d", BALANCE, None, 10, 5))
    assert [fact.status for fact in found.messages[0].facts] == [status]


@pytest.mark.parametrize("on_delete", ["ignore", "ended", "annulled"])
def test_deleted_and_inserted_again_is_one_fact(on_delete: OnDelete) -> None:
    """Within one transaction: the new row's message withdraws the old row's fact, whatever a delete means."""
    intake = Intake(compile_feed(business(on_delete), KEYS))
    intake.accept(envelope("c", None, BALANCE, 5, 4))
    intake.accept(envelope("d", BALANCE, None, 10, 5))
    found = intake.accept(envelope("c", None, BALANCE | {"id": 2, "balance": "2.00"}, 11, 5))
    (message,) = found.messages
    old = [] if on_delete == "annulled" else [(FactStatus.WITHDRAWN, 100)]  # annulled: the delete has withdrawn it already
    assert [(fact.status, fact.balance_fen) for fact in message.facts] == [*old, (FactStatus.ASSERTED, 200)]  # type: ignore[union-attr]  # the fact of this sample has it


def test_natural_keys_join_over_a_corrected_number() -> None:
    """A row deleted and inserted again under another person: withdrawn there, asserted here."""
    intake = traps()
    old = recorded("10-delete-full.json")[0]["value"]
    intake.accept(old)
    insert = {
        "op": "c",
        "before": None,
        "after": old["before"] | {"resident_id": 77},
        "source": old["source"] | {"lsn": old["source"]["lsn"] + 1},
    }
    found = intake.accept(insert)
    assert isinstance(found, Accepted)
    assert [fact.status for fact in found.messages[0].facts] == [1, 1, 0, 0]


def test_representations_are_silent() -> None:
    """Rows, records and identities show no number and no name where they are printed."""
    found = Intake(compile_feed(load_feeds()["business"], KEYS)).accept(envelope("c", None, BALANCE, 5, 4))
    change = RowChange("t", Op.CREATED, None, BALANCE, 1)
    raw = Raw(b"k", str(BALANCE).encode(), {}, 0, 1)
    shown = f"{found!r} {change!r} {raw!r} {change} {raw}"
    assert "王建国" not in shown
    assert "3799991948" not in shown
