"""Which booked payments share a month, and in which order they stand."""

from typing import Any

import pytest

from processors.person.duplicate_payments import frozen_records, groups_of, is_payment, run_of, shared_months
from processors.person.entries import entries_of
from processors.person.person import Person
from schemas.dates import day
from schemas.facts import AnyFact, IdentityRecord, Transfer
from schemas.kinds import ContribKind, PayerKind, Scheme, Stage
from tests.processors.person.people import fact, person
from tests.processors.person.test_entries import MAY, row

ON = "2024-07-01"


def of(*facts: AnyFact) -> Person:
    """A person who knows these facts."""
    return person(*((ON, one) for one in facts))


def payment(number: int, **given: Any) -> AnyFact:
    """A booked payment of its own bill."""
    return row(number, **({"bill": str(number).encode()} | given))


def bills(someone: Person, *months: int) -> dict[int, list[bytes]]:
    """The bills that share each month, in their order."""
    shared = shared_months(someone, Scheme.PENSION_EMP, months or (MAY,))
    return {number: [entry.bill for entry in entries] for number, entries in shared.items()}


def test_first_booked_comes_first() -> None:
    """By payment day, then settlement month, then row."""
    someone = of(
        payment(1, paid_on=day("2024-06-20")),
        payment(2, paid_on=day("2024-06-05"), settled_month=MAY + 1),
        payment(3, paid_on=day("2024-06-05"), settled_month=MAY),
    )
    assert bills(someone) == {MAY: [b"3", b"2", b"1"]}


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, True),
        ({"kind": ContribKind.RETRO}, True),
        ({"kind": ContribKind.SUBSIDY}, False),
        ({"kind": ContribKind.UNKNOWN}, False),
        ({"kind": ContribKind.BASE_ADJUST}, False),
        ({"stage": Stage.TREASURY}, False),
        ({"bill": b""}, False),
        ({"payer_kind": PayerKind.GOVERNMENT}, False),
        ({"payer_kind": PayerKind.FUND}, False),
        ({"payer_kind": PayerKind.COLLECTIVE}, False),
        ({"payer_kind": PayerKind.INDIVIDUAL}, True),
        ({"payer_kind": PayerKind.UNKNOWN}, True),
        ({"person_fen": 0, "employer_fen": 0, "public_fen": 5}, False),
        ({"reversed": 1}, False),
    ],
)
def test_what_is_a_payment(given: dict[str, Any], counts: bool) -> None:
    """Booked own money under a number."""
    (entry,) = entries_of([row(1, **given)], [])
    assert is_payment(entry) is counts


@pytest.mark.parametrize(
    ("given", "shared"),
    [
        ({}, False),
        ({"month": MAY - 2, "months": 3}, False),
        ({"month": MAY - 2, "months": 2}, True),
        ({"month": MAY + 1}, True),
        ({"direction": 1}, True),
        ({"cancelled": 1}, True),
        ({"scheme": Scheme.PENSION_CIVIL}, True),
        ({"other_division": 370303}, True),
        ({"division": 370303}, True),
    ],
)
def test_a_transferred_month_is_no_second_payment(given: dict[str, Any], shared: bool) -> None:
    """Only a standing transfer into the place of one payment, from the place of the other, for that month."""
    base = {"scheme": Scheme.PENSION_EMP, "direction": 2, "division": 370102, "other_division": 370202, "month": MAY, "months": 1}
    someone = of(payment(1, place=370202), payment(2, place=370102), fact(Transfer, "T", **(base | given)))
    assert bool(bills(someone)) is shared


def test_two_payments_at_the_new_place_stay_two() -> None:
    """The transfer takes out what was paid at the old place only."""
    transfer = fact(Transfer, "T", scheme=Scheme.PENSION_EMP, direction=2, division=370102, other_division=370202, month=MAY, months=0)
    someone = of(payment(1, place=370202), payment(2, place=370102), payment(3, place=370102), transfer)
    assert bills(someone) == {MAY: [b"2", b"3"]}


def test_conflicting_records_are_left_out() -> None:
    """Of two records with two names only the first one's payments count; the pair is named."""
    names = [fact(IdentityRecord, f"I{name}", record=name.encode(), id_form=18, name_key=name.encode()) for name in "AB"]
    someone = of(payment(1, record=b"A"), payment(2, record=b"B"), payment(3, record=b"A"), *names)
    assert bills(someone) == {MAY: [b"1", b"3"]}
    entries = someone.entries(Scheme.PENSION_EMP)
    assert frozen_records(someone, entries) == [b"A", b"B"]
    assert frozen_records(someone, [entry for entry in entries if entry.record == b"A"]) == []


def test_months_of_the_same_payments_are_one_group() -> None:
    """Consecutive months with the same bills group; a month with other bills, or a gap, begins another."""
    year = [payment(1, months=4), payment(2, months=4)]
    third = payment(3, month=MAY + 1)
    shared = shared_months(of(*year), Scheme.PENSION_EMP, range(MAY - 1, MAY + 6))
    assert [months for months, _ in groups_of(shared)] == [[MAY, MAY + 1, MAY + 2, MAY + 3]]
    shared = shared_months(of(*year, third), Scheme.PENSION_EMP, range(MAY, MAY + 4))
    assert [months for months, _ in groups_of(shared)] == [[MAY], [MAY + 1], [MAY + 2, MAY + 3]]
    shared.pop(MAY + 2)
    assert [months for months, _ in groups_of(shared)] == [[MAY], [MAY + 1], [MAY + 3]]
    assert groups_of({}) == []


@pytest.mark.parametrize(("months", "run"), [([MAY], 3), ([MAY + 1], 3), ([MAY + 2], 3), ([MAY + 4], 1), ([MAY, MAY + 1], 3)])
def test_run_of_shared_months(months: list[int], run: int) -> None:
    """All shared months in a row, before and after."""
    assert run_of(months, {MAY, MAY + 1, MAY + 2, MAY + 4}) == run
