"""The people agent's steps on a partition in memory: alerts leave on the partition of their person, time is judged in slices."""

from typing import Any

import msgspec
import pytest
from msgspec import DecodeError

from processors.judging import judge
from processors.person.person import Person
from processors.person.state import DETAIL, QUARANTINE, Head, decode_head, head_key
from processors.quarantine import RELEASED_AT_ONCE
from processors.scenario.run import person_key
from processors.scenario.short import Rows, facts_of
from processors.stage import SWEEP_AT_ONCE, PeopleStage, derive
from schemas import metrics as m
from schemas.alert import Alert
from schemas.dates import bits_of, day
from schemas.events import FORMAT, Command, Facts, Horizon, Identity, Message, Tick, encode
from schemas.messages import alert_message, read_alert
from schemas.topics import ALERTS, DEAD_LETTERS, EVENTS
from schemas.wire import Reader, Writer
from sinks.web.scrape import samples_of
from streams.agents.days import write_ticks
from streams.agents.people_io import QUARANTINES_PER_MINUTE_MAX, People, take, work
from streams.engine.batch import Batch
from streams.engine.memory import MemoryPartition
from streams.engine.records import BatchReason

BORN = {"birth": "1948-11-20", "sex": "F", "division": 370116}


def hand(people: People, partition: MemoryPartition, messages: list[Message]) -> Batch:
    """As the agent handles it, until all is used up or the brake trips; the last batch."""
    waiting = [partition.record(None, encode(one), ahead=n) for n, one in enumerate(messages)]
    while True:
        batch = partition.hand(waiting)
        work(people, batch)
        waiting = list(partition.apply(batch))
        if partition.paused or not waiting:
            return batch


def spend(people: People, partition: MemoryPartition) -> None:
    """Spare time until the stage asks for no more."""
    while partition.more:
        idle = partition.hand()
        work(people, idle)
        partition.apply(idle)


def story(*steps: dict[str, Any]) -> list[Message]:
    """Messages of short-form steps about one person."""
    rows, key = Rows({}), person_key("a")
    found: list[Message] = []
    for offset, step in enumerate(steps):
        feed, facts = facts_of(step, BORN, rows)
        found.append(Facts(FORMAT, key, key, b"", feed, 0, offset, "", 0, 0, 0, Identity(-7700, 2, 18), facts))
    return found


DEATH: tuple[dict[str, Any], ...] = (
    {"event": "BENEFIT_START", "record": "r", "scheme": 170},
    {"event": "CREMATED", "died_on": "2024-05-10"},
)


def test_how_far_absences_are_judged_is_told_by_feed_and_division(people: People) -> None:
    """The least of a feed's source partitions, nothing while one is missing; what it says moves with the next horizon."""
    partition = MemoryPartition(EVENTS, 0, derive=derive, derived_kinds=b"\x10")

    def told(*messages: Message) -> dict[tuple[str, str], float]:
        hand(people, partition, list(messages))
        found = samples_of([people.metrics.text().decode()]).get(m.HORIZON.name, {})
        return {(labels["feed"], labels["division"]): value / 86_400 for series, value in found.items() if (labels := dict(series))}

    two = [Horizon(FORMAT, "card", 370102, number, 2, day(text)) for number, text in ((0, "2024-05-09"), (1, "2024-05-07"))]
    tax = {("tax", "0"): day("2024-05-08")}
    assert told(Tick(FORMAT, day("2024-05-10")), two[0], Horizon(FORMAT, "tax", 0, 0, 1, day("2024-05-08"))) == tax
    assert told(two[1]) == tax | {("card", "370102"): day("2024-05-07")}
    assert told(Horizon(FORMAT, "card", 370102, 1, 2, day("2024-05-09"))) == tax | {("card", "370102"): day("2024-05-09")}


def test_alert_leaves_on_the_partition_of_its_person(people: People) -> None:
    """A death with a payable benefit gives R01A at once, Avro encoded, on the events partition's own number."""
    partition = MemoryPartition(EVENTS, 5, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *story(*DEATH)])
    sent = [message for message in partition.sent if message.topic == ALERTS]
    alerts = [read_alert(Reader("alert"), message.value or b"") for message in sent]
    assert {message.partition for message in sent} == {5}
    assert ("R01A", "SIGNAL") in {(alert.rule, alert.level) for alert in alerts}


