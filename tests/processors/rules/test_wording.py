"""Days, months and money as the alerts write them."""

import pytest

from processors.rules.wording import day_zh, month_zh, months_zh, origin_zh, scheme_zh, yuan_zh
from schemas.dates import day, month
from schemas.kinds import DeathOrigin, Precision, Scheme


def test_a_day_is_written_only_as_exactly_as_it_is_known() -> None:
    """Day, month and year precision."""
    known = day("2024-05-09")
    assert [day_zh(known), day_zh(known, Precision.MONTH), day_zh(known, Precision.YEAR)] == ["2024年5月9日", "2024年5月", "2024年"]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([202405], "2024年5月"),
        ([202403, 202404], "2024年3月至4月"),
        ([202312, 202401], "2023年12月至2024年1月"),
        ([202406, 202403, 202404, 202404], "2024年3月至4月、2024年6月"),
    ],
)
def test_months_are_runs(numbers: list[int], text: str) -> None:
    """Neighbouring months join, whatever their order, each once."""
    assert months_zh(month(number) for number in numbers) == text


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00元"), (5, "0.05元"), (142600, "1,426.00元"), (-250, "-2.50元")])
def test_money_is_written_to_the_fen(fen: int, text: str) -> None:
    """Yuan with two decimals, thousands apart, sign in front."""
    assert yuan_zh(fen) == text


def test_names_of_schemes_and_origins() -> None:
    """Every scheme and origin has a name; an unknown one says so."""
    assert month_zh(month(202412)) == "2024年12月"
    assert all("险种" not in scheme_zh(scheme) for scheme in Scheme if scheme)
    assert scheme_zh(999) == "险种999"
    names = {origin_zh(origin) for origin in DeathOrigin if origin}
    assert len(names) == len(DeathOrigin) - 1
    assert origin_zh(0) == "其他来源"
