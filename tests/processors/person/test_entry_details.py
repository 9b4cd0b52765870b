"""Finer points of the contribution ledger: who speaks for an entry, reused numbers, parts, and refunds that fit nothing."""

import pytest

from processors.person.entries import Entry, entries_of
from schemas.dates import day, month
from schemas.kinds import ContribKind, FactStatus, PayerKind, Source, Stage
from tests.processors.person.test_entries import MAY, OTHER, refund, row, tax


def nets(entries: list[Entry]) -> list[int]:
    """What is left of each entry."""
    return [entry.net_fen for entry in entries]


def test_the_booked_row_speaks_for_the_entry() -> None:
    """Place, kind and payer kind are those of the highest stage; of equal stages money comes before subsidy."""
    rows = [
        tax(1, place=370100, kind=ContribKind.RETRO),
        row(2, kind=ContribKind.SUBSIDY, public_fen=100, person_fen=0, employer_fen=0),
        row(3),
    ]
    (entry,) = entries_of(rows, [])
    assert (entry.place, entry.kind, entry.stage, entry.net_fen, entry.public_fen) == (
        370102,
        ContribKind.NORMAL,
        Stage.BOOKED,
        120000,
        100,
    )


def test_a_row_knows_its_months() -> None:
    """From its first month, before its end."""
    (entry,) = entries_of([row(1, months=3)], [])
    assert [entry.in_month(MAY + n) for n in (-1, 0, 2, 3)] == [False, True, True, False]


def test_undated_rows_are_placed_by_their_settlement() -> None:
    """Without a payment day the settlement month tells one use of a number from the next; without both the row goes with the first."""
    apart = [row(1, paid_on=0, settled_month=MAY), row(2, paid_on=0, settled_month=MAY + 12)]
    assert len(entries_of(apart, [])) == 2
    assert len(entries_of([row(1, paid_on=0, settled_month=MAY), row(2, paid_on=0, settled_month=MAY + 5)], [])) == 1
    assert len(entries_of([tax(1, paid_on=0, settled_month=0), row(2), row(3)], [])) == 1


@pytest.mark.parametrize(("later", "bills"), [(180, 1), (181, 2)])
def test_a_number_is_used_again_after_half_a_year(later: int, bills: int) -> None:
    """180 days still belong to one bill, for one office and for two."""
    first = day("2024-05-16")
    assert len(entries_of([row(1, paid_on=first), row(2, paid_on=first + later)], [])) == bills
    assert len(entries_of([tax(1, paid_on=first, person_fen=39000), row(2, paid_on=first + later)], [])) == bills


def test_spans_of_one_number_join_only_where_they_meet() -> None:
    """A month inside a year row is part of it, the month behind it is not."""
    year = row(1, months=12)
    assert [(e.month, e.months) for e in entries_of([year, row(2, month=MAY + 11)], [])] == [(MAY, 12)]
    assert [(e.month, e.months) for e in entries_of([year, row(2, month=MAY + 12)], [])] == [(MAY, 12), (MAY + 12, 1)]


def test_a_row_without_number_may_repeat_a_part() -> None:
    """It joins the bill of which it equals one row; another amount, month or kind does not, and no amount equals nothing."""
    parts = [row(1, person_fen=100, employer_fen=0), row(2, person_fen=250, employer_fen=0)]
    assert len(entries_of([*parts, row(3, bill=b"", person_fen=250, employer_fen=0)], [])) == 1
    for other in ({"person_fen": 251}, {"month": MAY + 1}, {"kind": ContribKind.RETRO}, {"person_fen": 0}):
        assert len(entries_of([*parts, row(3, **({"bill": b"", "person_fen": 250, "employer_fen": 0} | other))], [])) == 2


def test_only_a_deleted_twin_is_left_out() -> None:
    """A deleted row of another amount still counts, two standing rows of one amount are two instalments."""
    gone = FactStatus.ROW_GONE
    assert nets(entries_of([row(1, status=gone), row(2, person_fen=1, employer_fen=0), row(3, person_fen=5, employer_fen=0)], [])) == [
        120006
    ]
    assert nets(entries_of([row(1), row(2), row(3, status=gone)], [])) == [240000]


def test_months_paid_by_a_fund_need_no_amount() -> None:
    """Fund or government without amount covers, a person without amount does not, and a mark as reversed ends it."""
    nothing = {"person_fen": 0, "employer_fen": 0}
    assert [e.covers for e in entries_of([row(1, payer_kind=PayerKind.FUND, **nothing)], [])] == [True]
    assert [e.covers for e in entries_of([row(1, **nothing)], [])] == [False]
    assert [e.counts for e in entries_of([row(1, payer_kind=PayerKind.FUND, reversed=1, **nothing)], [])] == [False]
    assert [e.counts for e in entries_of([row(1, public_fen=5, reversed=1, **nothing)], [])] == [False]


def test_a_refund_that_fits_nothing_takes_nothing() -> None:
    """More than was paid, an amount of neither of two payments, or a bill and payer unknown here: unmatched."""
    assert nets(entries_of([row(1)], [refund(1, bill=b"", employer_fen=80001)])) == [120000]
    two = [row(1), row(2, bill=b"bill-two", person_fen=30000)]
    assert sorted(nets(entries_of(two, [refund(1, bill=b"", person_fen=1, employer_fen=0)]))) == [110000, 120000]
    assert nets(entries_of([row(1)], [refund(1, bill=b"", month=MAY + 1)])) == [120000]


