"""What is logged is shown: every field that the code logs is on the allow-list, so nothing useful comes out hidden."""

import ast
from pathlib import Path

import pytest

from streams.logs import ALLOWED_FIELDS

ROOMS = Path(__file__).parents[2] / "streams"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
NOT_FIELDS = {"exc_info"}


def fields_of(path: Path) -> set[str]:
    """Keyword names of all calls `log.<level>(…)` of a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            for part in ast.walk(node.func.value):
                if isinstance(part, ast.Name) and part.id == "log":
                    found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found - NOT_FIELDS


def messages_of(path: Path) -> list[ast.expr]:
    """First arguments of all calls `log.<level>(…)` of a file."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call) and node.args]
    return [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in LEVELS
        and any(isinstance(part, ast.Name) and part.id == "log" for part in ast.walk(call.func.value))
    ]


@pytest.mark.parametrize("path", sorted(ROOMS.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOMS)))
def test_no_message_is_put_together(path: Path) -> None:
    """No value gets into a line by way of its message: a text, or a name of one, and no formatting."""
    assert all(isinstance(one, ast.Constant | ast.Name) for one in messages_of(path))


@pytest.mark.parametrize("path", sorted(ROOMS.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOMS)))
def test_every_logged_field_is_allowed(path: Path) -> None:
    """A field that is not on the list would be written as hidden."""
    assert fields_of(path) <= ALLOWED_FIELDS
