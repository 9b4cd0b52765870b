"""Each trap of real Debezium envelopes, on the envelope that was recorded when it bit."""

import json
from pathlib import Path

import pytest

from processors.intake import debezium
from processors.intake.change import Op, RowChange
from processors.intake.outcome import Accepted, Outcome, Rejected, Skipped, SkipReason
from schemas.dates import day
from schemas.errors import Code
from schemas.facts import Hukou
from schemas.kinds import FactStatus
from tests.processors.intake.recorded import numbered, person, recorded, replay, traps

HERE = Path(__file__).parent
TOMBSTONE = Skipped(SkipReason.TOMBSTONE)


def accepted(outcomes: list[Outcome]) -> list[Accepted]:
    """All outcomes, which must be acceptances."""
    found = [one for one in outcomes if isinstance(one, Accepted)]
    assert found == outcomes
    return found


def test_snapshot() -> None:
    """Rows of a snapshot are marked so; they share one LSN and differ by row; Chinese names beyond the BMP arrive whole."""
    found = accepted(replay(traps(), "01-snapshot.json"))
    messages = [one.messages[0] for one in found]
    assert {message.snapshot for message in messages} == {1}
    assert len({fact.row for message in messages for fact in message.facts}) == 3
    assert {message.facts[0].sequence for message in messages} == {26380080}
    assert "𠮷田" in {one.identity.name for one in found if one.identity}


def test_insert() -> None:
    """An insert asserts its row under its own LSN, dated in Asia/Shanghai."""
    (found,) = accepted(replay(traps(), "02-insert-default.json"))
    (message,) = found.messages
    hukou = message.facts[0]
    assert isinstance(hukou, Hukou)
    assert (hukou.status, hukou.sequence, hukou.sub, message.snapshot) == (FactStatus.ASSERTED, 26384720, 0, 0)
    assert message.person == person(numbered("99010119880505004"))
    assert hukou.from_day == day("2026-11-24")


def test_update_without_before_image() -> None:
    """REPLICA IDENTITY DEFAULT: `before` is null on update. It is refused by name, not half-read."""
    assert replay(traps(), "03-update-default.json") == [Rejected(Code.NO_BEFORE_IMAGE, "before")]


def test_unchanged_large_column() -> None:
    """The placeholder of a column that no reader looks at harms nothing; of a mapped one it is taken from the row before, or refused."""
    envelope = recorded("09-update-full.json")[0]["value"]
    envelope["after"]["dossier"] = "__debezium_unavailable_value"
    traps().accept(envelope)
    envelope["after"]["full_name"] = "__debezium_unavailable_value"
    found = traps().accept(envelope)
    assert found.identity is not None
    assert found.identity.name == envelope["before"]["full_name"]
    envelope["before"]["full_name"] = "__debezium_unavailable_value"
    assert traps().read(envelope) == Rejected(Code.VALUE_NOT_SENT, "full_name")


def test_key_change_with_default_identity() -> None:
    """A change of key with a made-up old row: the delete is refused as lacking its before-image, its tombstone skipped, the insert asserted."""
    delete, tombstone, insert = replay(traps(), "05-update-key-default.json")
    assert isinstance(delete, Rejected)
    assert delete.code is Code.NO_BEFORE_IMAGE
    assert tombstone == TOMBSTONE
    assert isinstance(insert, Accepted)
    assert insert.messages[0].facts[0].sub == 1


def test_key_change_with_full_identity() -> None:
    """A delete with `newkey` withdraws the old row, the insert with `oldkey` at the same LSN asserts the new one, later in order."""
    records = recorded("05-update-key-default.json")
    row = records[2]["value"]["after"]
    records[0]["value"]["before"] = {**row, "resident_id": 4}
    intake = traps()
    headers = [{name: text.encode() for name, text in one["headers"].items()} for one in records]
    gone = intake.accept(records[0]["value"], key=records[0]["key"], headers=headers[0])
    here = intake.accept(records[2]["value"], key=records[2]["key"], headers=headers[2])
    old, new = gone.messages[0].facts[0], here.messages[0].facts[0]
    assert (old.status, new.status) == (FactStatus.WITHDRAWN, FactStatus.ASSERTED)
    assert old.row != new.row
    assert (old.sequence, old.sub) < (new.sequence, new.sub)
    assert old.sequence == new.sequence


def test_delete_with_default_identity() -> None:
    """The made-up empty values of a delete are recognised and never read."""
    delete, tombstone = replay(traps(), "06-delete-default.json")
    assert isinstance(delete, Rejected)
    assert delete.code is Code.NO_BEFORE_IMAGE
    assert tombstone == TOMBSTONE


def test_transaction() -> None:
    """Rows of one transaction share `txId`, which is the batch; `transaction.id` differs between them."""
    records = recorded("07-transaction-default.json")
    ids = {one["value"]["transaction"]["id"] for one in records if one["value"]}
    assert len(ids) > 1
    intake = traps()
    batches = {found.messages[0].batch for one in records if isinstance(found := intake.read(one["value"], key=one["key"]), Accepted)}
    assert batches == {"733"}


@pytest.mark.parametrize("name", ["08-insert-full.json", "09-update-full.json"])
def test_full_identity(name: str) -> None:
    """With FULL every change is readable, and an update that moves nothing gives one message."""
    for found in accepted(replay(traps(), name)):
        assert len(found.messages) == 1
        assert {fact.status for fact in found.messages[0].facts} == {FactStatus.ASSERTED}


