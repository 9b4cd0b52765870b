"""The month ledger's cells from a public row and alerts."""

import pytest
from msgspec import structs

from schemas.alert import Alert
from schemas.dates import day
from schemas.enrolment import EnrolmentMonths, EnrolmentPlace, EnrolmentRow
from sinks.web.ledger import MONTHS, ledger
from tests.schemas.samples import person_key, sample_alert

AS_OF = day("2024-06-20")


def cells(rows: list[EnrolmentRow], *alerts: Alert) -> dict[tuple[str, int], str]:
    """(scheme, YYYYMM) → kind."""
    found = ledger(rows, alerts, AS_OF)
    return {(found["schemes"][scheme], found["months"][at]): kind for at, scheme, kind in found["cells"]}


def test_months_of_the_row_are_paid_doubled_or_a_hole() -> None:
    """Bits 0, 1, 3 covered and 1 doubled: paid, overlap, gap, paid; nothing before, nothing after."""
    row = EnrolmentRow(person_key(1), AS_OF, [], [EnrolmentMonths(110, 202401, b"\x0b", b"\x02")])
    assert cells([row]) == {
        ("企业职工养老", 202401): "paid",
        ("企业职工养老", 202402): "overlap",
        ("企业职工养老", 202403): "gap",
        ("企业职工养老", 202404): "paid",
    }


def test_an_alert_that_holds_stands_over_the_row() -> None:
    """Money after death, a duplicate and a gap are what the alert says; a healed alert says nothing."""
    row = EnrolmentRow(person_key(1), AS_OF, [EnrolmentPlace(170, 370100, "DRAWING", drawing=True)], [])
    paid_after = sample_alert(rule="R01", months=[202405], scheme=170)
    healed = sample_alert(rule="R06", months=[202404], scheme=170, premise="HEALED")
    assert cells([row], paid_after, healed) == {("城乡居民养老", 202405): "after", ("城乡居民养老", 202406): "drawn"}


def test_a_row_that_says_drawn_stands_until_the_next() -> None:
    """From its own month to the month before the next row; the newest row's own month only."""
    drawing = [EnrolmentPlace(170, 370100, "DRAWING", drawing=True)]
    rows = [EnrolmentRow(person_key(1), day(text), drawing, []) for text in ("2024-05-03", "2024-02-20")]
    assert cells(rows) == {("城乡居民养老", of): "drawn" for of in (202402, 202403, 202404, 202405)}


def test_drawn_in_two_places_is_an_overlap_and_suspended_a_gap() -> None:
    """Of one scheme: drawn twice, then suspended in both, then drawn in one of them."""
    row = EnrolmentRow(person_key(1), AS_OF, [])
    shandong = [EnrolmentPlace(170, place, "DRAWING", drawing=True) for place in (370100, 370200)]
    stopped = [EnrolmentPlace(170, place, "PENSION_SUSPENDED") for place in (370100, 370200)]
    days = [("2024-06-02", [shandong[0], stopped[1]]), ("2024-05-02", stopped), ("2024-04-02", shandong)]
    rows = [structs.replace(row, as_of=day(text), places=places) for text, places in days]
    assert cells(rows) == {("城乡居民养老", of): kind for of, kind in ((202404, "overlap"), (202405, "gap"), (202406, "drawn"))}


@pytest.mark.parametrize(("rule", "kind"), [("R02", "after"), ("UNDO_CHECK", "gap"), ("R24", "drawn")])
def test_months_of_an_alert_are_what_its_rule_says(rule: str, kind: str) -> None:
    """Contributions after a death, months that were stopped for a death that was none; a doubted death says nothing of a month."""
    row = EnrolmentRow(person_key(1), AS_OF, [EnrolmentPlace(170, 370100, "DRAWING", drawing=True)], [])
    assert cells([row], sample_alert(rule=rule, months=[202406], scheme=170)) == {("城乡居民养老", 202406): kind}


def test_only_the_last_years_are_drawn() -> None:
    """Older months are left out, and a scheme that has only such months with them."""
    old = EnrolmentMonths(120, 200001, b"\xff")
    row = EnrolmentRow(person_key(1), AS_OF, [], [EnrolmentMonths(110, 201001, b"\xff" * 23), old])
    found = ledger([row], [], AS_OF)
    assert (len(found["months"]), found["months"][-1]) == (MONTHS, 202504)
    assert found["schemes"] == ["企业职工养老"]
    assert ledger([], [], AS_OF) == {}
