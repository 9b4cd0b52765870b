"""Error codes: one table, every row whole, in both languages."""

from pathlib import Path

import pytest

from schemas.errors import FILE, Code, load_errors, page
from schemas.strict_yaml import ConfigError

TEXT = FILE.read_text(encoding="utf-8")
ADVICE = 'action_zh: "登记或发布该数据模式，再重放死信"'


def test_every_code_has_its_row() -> None:
    """What it means and what to do, in English and Chinese; the page shows all."""
    entries = load_errors()
    assert {entry.code for entry in entries.values()} == {str(code) for code in Code}
    assert all(entry.meaning and entry.action for entry in entries.values())
    shown = page()
    for entry in entries.values():
        assert f"| {entry.code} | {entry.name} | {entry.meaning} | {entry.meaning_zh} | {entry.action} | {entry.action_zh} |" in shown


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (f",\n     {ADVICE}", "", "action_zh"),
        (ADVICE, 'action_zh: ""', "action_zh: of CB-103 must be Chinese"),
        (ADVICE, 'action_zh: "Register the schema"', "action_zh: of CB-103 must be Chinese"),
        ("meaning_zh: 未知的数据模式", "meaning_zh: unknown schema", "meaning_zh: of CB-103 must be Chinese"),
        ("code: CB-103, name: UNKNOWN_SCHEMA", "code: CB-104, name: UNKNOWN_SCHEMA", "no member of schemas.errors.Code"),
    ],
)
def test_a_row_that_lacks_something_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Advice that is missing, empty or in English only; a code under another name."""
    assert TEXT.count(old) == 1
    broken = tmp_path / "errors.yaml"
    broken.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"errors\.yaml:\d+: ") as refused:
        load_errors(broken)
    assert says in str(refused.value)