def test_delete_with_full_identity() -> None:
    """A deleted row is archiving unless the feed file says otherwise: the facts stay, marked ROW_GONE; the tombstone is skipped."""
    delete, tombstone = replay(traps(), "10-delete-full.json")
    assert isinstance(delete, Accepted)
    assert {fact.status for fact in delete.messages[0].facts} == {FactStatus.ROW_GONE}
    assert delete.identity is None
    assert tombstone == TOMBSTONE


def test_odd_values() -> None:
    """Infinity, BC and impossible birth dates have stable codes; NaN and negative income in a column nobody reads harm nothing."""
    found = replay(traps(), "11-odd-values.json")
    assert [one.code for one in found if isinstance(one, Rejected)] == [Code.NUMBER_TOO_OLD, Code.NUMBER_FUTURE, Code.NUMBER_TOO_OLD]
    row = recorded("11-odd-values.json")[0]["value"]
    row["after"]["id_card"] = numbered("99010119900101007")
    assert traps().read(row) == Rejected(Code.NOT_A_DATE, "registered_at", "", "a date not after today")
    row["after"]["registered_at"] = "2020-01-01T00:00:00.000000Z"
    found_row = traps().accept(row)
    assert found_row.notes == ["birth_date=?"]


def test_added_column() -> None:
    """A new column appears with the next change and is ignored until the feed file names it."""
    for found in accepted(replay(traps(), "12-add-column.json")):
        assert len(found.messages) == 1


def test_truncate() -> None:
    """TRUNCATE has no key and no row: it trips the brake at once."""
    (found,) = replay(traps(), "13-truncate.json")
    assert found == Rejected(Code.TRUNCATED, "resident", brakes=True)


def test_copy_shares_one_lsn() -> None:
    """COPY puts four rows under one LSN: four rows, one version, nothing lost."""
    found = accepted(replay(traps(), "15-copy.json"))
    facts = [one.messages[0].facts[0] for one in found]
    assert len({fact.sequence for fact in facts}) == 1
    assert len({fact.row for fact in facts}) == 4


def test_interleaved_transactions() -> None:
    """Records come in commit order, so older LSNs come later; each row keeps its own version."""
    found = accepted(replay(traps(), "16-interleaved.json"))
    by_row = {one.messages[0].facts[0].row: one.messages[0].facts[0].sequence for one in found}
    assert len(by_row) == 3
    assert len(set(by_row.values())) == 3


def test_schema_in_the_record_and_precise_decimals() -> None:
    """With schemas.enable the payload is read, and base64 decimals become text by the scale beside them."""
    value = json.dumps(recorded("18-insert-with-schema-precise.json")[0]["value"]).encode()
    change = debezium.decode_json(value, {})
    assert isinstance(change, RowChange)
    assert change.after is not None
    assert change.after["income"] == "1234567890.12"
    assert isinstance(traps().read(value), Accepted)


def test_extended_headers() -> None:
    """The context headers of Debezium change nothing."""
    (one,) = recorded("20-extended-headers.json")
    headers = {name: text.encode() for name, text in one["headers"].items()}
    with_headers = traps().accept(one["value"], headers=headers)
    assert with_headers.messages == traps().accept(one["value"]).messages


def test_heartbeats_and_transaction_marks() -> None:
    """Heartbeats and BEGIN/END are counted and skipped: they say nothing of rows."""
    heartbeats = json.loads((HERE / "envelopes" / "heartbeat.json").read_text())["records"]
    assert {traps().read(one["value"], key=one["key"]) for one in heartbeats} == {Skipped(SkipReason.HEARTBEAT)}
    marks = [
        one
        for one in json.loads((HERE / "envelopes" / "03-update-default.json").read_text())["records"]
        if one["topic"] == "dbz.transaction"
    ]
    assert {traps().read(one["value"], key=one["key"]) for one in marks} == {Skipped(SkipReason.TRANSACTION_MARK)}


def test_avro_envelopes() -> None:
    """The decoded Avro envelope is the same change, its decimal a number with all digits."""
    records = recorded("avro-decoded.json")
    changes = [debezium.change_of(one["value"], {}) for one in records]
    assert [change.op for change in changes if isinstance(change, RowChange)] == [Op.CREATED, Op.UPDATED, Op.DELETED]
    first = changes[0]
    assert isinstance(first, RowChange)
    assert first.sequence == 26712544


def test_null_key() -> None:
    """A row without a key cannot be kept in order: refused by name."""
    value = recorded("02-insert-default.json")[0]["value"]
    assert traps().read(value, key=None) == Rejected(Code.NULL_KEY)


def test_repeat_after_a_crash() -> None:
    """A repeat differs in the envelope's own times only, and becomes the same facts."""
    value = recorded("08-insert-full.json")[0]["value"]
    first = traps().accept(value).messages
    value["ts_ms"] += 6_000
    value["ts_us"] += 6_000_000
    assert traps().accept(value).messages == first


def test_subject_of_a_row_changes() -> None:
    """A row whose number is corrected gives two messages: withdrawn at the old person first, asserted at the new, one version."""
    value = recorded("09-update-full.json")[0]["value"]
    value["after"]["id_card"] = numbered("99010119990101006")
    found = traps().accept(value)
    old, new = found.messages
    assert old.person == person(value["before"]["id_card"])
    assert new.person == person(value["after"]["id_card"])
    assert {fact.status for fact in old.facts} == {FactStatus.WITHDRAWN}
    assert {fact.status for fact in new.facts} == {FactStatus.ASSERTED}
    assert {(fact.sequence, fact.row) for fact in old.facts} == {(fact.sequence, fact.row) for fact in new.facts}
