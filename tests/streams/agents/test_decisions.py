"""The intake of decisions on a partition in memory, and what the people agent sends for one."""

from typing import Any

import pytest
from msgspec import structs
from pydantic import SecretStr

from processors.scenario.run import person_key
from schemas.dates import day
from schemas.decision import Decision, decision_message, read_result
from schemas.errors import Code
from schemas.events import FORMAT, Decided, Tick, decode
from schemas.messages import read_alert
from schemas.topics import ALERTS, DEAD_LETTERS, DECISION_RESULTS, DECISIONS, EVENTS
from schemas.wire import Reader, Writer
from sinks.metrics import Metrics
from streams.agents import intake as agent
from streams.agents.decisions import DecisionIntake, decision_intake
from streams.agents.intake_io import Intake
from streams.agents.intake_setup import inputs_of, intake_of
from streams.agents.people_io import people_of
from streams.engine.memory import MemoryPartition
from streams.registry import RegistryDownError
from streams.settings import Settings, SettingsError, load_settings
from tests.schemas.test_decision import DECISION
from tests.streams.agents.test_people import DEATH, hand, story

KEY = DECISION.person_key


@pytest.fixture
def settings() -> Settings:
    """Settings of a worker that serves decisions only: no pepper is needed."""
    return load_settings({}, seal_key=SecretStr("5a" * 32), events_partitions=3)


@pytest.fixture
def of_decisions(settings: Settings) -> DecisionIntake:
    """What the agent has."""
    return decision_intake(settings, Metrics())


def value_of(decision: Decision) -> bytes:
    """A decision as it lies in Kafka."""
    return decision_message(Writer("decision"), decision).value


def feed(settings: Settings, of_decisions: DecisionIntake, partition: MemoryPartition, *records: tuple[bytes | None, bytes | None]) -> None:
    """Hand records to the agent as the engine does."""
    intake: Intake = intake_of("decisions", settings, of_decisions.metrics)
    batch = partition.hand([partition.record(key, value, ahead=n) for n, (key, value) in enumerate(records)])
    agent.work_or_wait(intake, batch, of_decisions)
    partition.apply(batch)


def test_a_decision_becomes_an_event_of_its_person(settings: Settings, of_decisions: DecisionIntake) -> None:
    """Keyed by the person, whole; a tombstone states nothing."""
    partition = MemoryPartition(DECISIONS)
    feed(settings, of_decisions, partition, (KEY, value_of(DECISION)), (KEY, None))
    (sent,) = partition.sent
    assert (sent.topic, sent.key) == (EVENTS, KEY)
    assert decode(sent.value or b"") == Decided(FORMAT, KEY, DECISION)


@pytest.mark.parametrize(
    ("key", "value", "code", "field"),
    [
        (KEY, b"no avro", Code.NOT_DECODABLE, ""),
        (KEY, b"\xc3\x01" + bytes(20), Code.UNKNOWN_SCHEMA, ""),
        (b"another key", value_of(DECISION), Code.KEY_DIFFERS, "person_key"),
        (None, value_of(DECISION), Code.KEY_DIFFERS, "person_key"),
        (KEY, value_of(structs.replace(DECISION, actor="王建国")), Code.NOT_OF_FORM, "actor"),
        (KEY, value_of(structs.replace(DECISION, decision_id="7")), Code.NOT_OF_FORM, "decision_id"),
        (KEY, value_of(structs.replace(DECISION, action="UNKNOWN")), Code.NOT_OF_FORM, "action"),
    ],
)
def test_what_has_not_its_form_is_a_sealed_dead_letter(
    settings: Settings, of_decisions: DecisionIntake, key: bytes | None, value: bytes, code: Code, field: str
) -> None:
    """Refused by code and field, sealed; its neighbours go on."""
    partition = MemoryPartition(DECISIONS)
    feed(settings, of_decisions, partition, (key, value), (KEY, value_of(DECISION)))
    letter, event = partition.sent
    assert (letter.topic, event.topic) == (DEAD_LETTERS, EVENTS)
    fields = Reader("dead_letter").decode(letter.value or b"")
    assert (fields["feed"], fields["code"], fields["field"]) == ("decisions", code, field)
    assert "王建国".encode() not in (letter.value or b"")


def test_a_registry_that_is_down_is_waited_for(settings: Settings, of_decisions: DecisionIntake) -> None:
    """The batch comes again, nothing is refused."""

    def down(_number: int) -> str:
        raise RegistryDownError("down")

    waiting = structs.replace(of_decisions, reader=Reader("decision", down))
    partition = MemoryPartition(DECISIONS)
    batch = partition.hand([partition.record(KEY, b"\x00\x00\x00\x00\x07" + bytes(20))])
    agent.work_or_wait(intake_of("decisions", settings, of_decisions.metrics), batch, waiting)
    assert list(partition.apply(batch)) == batch.records
    assert partition.sent == []


def test_roles_name_decisions_beside_feeds(settings: Settings) -> None:
    """`intake:decisions` alone, beside feeds, and with `all`; a strange name lists it."""
    with_pepper = load_settings({}, seal_key=SecretStr("5a" * 32), pepper=SecretStr("a pepper for tests only, 32 bytes"))
    assert agent.stage("decisions", settings, Metrics()).spec.group == "canbao-intake-decisions"
    spec = agent.stage("card,decisions", with_pepper, Metrics()).spec
    assert (spec.group, [one.topic for one in spec.inputs]) == ("canbao-intake-card-decisions", ["canbao.feed.card", DECISIONS])
    assert DECISIONS in [one.topic for one in agent.stage("all", with_pepper, Metrics()).spec.inputs]
    assert DECISIONS not in [one.topic for one in inputs_of(intake_of("card", with_pepper, Metrics()))]
    with pytest.raises(SettingsError, match="decisions"):
        agent.stage("no_such", settings, Metrics())


def test_the_people_agent_answers_on_the_partition_of_the_person() -> None:
    """The alert with both halves and the answer leave together; the counters say action and verdict."""
    metrics = Metrics()
    people = people_of(load_settings({"CANBAO_SEAL_KEY": "11" * 32}), metrics)
    partition = MemoryPartition(EVENTS, partition=3)
    hand(people, partition, [Tick(FORMAT, day("2024-05-10")), *story(*DEATH)])
    found = [read_alert(Reader("alert"), one.value or b"") for one in partition.sent if one.topic == ALERTS]
    (alert,) = [one for one in found if one.rule == "R01A"]
    changes: dict[str, Any] = {"alert_id": alert.alert_id, "subject": alert.subject, "person_key": person_key("a"), "seen_revision": 1}
    decision = structs.replace(DECISION, **changes, valid_until=0)
    before = len(partition.sent)
    hand(people, partition, [Decided(FORMAT, decision.person_key, decision)])
    told, answer = partition.sent[before:]
    assert (told.topic, told.partition, answer.topic, answer.partition) == (ALERTS, 3, DECISION_RESULTS, 3)
    after = read_alert(Reader("alert"), told.value or b"")
    assert (after.revision, after.handling_version, after.handling, after.change) == (1, 1, "EXPLAINED", "HANDLED")
    result = read_result(Reader("decision_result"), answer.value or b"")
    assert (result.verdict, result.handling_version, result.actor) == ("APPLIED", 1, "staff-17")
    text = metrics.text().decode()
    assert 'canbao_decisions_total{action="EXPLAIN",verdict="APPLIED"} 1.0' in text
    assert 'canbao_data_errors_found_total{feed="cremation"} 1.0' in text
