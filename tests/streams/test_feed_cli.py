"""`canbao feed`: what a data engineer sees before a feed is connected."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from schemas.dates import date_of
from schemas.feed_file import load_feeds
from streams.cli.feed import app

SAMPLES = Path(__file__).parents[1] / "processors" / "intake" / "samples"


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_list_names_every_feed() -> None:
    """All feeds with their topics."""
    code, text = run("list")
    assert code == 0
    assert all(name in text for name in ("business", "household", "canbao.feed.cremation", "tax_payroll"))


def test_list_is_readable_at_80_columns() -> None:
    """No line is wider, no name is broken over two, and what is long is not broken after a few characters."""
    result = CliRunner().invoke(app, ["list"], env={"COLUMNS": "80"})
    assert all(cell_len(line) <= 80 for line in result.output.splitlines())
    for feed in load_feeds().values():
        assert [one for one in (feed.feed, feed.wire, feed.topic, feed.department[:12]) if one not in result.output] == []


def test_show_is_the_reference_page() -> None:
    """Columns, facts and what a delete means."""
    code, text = run("show", "business")
    assert code == 0
    assert "`aae003`" in text
    assert "archiving jobs delete rows" in text


def test_check_shows_what_a_record_becomes() -> None:
    """Facts with readable fields; the number and the name of the person are not shown."""
    code, text = run("check", "business", str(SAMPLES / "business" / "payment.json"))
    assert code == 0
    assert "BENEFIT_PAYMENT ASSERTED" in text
    assert "amount_fen: 213.00 yuan" in text
    assert "王建国" not in text
    assert "3799991948" not in text


def test_check_shows_of_a_personal_field_only_that_it_has_a_value() -> None:
    """The date of birth and the card's serial of a card record, by class; the other fields as they are."""
    code, text = run("check", "card", str(SAMPLES / "card" / "issued.json"))
    assert code == 0
    assert "birth_day: has a value, not shown (personal: attribute, identifier)" in text
    assert "card: has a value, not shown (personal: card)" in text
    assert "issued_on: 2020-05-01" in text


@pytest.mark.parametrize("name", sorted(load_feeds()))
def test_check_shows_no_value_of_a_personal_field(name: str) -> None:
    """Over every sample of every feed: no value of a column that its file marks personal is in the output, as it was sent or as a date reads."""
    feed = load_feeds()[name]
    personal = {column.name for table in feed.tables for column in table.columns if column.personal}
    looked_at = 0
    for file in sorted((SAMPLES / name).glob("*.json")):
        _, text = run("check", name, str(file))
        text = text.replace(file.name, "")
        for value in values_of(json.loads(file.read_bytes()).get("value"), personal):
            looked_at += 1
            assert [form for form in forms_of(value) if form in text] == [], f"{file.name} shows a personal value"
    assert looked_at or not personal


def values_of(record: Any, personal: set[str]) -> list[str]:
    """The values of the personal columns of a sample, at any depth; of a canonical event also its subject's numbers."""
    if isinstance(record, list):
        return [value for part in record for value in values_of(part, personal)]
    if not isinstance(record, dict):
        return []
    found = [value for part in record.values() for value in values_of(part, personal)]
    found += [
        str(value) for key, value in record.items() if key in personal and value not in (None, "") and not isinstance(value, dict | list)
    ]
    numbers = record.get("subject_ids") or []
    return found + [str(one["value"]) for one in numbers if isinstance(one, dict)]


def forms_of(value: str) -> set[str]:
    """How a value could read in the output: as sent, and a date also as it is printed (sent as YYYYMMDD, or as days since 1970)."""
    forms = {value} if len(value) > 1 else set()
    if len(value) == 8 and value.isdigit():
        forms.add(f"{value[:4]}-{value[4:6]}-{value[6:]}")
    if value.lstrip("-").isdigit() and abs(int(value)) < 40_000:
        forms = {date_of(int(value)).isoformat()}
    return forms


def test_check_names_the_exact_fault() -> None:
    """Code, field, what is allowed and what to do; exit code 1; a wrong number is not shown."""
    code, text = run("check", "business", str(SAMPLES / "business" / "payment_number_wrong.json"))
    assert code == 1
    assert "CB-204 NUMBER_CHECKSUM, field aac002" in text
    assert "3799991948" not in text


def test_check_warns_of_missing_before_images() -> None:
    """The remedy for updates without the row before is said once at the end."""
    code, text = run("check", "business", str(SAMPLES / "business" / "contribution_before_missing.json"))
    assert code == 1
    assert "REPLICA IDENTITY FULL" in text
    assert "1 record(s) lack the row before the change" in text


def test_check_reads_lines_in_order(tmp_path: Path) -> None:
    """JSON lines are records of one stream: a certificate that is voided later is withdrawn, an old revision is stale."""
    line = '{"record_type":"certificate","certificate_no":"D-1","revision":%d,"certificate_state":"%s","id_no":"379999194811200016","full_name":"王","died_on":"2024-03-30","hospital_division":"370116"}'
    file = tmp_path / "certificates.jsonl"
    file.write_text("\n".join([line % (1, "1"), line % (2, "9"), line % (1, "1")]), encoding="utf-8")
    code, text = run("check", "death_certificate", str(file))
    assert code == 0
    assert [word in text for word in ("DEATH_CLAIM ASSERTED", "DEATH_CLAIM WITHDRAWN", "skipped: stale")] == [True] * 3


def test_an_unknown_feed_lists_what_is_allowed() -> None:
    """A misspelt name is answered with the names there are."""
    code, text = run("show", "busines")
    assert code == 2
    assert "death_certificate" in text
