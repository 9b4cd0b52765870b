"""Feeds without before-images: intake's own index says what a source row last stated."""

from typing import Any

from processors.intake.outcome import Accepted, Rejected, Skipped, SkipReason
from schemas.errors import Code
from schemas.kinds import FactStatus
from tests.processors.intake.recorded import numbered, person, shipped

WANG = "379999194811200016"
ZHAO = numbered("37999919560315001")


def payroll(revision: int = 1, **changes: Any) -> dict[str, Any]:
    """A payroll row."""
    row = {
        "record_type": "payroll",
        "row_no": "P-1",
        "change_no": revision,
        "aac002": WANG,
        "aac003": "王建国",
        "bab010": "91370100MA3C000250",
        "income_kind": "01",
        "income_month": "202405",
        "wage": "9500.00",
        "tax_division": "370102",
    }
    return row | changes


def contribution(revision: int = 1, **changes: Any) -> dict[str, Any]:
    """A contribution row of the tax authority."""
    row = {
        "record_type": "contribution",
        "row_no": "T-1",
        "change_no": revision,
        "aac002": WANG,
        "aac003": "王建国",
        "aae140": "110",
        "aae003": "202405",
        "stage": "02",
        "aaa115": "10",
        "aae082": "400.00",
        "aab301": "370102",
    }
    return row | changes


def test_a_row_that_changes_its_subject() -> None:
    """Withdrawn at the person it was filed under, asserted at the new one, in two messages of one version."""
    intake = shipped("tax_payroll")
    intake.accept(payroll())
    found = intake.accept(payroll(2, aac002=ZHAO, aac003="赵淑兰"))
    assert [(one.person, [fact.status for fact in one.facts]) for one in found.messages] == [
        (person(WANG), [FactStatus.WITHDRAWN]),
        (person(ZHAO), [FactStatus.ASSERTED]),
    ]
    assert {fact.sequence for one in found.messages for fact in one.facts} == {2}


def test_the_index_forgets_what_was_withdrawn() -> None:
    """After the move only the new person's facts are known: a third version says nothing to the first person."""
    intake = shipped("tax_payroll")
    intake.accept(payroll())
    intake.accept(payroll(2, aac002=ZHAO, aac003="赵淑兰"))
    found = intake.accept(payroll(3, aac002=ZHAO, aac003="赵淑兰", wage="1.00"))
    assert [one.person for one in found.messages] == [person(ZHAO)]


def test_a_ledger_row_that_changes_its_month() -> None:
    """Withdrawn at the old month and asserted at the new one in one message; a rising stage moves nothing."""
    intake = shipped("tax_contribution")
    intake.accept(contribution())
    moved = intake.accept(contribution(2, aae003="202406"))
    assert [(fact.status, fact.month) for fact in moved.messages[0].facts] == [  # type: ignore[union-attr]  # the fact of this sample has it
        (FactStatus.WITHDRAWN, 2024 * 12 + 4),
        (FactStatus.ASSERTED, 2024 * 12 + 5),
    ]
    staged = intake.accept(contribution(3, aae003="202406", stage="03"))
    assert [fact.status for fact in staged.messages[0].facts] == [FactStatus.ASSERTED]


def test_old_and_equal_versions() -> None:
    """An older version is stale, the same record a repeat, other content under an equal version a fault that stops the feed."""
    intake = shipped("tax_payroll")
    intake.accept(payroll(5))
    assert intake.read(payroll(4, wage="1.00")) == Skipped(SkipReason.STALE)
    assert intake.read(payroll(5)) == Skipped(SkipReason.DUPLICATE)
    assert intake.read(payroll(5, wage="1.00")) == Rejected(Code.EQUAL_VERSION, brakes=True)


def test_a_voided_row_and_its_return() -> None:
    """A row voided and set valid again is withdrawn and asserted under one row."""
    intake = shipped("tax_payroll")
    first = intake.accept(payroll())
    gone = intake.accept(payroll(2, row_state="0"))
    back = intake.accept(payroll(3, row_state="1"))
    assert [one.messages[0].facts[0].status for one in (first, gone, back)] == [0, FactStatus.WITHDRAWN, 0]
    assert isinstance(back, Accepted)
