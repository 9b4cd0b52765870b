"""Where records of one number disagree about the person."""

from typing import Any

import pytest

from processors.person.conflict import REGISTER, Attribute, all_agree, frozen_pair, said_of
from processors.person.person import Person
from schemas.dates import day
from schemas.facts import AnyFact, BenefitRecord, Enrolment, Hukou, IdentityRecord
from schemas.kinds import BenefitKind, CancelReason
from tests.processors.person.people import fact, person

ON = "2024-05-01"


def identity(record: str, **given: Any) -> IdentityRecord:
    """What one master row says."""
    return fact(IdentityRecord, f"I{record}", record=record.encode(), **({"id_form": 18, "name_key": b"wang"} | given))


def of(*facts: AnyFact) -> Person:
    """A person who knows these facts."""
    return person(*((ON, one) for one in facts))


@pytest.mark.parametrize(
    ("given", "frozen"),
    [
        ({}, False),
        ({"name_key": b"li"}, True),
        ({"name_key": b""}, False),
        ({"sex": 2}, True),
        ({"sex": 0}, False),
        ({"birth_day": "1960-01-02"}, True),
        ({"birth_day": 0}, False),
        ({"name_key": b"li", "id_form": 0}, False),
        ({"name_key": b"li", "id_form": 15}, True),
    ],
)
def test_pair_is_frozen_by_any_attribute_that_both_state(given: dict[str, Any], frozen: bool) -> None:
    """Name, sex or birth that differ freeze; what one side does not state, and a foreigner's name, do not."""
    base = {"sex": 1, "birth_day": "1960-01-01"}
    assert frozen_pair(of(identity("A", **base), identity("B", **(base | given))), b"A", b"B") is frozen


def test_unknown_or_equal_records_are_never_frozen() -> None:
    """A pair needs two known records."""
    someone = of(identity("A"), identity("B", name_key=b"li"))
    assert not frozen_pair(someone, b"A", b"A")
    assert not frozen_pair(someone, b"", b"B")
    assert not frozen_pair(someone, b"A", b"")
    assert not frozen_pair(someone, b"A", b"C")
    assert frozen_pair(someone, b"B", b"A")


def test_names_of_enrolment_and_benefit_rows_speak_too() -> None:
    """Where no identity row is given, the record's own name is compared; one shared name is agreement."""
    enrolment = fact(Enrolment, "E", record=b"A", name_key=b"wang")
    benefit = fact(BenefitRecord, "B", record=b"B", name_key=b"li", benefit=BenefitKind.PENSION)
    assert frozen_pair(of(enrolment, benefit), b"A", b"B")
    assert not frozen_pair(of(enrolment, benefit, identity("B")), b"A", b"B")


def test_registers_speak_together_and_closed_spells_do_not() -> None:
    """Household and card rows are the register; a spell that was closed keeps the name of its time."""
    spells = fact(Hukou, "H1", name_key=b"new"), fact(Hukou, "H2", name_key=b"old", to_day="2010-01-01")
    moved = fact(Hukou, "H3", name_key=b"older", cancel_reason=CancelReason.MOVED_OUT)
    said = said_of(of(*spells, moved, identity("", name_key=b"new")))
    assert said[REGISTER].names == {b"new"}


def test_differences_are_named() -> None:
    """Every attribute that differs is listed."""
    said = said_of(of(identity("A", sex=1, birth_day="1960-01-01"), identity("B", name_key=b"li", sex=2, birth_day="1961-01-01")))
    assert said[b"A"].differs_from(said[b"B"]) == [Attribute.NAME, Attribute.SEX, Attribute.BIRTH]


@pytest.mark.parametrize(
    ("given", "agree"),
    [({}, True), ({"name_key": b"li"}, False), ({"sex": 2}, False), ({"birth_day": "1961-01-01"}, False), ({"name_key": b""}, True)],
)
def test_all_agree_looks_at_every_row_and_the_number(given: dict[str, Any], agree: bool) -> None:
    """One differing statement anywhere is enough to look closer; silence is no statement."""
    someone = of(identity("A", **({"sex": 1, "birth_day": "1960-01-01"} | given)), fact(Enrolment, "E", record=b"B", name_key=b"wang"))
    someone.head.sex, someone.head.birth_day = 1, day("1960-01-01")
    someone.changed(b"E")  # nothing made of the facts before is kept
    assert all_agree(someone) is agree
    for other in (fact(Hukou, "H", name_key=b"other"), fact(BenefitRecord, "R", name_key=b"other")):
        assert not all_agree(of(identity("A"), other))
