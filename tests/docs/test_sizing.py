"""docs/operating/sizing.md is computed from docs/performance.md."""

from pathlib import Path

import pytest

from bench.sizing import PERFORMANCE, figures, table

PAGE = Path(__file__).parents[2] / "docs/operating/sizing.md"
MEASURED = PERFORMANCE.read_text(encoding="utf-8")


def test_the_table_and_the_text_are_those_of_the_figures() -> None:
    """A figure that was measured anew makes the page stale: `python -m bench.sizing` prints the table, the sentence is written by hand."""
    text, found = PAGE.read_text(encoding="utf-8"), figures(MEASURED)
    assert table(found) in text
    for said in (
        f"people {found.people_us:.0f} µs CPU an event",
        f"intake {found.intake_us:.0f} µs a record of {found.record_bytes:.0f} B",
        f"changelog {found.changelog_bytes:.0f} B an event",
        f"state {found.state_bytes / 1000:.1f} KB a person",
        f"restore {found.restore_persons:,.0f} persons a second".replace(",", " "),
        f"× {found.people_us:.0f} µs ÷ cores of people",
    ):
        assert said in text


def test_a_slower_stage_changes_the_table() -> None:
    """The comparison can fail."""
    assert table(figures(MEASURED.replace("whole, nothing else timed | 116.1 |", "whole, nothing else timed | 300.1 |"))) != table(
        figures(MEASURED)
    )


def test_a_figure_that_is_gone_is_named() -> None:
    """A row of the performance page that was renamed is not taken for zero."""
    with pytest.raises(ValueError, match="changelog an event"):
        figures(MEASURED.replace("| changelog an event, B |", "| changelog, B |"))