def test_other_content_under_an_equal_version_is_counted_by_feed(people: People) -> None:
    """A database feed whose row says two things under one position: the first stands, the feed is named in a counter; a repeat is none."""
    first = story({"event": "CREMATED", "died_on": "2024-05-10"})[0]
    other = story({"event": "CREMATED", "died_on": "2024-05-09"})[0]
    partition = MemoryPartition(EVENTS, 0, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), first, first, other])
    assert b'canbao_version_conflicts_total{feed="cremation"} 1.0' in people.metrics.text()
    assert b'canbao_facts_applied_total{result="conflict"} 1.0' in people.metrics.text()


def test_sweep_makes_the_alert_when_its_day_comes(people: People) -> None:
    """Seven ticks later the same alert is an ALERT, found by the wake index and not by any record of the person."""
    partition = MemoryPartition(EVENTS, 0, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *story(*DEATH)])
    before = len(partition.sent)
    hand(people, partition, [Tick(FORMAT, day("2024-05-17"))])
    alerts = [read_alert(Reader("alert"), one.value or b"") for one in partition.sent[before:] if one.topic == ALERTS]
    assert ("R01A", "ALERT", 2) in {(alert.rule, alert.level, alert.revision) for alert in alerts}


@pytest.mark.logs_errors("control record refused")
def test_a_control_record_that_cannot_be_taken_is_set_aside(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """More divisions than a row can hold: one after the other is a dead letter with CB-504, the day still turns, and what stood stands."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    monkeypatch.setattr("processors.world_rows.FEED_ROW_MAX_BYTES", 2_000)
    flood: list[Message] = [Horizon(FORMAT, "card", 370_000 + number, 0, 1, 20_000) for number in range(120)]
    hand(people, partition, flood)
    spend(people, partition)
    refused = [message for message in partition.sent if message.topic == DEAD_LETTERS]
    assert refused
    assert {dict(letter.headers)["canbao_error_code"] for letter in refused} == {b"CB-504"}
    hand(people, partition, [Tick(FORMAT, 20_001), Horizon(FORMAT, "tax", 0, 0, 1, 20_000)])
    stage = PeopleStage(people.policy, people.topics)
    stage.load(partition.hand())
    assert stage.now.as_of == 20_001
    assert stage.now.horizons["tax", 0] == 20_000
    assert len(stage.now.horizons) == 1 + len(flood) - len(refused)


def test_foreign_bytes_are_a_sealed_dead_letter(people: People) -> None:
    """What is not a message of ours becomes one dead letter with code and position, its bytes sealed; the next record is handled."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    batch = partition.hand([partition.record(None, b"379999194811200016"), partition.record(None, encode(Tick(FORMAT, 20000)), ahead=1)])
    stage = PeopleStage(people.policy, people.topics)
    for record in batch.records:
        take(people, stage, batch, record)
    partition.apply(batch)
    (letter,) = [message for message in partition.sent if message.topic == DEAD_LETTERS]
    assert dict(letter.headers)["canbao_error_code"] == b"CB-502"
    assert b"379999" not in (letter.value or b"") + repr(letter.headers).encode()
    assert stage.now.as_of == 20000


def test_poison_person_is_set_aside_and_taken_up_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails sets its person aside, keeps the events and lets others go on; once mended, everything is judged."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    with monkeypatch.context() as broken:
        broken.setattr("processors.stage.judge", failing_for(person_key("a")))
        hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *story(*DEATH)])
    assert not [message for message in partition.sent if message.topic == ALERTS]
    hand(people, partition, [Command(FORMAT, "unquarantine", person_key("a"), "")])
    alerts = [read_alert(Reader("alert"), one.value or b"") for one in partition.sent if one.topic == ALERTS]
    assert "R01A" in {alert.rule for alert in alerts}


def set_aside(people: People) -> float:
    """How many persons were quarantined so far."""
    return sum(samples_of([people.metrics.text().decode()])[m.QUARANTINED.name].values())


def everyone_fails(*_: object) -> object:
    """A judge with a bug about everyone."""
    raise ZeroDivisionError


def crowd(count: int) -> list[Message]:
    """The same story of so many persons."""
    told: list[Message] = []
    for number in range(count):
        for one in story(*DEATH):
            assert isinstance(one, Facts)
            one.person = one.origin = person_key(f"p{number}")
            told.append(one)
    return told


