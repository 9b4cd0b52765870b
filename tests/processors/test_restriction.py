"""A restricted person: everything published is withdrawn without content, nothing new comes, facts are kept, others are untouched."""

from typing import Any

from processors.person.state import Flag, decode_head, head_key
from processors.restriction import TEXT
from processors.rows import MemoryRows
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from processors.stage import derive
from schemas.dates import day
from schemas.events import FORMAT, Command, Facts, Identity, Message, Tick
from schemas.kinds import Premise
from schemas.restrictions import RESTRICT
from tests.processors.histories import play

BORN = {"birth": "1948-11-20", "sex": "F", "division": 370116}
DEATH: tuple[dict[str, Any], ...] = (
    {"event": "BENEFIT_START", "record": "r", "scheme": 170},
    {"event": "CREMATED", "died_on": "2024-05-10"},
)


def story(who: str) -> list[Message]:
    """A death while a benefit is payable: alerts."""
    rows, key = Rows({}), person_key(who)
    found: list[Message] = []
    for offset, step in enumerate(DEATH):
        feed, facts = facts_of(step, BORN, rows)
        found.append(Facts(FORMAT, key, key, b"", feed, 0, offset, "", 0, 0, 0, Identity(-7700, 2, 18), facts))
    return found


RESTRICTED = Command(FORMAT, RESTRICT, person_key("a"), "")


def test_what_was_published_is_withdrawn_and_stays_withdrawn() -> None:
    """Each open alert gets one revision without content; repeats, ticks and new facts bring nothing back; the other person keeps hers."""
    rows = MemoryRows(derive)
    before = play(rows, Tick(FORMAT, day("2024-05-10")), *story("a"), *story("b"))
    mine = {alert.alert_id: alert.revision for alert in before.alerts if alert.person_key == person_key("a")}
    assert mine
    after = play(rows, RESTRICTED)
    assert {(one.alert_id, one.revision, one.premise, one.text) for one in after.alerts} == {
        (identifier, revision + 1, Premise.RETRACTED, TEXT) for identifier, revision in mine.items()
    }
    assert all(not (one.evidence or one.months or one.amount_fen or one.cause_event_ids) for one in after.alerts)
    again = play(rows, RESTRICTED, *story("a"), Tick(FORMAT, day("2024-05-17")))
    assert {one.person_key for one in again.alerts} == {person_key("b")}
    head = decode_head(rows.values[head_key(person_key("a"))])
    assert head.flags & Flag.RESTRICTED
    assert (head.open, head.wakes) == ([], [])
    assert head.flags & Flag.DEATH


def test_a_replay_from_zero_publishes_nothing_of_the_person() -> None:
    """The command before any fact, as a rebuilt state may see it: nothing is ever published, the facts are there, the public row is empty."""
    rows = MemoryRows(derive)
    output = play(rows, RESTRICTED, Tick(FORMAT, day("2024-05-10")), *story("a"), Tick(FORMAT, day("2024-05-20")))
    assert output.alerts == []
    assert all(row.places == [] for row in output.public)
    assert output.counts["restricted"] == 1


def test_the_public_row_becomes_empty() -> None:
    """Whoever keeps the newest row of a person keeps an empty one."""
    rows = MemoryRows(derive)
    facts = facts_of({"event": "ENROL_START", "scheme": 390, "place": 370116, "from_day": "2024-01-01"}, BORN, Rows({}))
    key = person_key("a")
    message = Facts(FORMAT, key, key, b"", facts[0], 0, 0, "", 0, 0, 0, Identity(-7700, 2, 18), facts[1])
    before = play(rows, Tick(FORMAT, day("2024-05-10")), message)
    assert [len(row.places) for row in before.public] == [1]
    assert [row.places for row in play(rows, RESTRICTED).public] == [[]]
