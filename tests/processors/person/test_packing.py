"""Where facts by month lie: a row a month while new, one packed row a half-year afterwards; readers see no difference."""

from random import Random

import pytest

from processors.person.apply import Applied, apply_fact
from processors.person.person import Person
from processors.person.sections import HOT_MONTHS_MAX, PACK_MONTHS, is_packed, ledger_section
from processors.person.state import DETAIL, full_ref, stored_ref
from processors.rows import MemoryRows
from processors.stage import derive, write
from schemas.dates import day, month
from schemas.facts import Contribution
from tests.processors.person.people import fact

KEY = b"\x01" + bytes(16)
SECTION = ledger_section(110)
MONTHS = 40


def paid(number: int, version: int = 1, amount_fen: int = 100) -> Contribution:
    """One month's row of 110."""
    made = fact(
        Contribution, f"c{number}", scheme=110, place=370102, month=month(202001) + number, months=1, stage=4, kind=1, person_fen=amount_fen
    )
    made.sequence = version
    return made


def take(rows: MemoryRows, one: Contribution, batch: str) -> Applied:
    """Apply one fact as a message would: read, apply, write."""
    person = Person(KEY, rows.get)
    applied = apply_fact(person, one, stored_ref("business", 0, batch), day("2024-05-10"))
    write(rows, person)
    return applied


def filled(order: list[int]) -> MemoryRows:
    """The rows after these months came in this order."""
    rows = MemoryRows(derive)
    for number in order:
        assert take(rows, paid(number), f"b{number}") is Applied.NEW
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_readers_see_the_same_facts_whatever_the_order(seed: int) -> None:
    """The facts come by month, each with where it came from, however they are laid out; few months stay unpacked."""
    order = list(range(MONTHS))
    if seed:
        Random(seed).shuffle(order)
    rows = filled(order)
    person = Person(KEY, rows.get)
    facts = person.contributions(110)
    assert [one.month - month(202001) for one in facts] == list(range(MONTHS))
    assert [person.ref(one).batch for one in facts] == [f"b{number}" for number in range(MONTHS)]
    sections = [key[18:] for key in rows.values if key[:1] == DETAIL]
    assert sum(not is_packed(section) for section in sections) <= HOT_MONTHS_MAX
    assert sum(is_packed(section) for section in sections) >= (MONTHS - HOT_MONTHS_MAX) // PACK_MONTHS
    assert {section[:3] for section in sections} == {SECTION}


def test_a_late_version_of_a_packed_month_replaces_it() -> None:
    """Newer versions find their row in the pack; older and equal ones change nothing."""
    rows = filled(list(range(MONTHS)))
    before = dict(rows.values)
    assert take(rows, paid(3), "again") is Applied.DUPLICATE
    assert rows.values == before
    assert take(rows, paid(3, 2, 777), "late") is Applied.CHANGED
    assert take(rows, paid(3), "stale") is Applied.STALE
    person = Person(KEY, rows.get)
    (late,) = [one for one in person.contributions(110) if one.month == month(202004)]
    assert late.person_fen == 777
    assert person.ref(late) == full_ref(stored_ref("business", 0, "late"))
    assert len(person.contributions(110)) == MONTHS


def test_months_that_are_not_there_are_not_looked_for() -> None:
    """The head says which rows exist: the first fact of a month reads the head and nothing else."""
    rows = filled([0, 1])
    asked: list[bytes] = []

    def get(key: bytes) -> bytes | None:
        asked.append(key)
        return rows.get(key)

    apply_fact(Person(KEY, get), paid(2), stored_ref("business"), day("2024-05-10"))
    assert [key[:1] for key in asked] == [b"\x10"]