@pytest.mark.logs_errors("person quarantined|quarantine brake")
def test_the_brake_stops_a_sweep_before_it_sets_the_next_person_aside(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails for everyone: one more than a minute allows is set aside, the others wait and are judged after a restart."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *crowd(60)])
    before = len(partition.sent)
    with monkeypatch.context() as broken:
        broken.setattr("processors.stage.judge", everyone_fails)
        hand(people, partition, [Tick(FORMAT, day("2024-05-17"))])
        spend(people, partition)
    assert partition.paused
    assert not partition.more, "no spare time is asked for"
    timer = partition.hand(reason=BatchReason.TIMER)
    work(people, timer)
    outcome = timer.outcome()
    assert (outcome.changed, outcome.outbox, timer.paused, timer.more) == ([], [], True, False)
    assert set_aside(people) == QUARANTINES_PER_MINUTE_MAX + 1
    people.failures.clear()
    partition.paused, partition.more = False, True  # a new owner begins so
    spend(people, partition)
    alerts = [read_alert(Reader("alert"), one.value or b"") for one in partition.sent[before:] if one.topic == ALERTS]
    judged = {alert.person_key for alert in alerts if alert.rule == "R01A" and alert.level == "ALERT"}
    assert len(judged) == 60 - QUARANTINES_PER_MINUTE_MAX - 1


@pytest.mark.logs_errors("person quarantined|quarantine brake")
def test_records_behind_the_brake_come_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """The brake trips on the 21st person's record: its own failure is kept, the records behind it are not used up."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, [Tick(FORMAT, day("2024-05-10"))])
    monkeypatch.setattr("processors.stage.judge", everyone_fails)
    told = crowd(60)
    hand(people, partition, told)
    assert partition.paused
    assert set_aside(people) == QUARANTINES_PER_MINUTE_MAX + 1
    assert partition.positions[EVENTS] == 1 + 2 * QUARANTINES_PER_MINUTE_MAX + 1


def alerts_of(partition: MemoryPartition) -> dict[bytes, set[str]]:
    """Rules of the alerts that left, by person."""
    found: dict[bytes, set[str]] = {}
    for message in partition.sent:
        if message.topic == ALERTS:
            alert = read_alert(Reader("alert"), message.value or b"")
            found.setdefault(alert.person_key, set()).add(alert.rule)
    return found


def about(name: str, messages: list[Message]) -> list[Message]:
    """The same messages about another person."""
    for one in messages:
        assert isinstance(one, Facts)
        one.person = one.origin = person_key(name)
    return messages


@pytest.mark.logs_errors("person quarantined")
def test_an_unreadable_head_sets_its_person_aside(people: People) -> None:
    """Bytes that are no head row: the person is set aside with them, again after a vain unquarantine; neighbours are judged, the worker lives."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    garbage = b"\xc1garbage"
    partition.rows.values[head_key(person_key("a"))] = garbage
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *story(*DEATH), *about("b", story(*DEATH))])
    hand(people, partition, [Command(FORMAT, "unquarantine", person_key("a"), "")])
    assert set_aside(people) == 2
    assert Person(person_key("a"), partition.rows.get).head.quarantined == "CB-501"
    assert garbage in partition.rows.values.values(), "nothing is lost"
    assert set(alerts_of(partition)) == {person_key("b")}


@pytest.mark.logs_errors("person quarantined")
def test_a_head_that_is_read_again_is_taken_up(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that cannot read a person's head, and the next one that can: what was known before is there, and what came meanwhile."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    paid, died = story(*DEATH)
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), paid])
    with monkeypatch.context() as broken:
        first = partition.rows.get(head_key(person_key("a")))

        def decode_other(raw: bytes) -> Head:
            if raw == first:
                raise DecodeError
            return decode_head(raw)

        broken.setattr("processors.person.person.decode_head", decode_other)
        hand(people, partition, [died])
    assert "R01A" not in alerts_of(partition).get(person_key("a"), set())
    hand(people, partition, [Command(FORMAT, "unquarantine", person_key("a"), "")])
    assert "R01A" in alerts_of(partition)[person_key("a")]
    assert not [key for key in partition.rows.values if key.startswith(QUARANTINE)]


