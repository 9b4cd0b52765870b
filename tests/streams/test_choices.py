"""Options that name one of a few things: what is none of them is refused before anything is read, by option and what is allowed."""

import pytest

from streams.cli.main import run


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["alerts", "tail", "--division", "abc"], "--division: allowed: six digits of a county"),
        (["alerts", "tail", "--division", "370100,999999"], "--division: allowed: six digits of a county"),
        (["alerts", "tail", "--rule", "R01,R99"], "--rule: allowed: R01, R01A, "),
        (["alerts", "tail", "--level", "FOO"], "--level: allowed: SIGNAL, ALERT"),
        (["alerts", "tail", "--queue", "E"], "--queue: allowed: A, B, C, D, P"),
        (["dlq", "list", "--feed", "nosuch"], "--feed: allowed: business, "),
        (["dlq", "list", "--code", "204"], "--code: allowed: CB-101, "),
        (["dlq", "replay", "--code", "CB-999"], "--code: allowed: CB-101, "),
        (["dlq", "replay", "--feed", "nosuch"], "--feed: allowed: business, "),
        (["dlq", "replay", "0:1", "0:abc"], "reference: allowed: partition:offset"),
        (["dlq", "show", "41x"], "reference: allowed: partition:offset"),
    ],
)
def test_an_option_that_names_nothing_is_refused(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line and exit status 2; the value is not repeated."""
    monkeypatch.setattr("sys.argv", ["canbao", *arguments])
    with pytest.raises(SystemExit) as ended:
        run()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.startswith(f"CB-703: Invalid value: {says}"), err
    assert arguments[-1] not in err.split("allowed")[0]
