"""`canbao person show`: timeline, ledger picture and alerts with their reasons, from state rows alone."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from processors.person.state import HEAD, SchemeLine
from processors.scenario.run import Simulation, run_scenario
from schemas.dates import month, raw_of, span_bits
from schemas.kinds import Kind
from schemas.policy import load_policy
from streams.cli.choices import person_given
from streams.cli.fact_text import TEXT
from streams.cli.judge import scenarios
from streams.cli.person_view import picture, print_person

ACCEPTANCE = Path(__file__).parents[1] / "acceptance"


def rows_after(file: str, monkeypatch: pytest.MonkeyPatch) -> Mapping[bytes, bytes]:
    """The state rows that a scenario leaves."""
    made: list[Simulation] = []

    class Kept(Simulation):
        """A simulation that a test can look into afterwards."""

        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]  # passed on as they came
            made.append(self)

    monkeypatch.setattr("processors.scenario.run.Simulation", Kept)
    scenario = scenarios([ACCEPTANCE / file])[0].scenario
    run_scenario(scenario, load_policy())
    return made[0].rows.values


def shown(rows: Mapping[bytes, bytes]) -> str:
    """What the terminal shows of the one person in the rows."""
    out = StringIO()
    (key,) = [key[1:] for key in rows if key.startswith(HEAD)]
    print_person(Console(file=out, width=200, highlight=False), key, {name: value for name, value in rows.items() if name[1:18] == key})
    return out.getvalue()


def test_a_death_case_is_told_with_its_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenario 23: every claim in order, the withdrawn one marked, the alert with sum, law and evidence; doctrine before each alert."""
    text = shown(rows_after("s23_corroborated_then_paid.yaml", monkeypatch))
    assert "2024-03-31 死亡信息：卫健死亡证明，2024年3月30日" in text
    assert "（已撤销）" in text
    assert "2024-04-15 待遇发放：2024年4月，213.00元，已发" in text
    assert text.index("待核实，不作为停发依据。") < text.index("R01 死亡后仍有待遇发放")
    assert "426.00元" in text
    assert "证据 death_certificate" in text
    assert text.count("待核实，不作为停发依据。") == text.count("　队列 ")


def test_a_lapse_has_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenario 10: the ledger by month, the lapse healed."""
    text = shown(rows_after("s10_lapse.yaml", monkeypatch))
    assert "2024  █ █ █ █ █ █ · · · · · ·" in text
    assert "R11 缴费中断" in text
    assert "补缴不免等待期" in text


def test_a_picture_tells_own_public_double_and_none() -> None:
    """Two years, twelve cells each: own money, public money, two payments in one month, nothing."""
    cover, own = span_bits(month(202311), 5), span_bits(month(202311), 2)
    line = SchemeLine(310, raw_of(cover), raw_of(own), raw_of(span_bits(month(202312), 1)), 1)
    assert picture(line) == [(2023, "··········█✖"), (2024, "▓▓▓·········")]
    assert picture(SchemeLine(310, b"", b"", b"", 1)) == []


def test_every_kind_of_fact_has_its_line() -> None:
    """A new kind of fact without a line here fails the build."""
    assert set(TEXT) == set(Kind)


@pytest.mark.parametrize("text", ["", "zz", "01" * 16, "01" * 18])
def test_a_wrong_key_is_refused(text: str) -> None:
    """The message says what a key looks like."""
    with pytest.raises(typer.BadParameter, match="34 hexadecimal digits"):
        person_given(text)
