"""Texts of records as numbers: dates, months, money; and blanks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.intake.outcome import Accepted, Rejected
from processors.intake.values import day_value, fen_value, month_value, partial_day
from schemas.dates import day
from schemas.errors import Code
from schemas.kinds import Precision
from tests.processors.intake.recorded import shipped


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("20240229", "2024-02-29"),
        ("2024-02-29", "2024-02-29"),
        (" 20240229 ", "2024-02-29"),
        ("2024-02-29T23:59:59", "2024-02-29"),
        ("2026-11-23T16:00:00.000000Z", "2026-11-24"),  # midnight in Asia/Shanghai
        ("2026-11-23T15:59:59.999999Z", "2026-11-23"),
        ("1880-01-01", "1880-01-01"),
    ],
)
def test_days(text: str, date: str) -> None:
    """Compact, dashed and time-stamped dates; a time with a zone counts in Asia/Shanghai."""
    assert day_value(text) == day(date)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20230229", Code.NOT_A_DATE),
        ("20240231", Code.NOT_A_DATE),
        ("2024/02/01", Code.NOT_A_DATE),
        ("infinity", Code.NOT_A_DATE),
        ("18791231", Code.OUT_OF_RANGE),
        ("99991231", Code.OUT_OF_RANGE),
        ("٢٠٢٤٠٢٠١", Code.NOT_A_DATE),
    ],
)
def test_no_days(text: str, code: Code) -> None:
    """What is no date has a code; digits of other scripts are no digits."""
    assert day_value(text) is code


@pytest.mark.parametrize(
    ("text", "date", "precision"),
    [
        ("2024-03-30", "2024-03-30", Precision.DAY),
        ("2024-02", "2024-02-29", Precision.MONTH),
        ("202412", "2024-12-31", Precision.MONTH),
        ("2023", "2023-12-31", Precision.YEAR),
    ],
)
def test_partial_days(text: str, date: str, precision: Precision) -> None:
    """A month or a year alone is its last day, with its precision."""
    assert partial_day(text) == (day(date), precision)


@pytest.mark.parametrize(
    ("text", "fen"), [("0", 0), ("0.1", 10), ("1234567890.12", 123_456_789_012), ("5.00", 500), ("-0.00", 0), ("7.500", 750)]
)
def test_amounts(text: str, fen: int) -> None:
    """Yuan as written, in fen, digit by digit."""
    assert fen_value(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-0.01", Code.NEGATIVE_AMOUNT),
        ("1.005", Code.NOT_AN_AMOUNT),
        ("1e3", Code.NOT_AN_AMOUNT),
        ("NAN", Code.NOT_AN_AMOUNT),
        ("1,000.00", Code.NOT_AN_AMOUNT),
    ],
)
def test_no_amounts(text: str, code: Code) -> None:
    """Negative, three decimals, exponents, NaN and thousands separators have codes."""
    assert fen_value(text) is code


@given(st.integers(0, 10**15 - 1))
def test_every_amount_returns(fen: int) -> None:
    """Any amount written with two decimals comes back to the fen."""
    assert fen_value(f"{fen // 100}.{fen % 100:02d}") == fen


@given(st.text(max_size=30))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    """Any text is a value or a code."""
    for read in (day_value, month_value, fen_value, partial_day):
        assert isinstance(read(text), int | tuple | Code)


@given(st.integers(1880, 2200), st.integers(0, 99))
def test_months(year: int, month: int) -> None:
    """YYYYMM is a month exactly for 01 to 12."""
    found = month_value(f"{year}{month:02d}")
    assert found == (year * 12 + month - 1 if 1 <= month <= 12 else Code.NOT_A_MONTH)


def test_blanks_are_empty() -> None:
    """Blank-padded columns of old databases are empty, not wrong: optional ones take their default, required ones are named."""
    row = {
        "record_type": "contribution",
        "row_no": "T-1",
        "change_no": 1,
        "aac002": " 379999194811200016 ",
        "aac003": "王建国",
        "aae140": "110 ",
        "aae003": "202405",
        "aae002": "  ",
        "ead131": "   ",
        "aae082": " ",
        "stage": "03",
        "aaa115": "10",
        "aab301": "370102000000",
    }
    found = shipped("tax_contribution").read(row)
    assert isinstance(found, Accepted)
    fact = found.messages[0].facts[0]
    assert (fact.person_fen, fact.paid_on, fact.settled_month, fact.scheme, fact.division) == (0, 0, 0, 110, 370102)  # type: ignore[union-attr]  # the fact of this sample has it
    missing = shipped("tax_contribution").read(row | {"aae003": "  "})
    assert missing == Rejected(Code.REQUIRED, "aae003", "", "a month YYYYMM")
