"""What readers keep from record to record never changes what a record becomes."""

from typing import Any

from processors.intake.outcome import Rejected
from schemas.dates import day
from schemas.errors import Code
from tests.processors.intake.recorded import Intake, shipped

BORN_2020 = "379999202001010015"


def contribution(number: int, **changes: Any) -> dict[str, Any]:
    """A tax contribution row."""
    row = {
        "record_type": "contribution",
        "row_no": f"T-{number}",
        "change_no": 1,
        "aac002": "379999194811200016",
        "aac003": "王建国",
        "aae140": "310",
        "aae003": "202405",
        "bab010": "91370100MA3C000250",
        "bill_no": "B-1",
        "aaa115": "10",
        "stage": "03",
        "aae082": "80.00",
        "aae080": "160.00",
        "ead131": "20240516",
        "aab301": "370102",
    }
    return row | changes


def code_of(intake: Intake, row: dict[str, Any], as_of: str) -> tuple[Code, str]:
    """Why a row is refused, and at which column."""
    outcome = intake.read(row, as_of=day(as_of))
    assert isinstance(outcome, Rejected)
    return outcome.code, outcome.field


def test_a_number_known_later_is_refused_where_it_is_not_born_yet() -> None:
    """A number that one record had is no birth in the future for an earlier day's record."""
    intake = shipped("tax_contribution")
    intake.accept(contribution(1, aac002=BORN_2020))
    assert code_of(intake, contribution(2, aac002=BORN_2020), "2019-06-01") == (Code.NUMBER_FUTURE, "aac002")


def test_a_date_known_later_is_refused_where_it_is_in_the_future() -> None:
    """A day that one record had is in the future for an earlier day's record."""
    intake = shipped("tax_contribution")
    intake.accept(contribution(1))
    assert code_of(intake, contribution(2), "2024-05-15") == (Code.FUTURE_DATE, "ead131")


def test_a_month_is_prepaid_two_years_ahead_at_most() -> None:
    """A month that one record may name is too far ahead for an earlier day's record."""
    intake = shipped("tax_contribution")
    intake.accept(contribution(1, aae003="202606"), as_of=day("2024-06-01"))
    assert code_of(intake, contribution(2, aae003="202606"), "2024-05-31")[0] == Code.TOO_FAR_AHEAD


def test_unknown_codes_are_noted_every_time() -> None:
    """A code that no map knows, and an employer code with a fault, leave their note on each record."""
    intake = shipped("tax_contribution")
    found = [intake.accept(contribution(n, aaa115="77", bab010="91370100MA3C000259", aac058="55")).notes for n in range(2)]
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_payer_follows_the_person_where_the_employer_is_empty() -> None:
    """Two people without employer are two payers, and one person's rows are one."""
    intake = shipped("tax_contribution")
    rows = [contribution(1, bab010=""), contribution(2, bab010="", aac002=BORN_2020), contribution(3, bab010="")]
    payers = [intake.accept(row).messages[0].facts[0].payer for row in rows]  # type: ignore[union-attr]  # the fact of this sample has it
    assert payers[0] == payers[2] != payers[1]


def test_amounts_are_read_from_every_form() -> None:
    """Equal amounts in other writing are equal; an empty one is nothing."""
    intake = shipped("tax_contribution")
    forms: list[object] = ["80.00", "80", 80, "80.0", "", None, "80.00"]
    found = [intake.accept(contribution(n, aae082=form)).messages[0].facts[0].person_fen for n, form in enumerate(forms)]  # type: ignore[union-attr]  # the fact of this sample has it
    assert found == [8000, 8000, 8000, 8000, 0, 0, 8000]
