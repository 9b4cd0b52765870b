"""Departments that send events themselves: annulment before creation, endings, framing."""

from typing import Any

from processors.intake.outcome import Accepted, Rejected, Skipped, SkipReason
from schemas.errors import Code
from schemas.kinds import FactStatus
from schemas.wire import Writer, schema_text
from tests.processors.intake.recorded import Intake, person, shipped

NUMBER = "379999194811200016"


def event(change: str = "CREATED", seq: int = 1, after: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A cremation, as the civil department's own event."""
    base = {
        "event_id": f"e-{seq}",
        "event_type": "CREMATED",
        "change_type": change,
        "chain_id": "CR-1",
        "source_system": "civil.funeral",
        "source_org": 370116,
        "source_seq": seq,
        "subject_ids": [{"type": "01", "value": NUMBER, "country": "CHN"}],
        "after": after,
    }
    return base | more


def statuses(outcome: Accepted) -> list[tuple[bytes, int, int]]:
    """(person, status, sequence) of every fact."""
    return [(message.person, fact.status, fact.sequence) for message in outcome.messages for fact in message.facts]


def test_annulled_after_creation() -> None:
    """ANNULLED without content withdraws what the chain stated, under the annulment's version and event id."""
    intake = shipped("canonical")
    intake.accept(event(after={"death_date": "2024-05-10"}))
    found = intake.accept(event("ANNULLED", 2))
    assert statuses(found) == [(person(NUMBER), FactStatus.WITHDRAWN, 2)]
    assert found.messages[0].event_id == b"e-2"


def test_annulled_before_creation() -> None:
    """Nothing is parked: the annulment leaves a stub under the chain that absorbs the late creation."""
    intake = shipped("canonical")
    early = intake.accept(event("ANNULLED", 2))
    assert early.messages == []
    assert intake.read(event(after={"death_date": "2024-05-10"})) == Skipped(SkipReason.STALE)
    again = intake.accept(event(seq=3, after={"death_date": "2024-05-11"}))
    assert statuses(again) == [(person(NUMBER), FactStatus.ASSERTED, 3)]


DIED = {"death_date": "2024-05-10"}


def test_previous_event_alone_is_followed() -> None:
    """An annulment, and an annulment of a correction, that name only the event before them withdraw the chain's fact."""
    intake = shipped("canonical")
    first = intake.accept(event(after=DIED))
    corrected = intake.accept(event("CORRECTED", 2, {"death_date": "2024-05-05"}, chain_id="", previous_event_id="e-1"))
    assert corrected.messages[0].facts[0].row == first.messages[0].facts[0].row
    found = intake.accept(event("ANNULLED", 3, chain_id="", previous_event_id="e-2"))
    assert statuses(found) == [(person(NUMBER), FactStatus.WITHDRAWN, 3)]
    assert found.messages[0].facts[0].row == first.messages[0].facts[0].row


def test_previous_event_alone_before_its_creation() -> None:
    """Scenario 3: the annulment lies under the event that it speaks of and absorbs it; a later event of the chain states anew."""
    intake = shipped("canonical")
    assert intake.accept(event("ANNULLED", 2, chain_id="", previous_event_id="e-1")).messages == []
    assert intake.accept(event(after=DIED)).messages == []
    assert statuses(intake.accept(event("CORRECTED", 3, DIED))) == [(person(NUMBER), FactStatus.ASSERTED, 3)]


def test_correction_before_its_creation_is_one_fact() -> None:
    """A correction that came first holds; when the chain goes on, what was stated under the awaited event is withdrawn."""
    intake = shipped("canonical")
    early = intake.accept(event("CORRECTED", 2, {"death_date": "2024-05-05"}, chain_id="", previous_event_id="e-1"))
    assert statuses(early) == [(person(NUMBER), FactStatus.ASSERTED, 2)]
    assert intake.accept(event(after=DIED)).messages == []
    later = intake.accept(event("CORRECTED", 3, DIED))
    assert statuses(later) == [(person(NUMBER), FactStatus.WITHDRAWN, 3), (person(NUMBER), FactStatus.ASSERTED, 3)]
    assert later.messages[0].facts[0].row == early.messages[0].facts[0].row


def test_event_of_no_chain_is_refused() -> None:
    """Neither a chain nor an event before it: nobody could correct it."""
    assert shipped("canonical").read(event(after=DIED, chain_id="")) == Rejected(Code.REQUIRED, "chain_id", "", "")


def test_ended_is_not_annulled() -> None:
    """ENDED without content: what the chain stated was true until now."""
    intake = shipped("canonical")
    intake.accept(event(after={"death_date": "2024-05-10"}))
    assert statuses(intake.accept(event("ENDED", 2))) == [(person(NUMBER), FactStatus.ENDED, 2)]


def test_corrected() -> None:
    """CORRECTED replaces under one row; the same event again is a repeat."""
    intake = shipped("canonical")
    first = intake.accept(event(after={"death_date": "2024-05-10"}))
    corrected = event("CORRECTED", 2, {"death_date": "2024-05-05"})
    second = intake.accept(corrected)
    assert first.messages[0].facts[0].row == second.messages[0].facts[0].row
    assert intake.read(corrected) == Skipped(SkipReason.DUPLICATE)


def test_two_systems_use_one_chain_number() -> None:
    """A chain belongs to its system: equal numbers of two systems are two rows."""
    intake = shipped("canonical")
    one = intake.accept(event(after={"death_date": "2024-05-10"}))
    other = intake.accept(event(after={"death_date": "2024-05-10"}, source_system="police"))
    assert one.messages[0].facts[0].row != other.messages[0].facts[0].row


def read(data: bytes) -> object:
    """The outcome of bytes as they are."""
    return Intake(shipped("canonical").feed).read(data)


def test_framing() -> None:
    """Single-object encoding is read; an unknown fingerprint or registry id is an unknown schema; other bytes are not decodable."""
    writer = Writer("canonical_event")
    value = event(after={"death_date": "2024-05-10"})
    assert isinstance(read(writer.encode(value)), Accepted)
    assert read(b"\xc3\x01" + b"\x00" * 8 + writer.body(value)) == Rejected(Code.UNKNOWN_SCHEMA)
    assert read(b"\x00\x00\x00\x00\x07" + writer.body(value)) == Rejected(Code.UNKNOWN_SCHEMA)
    assert read(writer.encode(value)[:-3]) == Rejected(Code.NOT_DECODABLE, "", "", "Avro")
    assert read(b"garbage") == Rejected(Code.NOT_DECODABLE, "", "", "Avro")
    assert "CanonicalEvent" in schema_text("canonical_event")
