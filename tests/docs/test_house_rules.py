"""House rules that no tool checks: an ignore says why, so that whoever reads it can judge whether it still holds."""

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bench", "demo", "processors", "schemas", "sinks", "streams", "tests")
MARK = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w\-, ]+\])?)")
REASON = re.compile(r"\w{2,}.*\w{2,}")


def without_reason(source: str) -> list[int]:
    """The lines of a source whose ignore gives no reason beside it."""
    comments = (token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT)
    return [token.start[0] for token in comments if MARK.search(token.string) and not REASON.search(MARK.sub("", token.string))]


@pytest.mark.parametrize("room", ROOMS)
def test_every_ignore_says_why(room: str) -> None:
    """In every Python file of a room: `# noqa: CODE - reason`, `# type: ignore[code]  # reason`."""
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    found = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in without_reason(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("import os  # noqa: F401", True),
        ("import os  # noqa", True),
        ("x = y  # type: ignore[arg-type]", True),
        ("x = y  # type: ignore[arg-type]  # noqa: F401", True),
        ("import os  # noqa: F401 - kept for a side effect", False),
        ("x = y  # type: ignore[arg-type]  # the stub is wrong", False),
        ("x = '# noqa: F401'", False),
    ],
)
def test_what_counts_as_a_reason(line: str, bare: bool) -> None:
    """Words beside the mark, and a mark that is a comment."""
    assert bool(without_reason(line + "\n")) is bare
