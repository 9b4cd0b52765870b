"""Records that end the people worker: tried again, then set aside, so that no partition stands still for them."""

import pytest

from processors.scenario.run import person_key
from processors.stage import PeopleStage, derive
from schemas.dates import day
from schemas.events import FORMAT, Command, Message, Tick, encode
from schemas.messages import read_alert
from schemas.topics import ALERTS, DEAD_LETTERS, EVENTS
from schemas.wire import Reader
from streams.agents.people_io import People, work
from streams.engine.batch import Batch
from streams.engine.memory import MemoryPartition
from tests.streams.agents.test_people import DEATH, crowd, hand, set_aside, story


def out_of_memory(*_: object) -> object:
    """A machine with nothing left."""
    raise MemoryError


@pytest.mark.parametrize("breaks", ["judge", "take_tick"])
def test_a_machine_without_memory_is_nobodys_fault(breaks: str, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the worker; no person and no control record is set aside for it."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    monkeypatch.setattr(f"processors.stage.{breaks}", out_of_memory)
    with pytest.raises(MemoryError):
        hand(people, partition, [*story(*DEATH), Tick(FORMAT, day("2024-05-10"))])
    assert (partition.sent, set_aside(people)) == ([], 0)


@pytest.mark.logs_errors("person quarantined")
def test_a_person_that_kills_the_process_is_set_aside_unheard(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the third death the record is tried, alone and without a slice of the sweep; then its person rests, and is taken up again by command."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *crowd(2)])
    partition.apply(died_with(people, partition, Tick(FORMAT, day("2024-05-11")), 2))
    assert partition.more, "the sweep waits: if the process dies again, it was the record"
    with monkeypatch.context() as deadly:
        deadly.setattr("processors.stage.judge", out_of_memory)
        deadly.setattr("processors.stage.apply_all", out_of_memory)
        for one in story(*DEATH):
            partition.apply(died_with(people, partition, one, 3))
    assert set_aside(people) == 2
    hand(people, partition, [Command(FORMAT, "unquarantine", person_key("a"), "")])
    alerts = [read_alert(Reader("alert"), one.value or b"") for one in partition.sent if one.topic == ALERTS]
    assert "R01A" in {alert.rule for alert in alerts if alert.person_key == person_key("a")}


@pytest.mark.logs_errors("control record refused")
def test_a_control_record_that_kills_the_process_is_a_dead_letter(people: People) -> None:
    """The day does not turn by it, and the next one does."""
    partition = MemoryPartition(EVENTS, derive=derive, derived_kinds=b"\x10")
    partition.apply(died_with(people, partition, Tick(FORMAT, day("2024-05-11")), 3))
    (letter,) = [one for one in partition.sent if one.topic == DEAD_LETTERS]
    assert dict(letter.headers)["canbao_error_code"] == b"CB-504"
    stage = PeopleStage(people.policy, people.topics)
    stage.load(partition.hand())
    assert stage.now.as_of < day("2024-05-11")
    hand(people, partition, [Tick(FORMAT, day("2024-05-12"))])
    stage.load(partition.hand())
    assert stage.now.as_of == day("2024-05-12")


def died_with(people: People, partition: MemoryPartition, message: Message, times: int) -> Batch:
    """The stage is handed a record that the process died with so often."""
    batch = partition.hand([partition.record(None, encode(message))])
    batch.attempts = times
    work(people, batch)
    return batch
