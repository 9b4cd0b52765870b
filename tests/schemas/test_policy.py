"""The policy set: every number dated, resolved by (key, valid day, division → city → default), refused with line and allowed values."""

from pathlib import Path

import pytest

from schemas.dates import day
from schemas.policy import HOME, load_policy
from schemas.strict_yaml import ConfigError

ENTRY = """entries:
  - key: death.settle_days
    unit: days
    meaning_zh: 等待天数
    reference: test
    basis: DESIGN
    last_checked: 2026-11-24
    values:
      - {from: 1900-01-01, value: 7}
      - {from: 2024-07-01, value: 5}
      - {from: 2024-01-01, value: 9, division: 370100}
      - {from: 2025-01-01, value: 3, division: 370102}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy folder with one entry of its own and the real calendar and divisions."""
    for name in ("workdays.yaml", "divisions.yaml", "place.yaml"):
        (tmp_path / name).write_text((HOME / name).read_text())
    (tmp_path / "death.yaml").write_text(ENTRY)
    return tmp_path


@pytest.mark.parametrize(
    ("on", "division", "expected"),
    [
        ("1850-01-01", 0, 7),
        ("2024-06-30", 0, 7),
        ("2024-07-01", 0, 5),
        ("2024-06-30", 370100, 9),
        ("2023-12-31", 370100, 7),
        ("2024-12-31", 370102, 9),
        ("2025-01-01", 370102, 3),
        ("2025-01-01", 370103, 9),
        ("2025-01-01", 370202, 5),
    ],
)
def test_resolution_goes_from_division_to_city_to_default(folder: Path, on: str, division: int, expected: int) -> None:
    """Each valid day and division finds its own value, a division without one its city's, a city without one the default."""
    assert load_policy(folder).days("death.settle_days", day(on), division) == expected


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("unit: days", "unit: dayz", ["death.yaml:3: entries[0].unit", "dayz", "allowed: days, workdays"]),
        ("value: 7}", "value: 7.5}", ["death.yaml:9: entries[0].values[0].value", "whole number"]),
        ("value: 7}", "value: -1}", ["values[0].value", "whole number"]),
        ("value: 7}", "value: true}", ["values[0].value"]),
        ("from: 2024-07-01, value: 5", "from: 2024-02-30, value: 5", ["death.yaml:10", "YYYY-MM-DD"]),
        ("from: 2024-07-01, value: 5", "from: 1900-01-01, value: 5", ["death.yaml:10", "later than the value before"]),
        ("1900-01-01, value: 7}", "1900-01-01, value: 7, division: 370200}", ["values[0].division"]),
        ("division: 370100", "division: 37", ["six-digit"]),
        ("    reference: test\n", "", ["entries[0]", "reference"]),
        ("reference: test", "reference: ''", ["entries[0].reference", "empty"]),
        ("    basis:", "    colour: red\n    basis:", ["unknown field `colour`", "allowed: key, unit"]),
        ("    unit: days", "    key: twice\n    unit: days", ["death.yaml:3", "given twice"]),
        ("entries:", "entries: [", ["death.yaml:"]),
    ],
)
def test_a_wrong_file_is_refused_with_line_field_and_allowed(folder: Path, old: str, new: str, says: list[str]) -> None:
    """Every kind of mistake stops the load and says where and what is allowed."""
    if "divisions" not in old and "division: 370200}" in new:
        text = ENTRY.replace("      - {from: 2024-07-01, value: 5}\n", "")
        says = ["entries[0].values", "needs a default"]
    else:
        text = ENTRY
    assert old in text
    (folder / "death.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as refused:
        load_policy(folder)
    for part in says:
        assert part in str(refused.value)


def test_a_key_in_two_files_is_refused(folder: Path) -> None:
    """One number stands in one place."""
    (folder / "other.yaml").write_text(ENTRY)
    with pytest.raises(ConfigError, match=r"stands in policy/death\.yaml already"):
        load_policy(folder)


def test_the_hash_is_of_the_content(folder: Path) -> None:
    """Equal content has an equal hash, a changed number another, a comment none."""
    first = load_policy(folder).hash
    (folder / "death.yaml").write_text("# a comment\n" + ENTRY)
    assert load_policy(folder).hash == first
    (folder / "death.yaml").write_text(ENTRY.replace("value: 7}", "value: 8}"))
    assert load_policy(folder).hash != first


def test_a_wrong_call_names_key_and_unit(folder: Path) -> None:
    """Reading an unknown key, or days as text, is an error that names the key."""
    policy = load_policy(folder)
    with pytest.raises(KeyError, match=r"no\.such"):
        policy.days("no.such", 0)
    with pytest.raises(KeyError, match="unit 'days'"):
        policy.text("death.settle_days", 0)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("contrib.settle_day", 25),
        ("lapse.level2_from_months", 2),
        ("lapse.level3_from_months", 4),
        ("lapse.cycle_window_months", 24),
        ("med.gap_ok_months", 3),
        ("med.two_year_rule", 24),
        ("med.pause_grace_days", 30),
        ("medres.wait_fixed_months", 3),
        ("res.pension.year_end_grace_days", 60),
        ("death.settle_days", 7),
        ("benefit.after_death.min_payments", 1),
        ("death.end_enrol_days", 30),
        ("death.end_enrol_workdays", 20),
        ("death.not_cancelled_days", 60),
        ("corroboration.min_groups", 2),
        ("overpay.critical_fen", 1_000_000),
        ("overpay.critical_months", 6),
        ("changeover.tolerance_months", 1),
        ("student.age_max", 24),
        ("tax.months_seen", 2),
        ("settle.days.R09", 30),
        ("population.entry_days", 30),
        ("population.newborn_days", 90),
        ("due.workdays.A", 3),
        ("due.workdays.A.critical", 1),
        ("due.workdays.B", 5),
        ("due.workdays.C", 20),
        ("due.workdays.UNDO_CHECK", 5),
    ],
)
def test_shipped_defaults(key: str, expected: int) -> None:
    """The shipped numbers are those of the parameter tables."""
    assert load_policy().days(key, day("2024-06-01"), 370102) == expected


@pytest.mark.parametrize(
    ("division", "pool"),
    [
        (370102, 370100),
        (370199, 370100),
        (370100, 370100),
        (371202, 370100),
        (371200, 370100),
        (371299, 370100),
        (370282, 370200),
        (371727, 371700),
    ],
)
def test_pool_is_the_current_city(division: int, pool: int) -> None:
    """County, nn99 and abolished codes of one city are one pooling area."""
    assert load_policy().pool(390, division, day("2024-01-01")) == pool


def test_every_shipped_entry_has_a_default_and_a_reference() -> None:
    """The shipped set loads, and each entry answers for any day in any division with its own unit's call."""
    policy = load_policy()
    readers = {"code": policy.text, "month_day": policy.text, "codes": policy.texts, "ratio": policy.number, "factor": policy.number}
    for key, entry in policy.entries.items():
        readers.get(entry.unit, policy.days)(key, 0, 379999)
    assert len(policy.entries) > 60
