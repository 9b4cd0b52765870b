"""Tables of commands on a narrow terminal."""

import io

from rich.console import Console

from streams.cli.tables import whole

PATH = "docs/operating/secrets.md"


def test_a_narrow_terminal_cuts_nothing() -> None:
    """A path that does not fit goes on in the next line; an ellipsis would name no file."""
    table = whole("where", "what to do")
    table.add_row("pepper version", PATH)
    out = io.StringIO()
    Console(file=out, width=30).print(table)
    cells = [line.split("│")[2].strip() for line in out.getvalue().splitlines() if line.startswith("│")]
    assert "".join(cells) == PATH
