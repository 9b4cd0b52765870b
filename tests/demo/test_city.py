"""The synthetic city: repeatable, valid in form, and complete in its labels."""

import re

import pytest

from demo.city.city import City
from demo.city.emit.departments import FEEDS, days_of, table_of, topic_of
from demo.city.generate import generate, planted
from demo.city.identity import AREA, Registry
from processors.identity.credit_code import read_credit_code
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from schemas.feed_file import load_feeds

RULES = {"R01", "R01A", "R02", "R03", "R06", "R08", "R09", "R10", "R11", "R12", "R17", "R19", "R24", "UNDO_CHECK"}
FAR_FUTURE = 1 << 20


@pytest.fixture(scope="module")
def city() -> City:
    """A city of the default size."""
    return generate(300, 12, 7)


def wire(city: City) -> list[tuple[str, bytes, bytes | None]]:
    """Everything that the departments send, in order."""
    return [(message.topic, message.key, message.value) for day in days_of(city) for message in day.messages]


def test_the_same_seed_gives_the_same_bytes(city: City) -> None:
    """Two runs of one seed send byte-equal records; another seed does not."""
    assert wire(generate(300, 12, 7)) == wire(city)
    assert wire(generate(300, 12, 8)) != wire(city)


def test_every_number_is_valid_and_from_the_unassigned_area(city: City) -> None:
    """No generated number can be a living person's, and intake accepts each."""
    numbers = {change.record.who.number for change in city.changes}
    for number in numbers:
        assert number.startswith(AREA)
        assert isinstance(recognise(number, Document.NUMBER, "", FAR_FUTURE), Identifier)


def test_employers_have_valid_codes() -> None:
    """Employer codes pass the check character of GB 32100 and are all different."""
    registry = Registry(City(2, 1).rng)
    codes = [registry.employer() for _ in range(1000)]
    assert all(read_credit_code(code) == code for code in codes)
    assert len(set(codes)) == 1000


def test_every_rule_has_cases_and_traps(city: City) -> None:
    """A rule without a planted case, or a death, duplicate or coverage rule without a trap, would leave the table silent about it."""
    assert {label.rule for label in city.labels} == RULES
    assert {case.rule for case in planted(12) if case.trap} >= {
        "R01",
        "R01A",
        "R02",
        "R03",
        "R04",
        "R06",
        "R08",
        "R09",
        "R10",
        "R11",
        "R12",
        "R17",
        "R19",
        "R24",
    }


def test_every_case_states_its_outcome() -> None:
    """A case labels at least one alert, a trap at least one person about whom nothing may be said."""
    for case in planted(36):
        city = City(36, 3)
        city.case = case.name
        case.plant(city)
        if case.trap:
            assert city.traps, case.name
            assert not city.labels, case.name
        else:
            assert city.labels, case.name


def test_a_short_run_plants_only_what_ends_in_it() -> None:
    """Cases that need more months than the run has are left out, so no label can fail for want of time."""
    names = {case.name for case in planted(4)}
    assert names < {case.name for case in planted(12)}
    assert all(case.months <= 4 for case in planted(4))


def test_records_have_the_columns_of_the_feed_files(city: City) -> None:
    """Every record carries columns of its table only, and every required one; topics are those of the feed files."""
    feeds = load_feeds()
    seen = set()
    for change in city.changes:
        table = table_of(change.record)
        if (table.feed, table.name) in seen:
            continue
        seen.add((table.feed, table.name))
        spec = next(one for one in feeds[table.feed].tables if one.name == table.name)
        row = table.columns(change.record, 1)
        assert set(row) <= {column.name for column in spec.columns}, table
        assert all(row.get(column.name) not in {None, ""} for column in spec.columns if column.required), table
        assert [table.key] == list(spec.key)
    assert {feed for feed, _ in seen} == set(FEEDS)
    assert all(topic_of(name) == feeds[name].topic for name in FEEDS)


def test_completeness_stands_behind_the_rows(city: City) -> None:
    """Each day ends with a marker of every feed; a database feed's counts by the heartbeat that follows it."""
    for day in days_of(city):
        assert {message.topic for message in day.markers} == {topic_of(name) for name in FEEDS}
        assert day.messages[len(day.rows) :] == day.markers


def test_names_stay_out_of_labels(city: City) -> None:
    """A printed label shows its case, never a name: names are Chinese characters, case names are not."""
    assert all(re.fullmatch(r"[a-z_]+", label.case) for label in city.labels)