def test_equal_payments_of_two_payers_leave_a_nameless_refund_unmatched() -> None:
    """Without number and payer it could be either's."""
    rows = [row(1), row(2, bill=b"bill-two", payer=OTHER)]
    assert nets(entries_of(rows, [refund(1, bill=b"", payer=b"")])) == [120000, 120000]


def test_refund_over_months_without_number() -> None:
    """Equal months each lose their share, of two equal payments of a month the later; unequal months lose by month."""
    rows = [
        row(1, paid_on=day("2024-05-01")),
        row(2, bill=b"bill-two", paid_on=day("2024-05-09")),
        row(3, month=MAY + 1, bill=b"bill-three"),
    ]
    entries = entries_of(rows, [refund(1, bill=b"", months=2, person_fen=80000, employer_fen=160000)])
    assert {entry.bill: entry.net_fen for entry in entries} == {b"bill-one": 120000, b"bill-two": 0, b"bill-three": 0}
    uneven = [row(1, person_fen=100, employer_fen=0), row(2, month=MAY + 1, bill=b"b", person_fen=300, employer_fen=0)]
    assert nets(entries_of(uneven, [refund(1, bill=b"", months=2, person_fen=101, employer_fen=0)])) == [50, 249]


@pytest.mark.parametrize(
    ("amount_fen", "left"), [(199, [1, 200]), (200, [0, 200]), (202, [0, 198]), (399, [0, 1]), (400, [0, 0]), (401, [100, 300])]
)
def test_a_month_gives_back_no_more_than_was_paid_for_it(amount_fen: int, left: list[int]) -> None:
    """What is more than a month's share comes off the others: a refund of everything leaves nothing, one of more than that fits nothing."""
    uneven = [row(1, person_fen=100, employer_fen=0), row(2, month=MAY + 1, bill=b"b", person_fen=300, employer_fen=0)]
    assert nets(entries_of(uneven, [refund(1, bill=b"", months=2, person_fen=amount_fen, employer_fen=0)])) == left


def test_a_month_that_was_refunded_before_gives_back_what_it_has_left() -> None:
    """Personal and employer money each by itself."""
    two = [row(1, person_fen=100, employer_fen=50), row(2, month=MAY + 1, bill=b"b", person_fen=300, employer_fen=150)]
    part = refund(1, bill=b"bill-one", person_fen=80, employer_fen=50)
    assert nets(entries_of(two, [part, refund(2, bill=b"", months=2, person_fen=320, employer_fen=150)])) == [0, 0]


def test_refund_of_a_number_used_twice_takes_the_equal_later_one() -> None:
    """The number's later use with the refunded amount, not both."""
    rows = [row(1, paid_on=day("2023-05-01")), row(2, paid_on=day("2024-05-09"))]
    left = [entry for entry in entries_of(rows, [refund(1)]) if entry.counts]
    assert [entry.facts[0].paid_on for entry in left] == [day("2023-05-01")]


def test_refund_of_a_bill_leaves_its_adjustment_alone() -> None:
    """Payment and base top-up of one number: the part refund is the payment's."""
    rows = [row(1), row(2, kind=ContribKind.BASE_ADJUST, person_fen=500, employer_fen=0)]
    entries = entries_of(rows, [refund(1, person_fen=100, employer_fen=0)])
    assert {entry.kind: entry.net_fen for entry in entries} == {ContribKind.NORMAL: 119900, ContribKind.BASE_ADJUST: 500}


def test_parts_of_one_document_add_up_within_an_office() -> None:
    """Two rows of one document by one office, the sum by the other: one refund of the sum."""
    parts = [refund(1, refund=b"d", employer_fen=0), refund(2, refund=b"d", person_fen=0)]
    assert nets(entries_of([row(1, person_fen=90000)], [*parts, refund(3, refund=b"d", source=Source.TAX)])) == [50000]


def test_reversal_counts_once_it_reached_the_treasury() -> None:
    """A declared reversal has moved no money."""
    back = {"kind": ContribKind.REVERSAL, "person_fen": -40000, "employer_fen": -80000}
    assert nets(entries_of([row(1), row(2, stage=Stage.DECLARED, **back)], [])) == [120000]
    assert nets(entries_of([row(1), row(2, stage=Stage.TREASURY, **back)], [])) == [0]


def test_entries_are_ordered() -> None:
    """By month, place, payer and bill."""
    rows = [row(1, bill=b"b"), row(2, bill=b"a"), row(3, place=370101), row(4, month=month(202404))]
    assert [(e.month, e.place, e.bill) for e in entries_of(rows, [])] == [
        (month(202404), 370102, b"bill-one"),
        (MAY, 370101, b"bill-one"),
        (MAY, 370102, b"a"),
        (MAY, 370102, b"b"),
    ]


def test_reversals_by_one_office_add_up_and_by_two_are_one() -> None:
    """Two partial reversals of one office are two; the same one reported by tax and business is one."""
    back = {"kind": ContribKind.REVERSAL, "person_fen": -10000, "employer_fen": 0}
    assert nets(entries_of([row(1), row(2, **back), row(3, **back)], [])) == [100000]
    assert nets(entries_of([row(1), row(2, **back), tax(3, **back)], [])) == [110000]
