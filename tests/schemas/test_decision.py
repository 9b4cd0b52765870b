"""The decision contract: what is well formed, what is refused, and that no free text or number gets through."""

from typing import Any

import pytest
from msgspec import structs

from schemas.decision import (
    Action,
    Decision,
    DecisionResult,
    Verdict,
    decision_message,
    malformed,
    new_decision_id,
    read_decision,
    read_result,
    result_fields,
    result_from_fields,
    result_message,
)
from schemas.wire import Reader, Writer
from tests.schemas.samples import person_key

DECISION = Decision(
    decision_id="2f0c5c1e-6a57-4a6e-9d6e-0a8a4a1f6a10",
    alert_id=bytes(range(16)),
    subject=person_key(1),
    person_key=person_key(2),
    seen_revision=3,
    action=Action.EXPLAIN,
    code="DATA_ERROR",
    valid_until=20_000,
    note_ref="note-88",
    actor="staff-17",
    actor_role="clerk",
    actor_division=370116,
    at_ms=1_715_331_600_000,
)


def test_a_decision_survives_the_wire_under_the_person_key() -> None:
    """Sent and read, it is the same; the key is the person's."""
    message = decision_message(Writer("decision"), DECISION)
    assert message.key == DECISION.person_key
    assert read_decision(Reader("decision"), message.value) == DECISION
    assert malformed(DECISION) is None
    assert malformed(structs.replace(DECISION, decision_id=new_decision_id())) is None


def test_an_answer_survives_the_wire_and_repeats_alike() -> None:
    """Avro and JSON forms read back; equal answers have equal bytes and an equal ce_id."""
    result = DecisionResult(
        decision_id=DECISION.decision_id,
        alert_id=DECISION.alert_id,
        person_key=DECISION.person_key,
        verdict=Verdict.EVIDENCE_MOVED,
        action=Action.EXPLAIN,
        revision=4,
    )
    writer = Writer("decision_result")
    message = result_message(writer, result)
    assert message == result_message(writer, result)
    assert read_result(Reader("decision_result"), message.value) == result
    assert result_from_fields({**result_fields(result), "novel": 1}) == result


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decision_id", "1"),
        ("decision_id", "2F0C5C1E-6A57-4A6E-9D6E-0A8A4A1F6A10"),
        ("alert_id", b"short"),
        ("subject", b""),
        ("person_key", bytes(16)),
        ("seen_revision", 0),
        ("seen_handling_version", -2),
        ("action", "STOP_PAYMENT"),
        ("code", "因为死亡"),
        ("code", "lower"),
        ("valid_until", -1),
        ("note_ref", "张三说他还活着"),
        ("note_ref", "379999194811200016"),
        ("note_ref", "x-37999919481120001X"),
        ("actor", ""),
        ("actor", "王建国"),
        ("actor_role", ""),
        ("actor_division", 1),
        ("at_ms", 0),
        ("to_division", 5),
        ("to_agency", "COURT"),
    ],
)
def test_a_malformed_field_is_named_without_its_value(field: str, value: Any) -> None:
    """Each field that has not its form is named, with what is allowed, and its value is not shown."""
    found = malformed(structs.replace(DECISION, **{field: value}))
    assert found is not None
    assert found.field == field
    assert not (isinstance(value, str) and len(value) > 3 and value in found.allowed)