@pytest.mark.logs_errors("person quarantined")
def test_an_alert_that_cannot_be_encoded_sets_its_person_aside(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of that person's unit stays, neither rows nor messages; once mended, the alert leaves."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    paid, died = story(*DEATH)
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), paid])
    sent = len(partition.sent)
    before = {key: value for key, value in partition.rows.values.items() if key.startswith(DETAIL)}

    def broken_message(writer: Writer, alert: Alert) -> object:
        if alert.person_key == person_key("a"):
            raise TypeError
        return alert_message(writer, alert)

    with monkeypatch.context() as broken:
        broken.setattr("streams.agents.people_io.alert_message", broken_message)
        hand(people, partition, [died])
        assert len(partition.sent) == sent
        assert {key: value for key, value in partition.rows.values.items() if key.startswith(DETAIL)} == before
        hand(people, partition, about("b", story(*DEATH)))
    rules = alerts_of(partition)
    assert "R01A" in rules[person_key("b")]
    assert "R01A" not in rules.get(person_key("a"), set())
    hand(people, partition, [Command(FORMAT, "unquarantine", person_key("a"), "")])
    assert "R01A" in alerts_of(partition)[person_key("a")]


def swept(people: People) -> float:
    """How many persons were asked because time passed."""
    return sum(samples_of([people.metrics.text().decode()])[m.SWEPT.name].values())


def test_no_hand_over_sweeps_for_a_whole_control_record(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the queue of control records full, the next one waits for room over several hand-overs, and no answer differs."""
    monkeypatch.setattr("streams.agents.people_io.SWEEP_SECONDS", 0.0)
    log: list[Message] = [Tick(FORMAT, day("2024-05-10")), *crowd(30)]
    days: list[Message] = [Tick(FORMAT, number) for number in range(day("2024-05-17"), day("2024-05-22"))]
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, log)
    monkeypatch.setattr("processors.stage.PENDING_MAX", 2)
    waiting = [partition.record(None, encode(one), ahead=n) for n, one in enumerate(days)]
    hand_overs, most = 0, 0.0
    while waiting:
        before = swept(people)
        batch = partition.hand(waiting)
        work(people, batch)
        waiting = list(partition.apply(batch))
        hand_overs, most = hand_overs + 1, max(most, swept(people) - before)
    spend(people, partition)
    assert hand_overs >= len(days) - 1, "one for each slice, not one for all"
    assert 0 < most <= SWEEP_AT_ONCE
    monkeypatch.undo()
    other = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    hand(people, other, [*log, *days])
    spend(people, other)
    assert sorted(one.value or b"" for one in partition.sent) == sorted(one.value or b"" for one in other.sent)


@pytest.mark.logs_errors("person quarantined")
def test_everything_that_was_kept_is_taken_up(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """More messages than one slice takes: all of them are applied, nothing stays behind; one that fails again keeps the rest."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    count = 3 * RELEASED_AT_ONCE + 1
    months = [f"{2015 + number // 12}{number % 12 + 1:02}" for number in range(count)]
    told = story(*({"event": "CONTRIB_PAID", "month": month, "scheme": 110, "payer": "e", "person_fen": 100} for month in months))
    unquarantine = Command(FORMAT, "unquarantine", person_key("a"), "")

    def kept() -> int:
        return sum(key.startswith(QUARANTINE) for key in partition.rows.values)

    with monkeypatch.context() as broken:
        broken.setattr("processors.stage.judge", everyone_fails)
        hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *told])
        assert kept() == count
        hand(people, partition, [unquarantine])
    assert kept() == count, "the first one failed again: it and the others are kept"
    hand(people, partition, [unquarantine])
    assert kept() == 0
    head = Person(person_key("a"), partition.rows.get).head
    assert not head.quarantined
    assert sum(bits_of(line.cover).bit_count() for line in head.schemes) == count


def failing_for(key: bytes) -> object:
    """A judge with a bug about one person."""

    def broken(person: Person, *arguments: Any) -> object:
        if person.key == key:
            raise ZeroDivisionError
        return judge(person, *arguments)

    return broken


def test_ticks_are_written_in_order_and_once() -> None:
    """The owner writes today's tick first, then each missing day once, remembering the last in the partition's header."""
    partition = MemoryPartition(EVENTS, 3)
    now = 1_715_300_000_000  # 2024-05-10 08:13 in Shanghai
    for ahead_days in (0, 0, 3):
        batch = partition.hand(reason=BatchReason.TIMER, now_ms=now + ahead_days * 86_400_000)
        write_ticks(batch)
        partition.apply(batch)
    days = [msgspec.msgpack.decode(message.value or b"")[2] for message in partition.sent]
    assert days == [day("2024-05-10"), day("2024-05-11"), day("2024-05-12"), day("2024-05-13")]
    assert {message.partition for message in partition.sent} == {3}
