"""The table of the clerks' half: whole, with labels, and refused where it is not."""

from pathlib import Path

import pytest

from schemas.handling import HOME, load_handling
from schemas.kinds import Handling
from schemas.strict_yaml import ConfigError


def test_every_state_can_be_left_and_every_code_is_used() -> None:
    """No state is a dead end, no code is without an action, no label is empty."""
    table = load_handling()
    for state in Handling:
        assert table.steps_from(state)
        assert table.states[state].label_zh
    for step in table.steps.values():
        codes = [one for one in table.codes.values() if step.action in one.actions]
        assert (step.codes == "NONE") is not bool(codes), step.action
    assert all(one.label_zh for one in table.codes.values())
    assert all(table.verdicts.values())


def test_an_alert_that_holds_no_more_takes_only_its_closing() -> None:
    """Healed, retracted or superseded: CLOSE and nothing else, once."""
    table = load_handling()
    assert [step.action for step in table.steps_from("NEW", holds=False)] == ["CLOSE"]
    assert table.steps_from("CLOSED", holds=False) == []


def test_codes_are_for_their_rules() -> None:
    """DEATH_TRUE is for R24 alone."""
    table = load_handling()
    assert "DEATH_TRUE" in {one.code for one in table.codes_for("CONFIRM", "R24")}
    assert "DEATH_TRUE" not in {one.code for one in table.codes_for("CONFIRM", "R11")}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("state: CLOSED, label", "state: SHUT, label", "states[7].state"),
        ("  - {state: NEW, label_zh: 待受理, clock: RUNS}\n", "", "lacks NEW"),
        ("default: DATA_ERROR", "default: NO_SUCH", "is no code"),
        ("clock: REFERRAL", "clock: NEVER", "allowed: RUNS, STOPS, REFERRAL"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    """The message names the field and what is wrong."""
    text = HOME.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "handling.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_handling(path)
    assert says in str(caught.value)
