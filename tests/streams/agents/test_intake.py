"""The intake stage on a partition in memory: what leaves, what is sealed, when a feed stops, what comes again."""

import json
from typing import Any

from msgspec import structs

from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from processors.intake.compile import compile_feed
from processors.intake.horizons import MOST_DIVISIONS
from schemas import control
from schemas.control import FeedControl, FeedState
from schemas.dates import day
from schemas.errors import Code
from schemas.events import Horizon, decode
from schemas.feed_file import load_feeds
from schemas.kinds import FactStatus
from schemas.look_ups import Identity
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS, IDENTITIES, IDENTITY_KEYS, RESTRICTIONS
from schemas.wire import Reader, Writer
from sinks.metrics import Metrics
from streams.agents import intake as agent
from streams.agents.dead_letters import belongs_to
from streams.agents.intake_io import Intake
from streams.agents.intake_setup import intake_of, key_maker
from streams.agents.intake_state import DELETIONS
from streams.engine.batch import MAX_VALUE_BYTES
from streams.engine.memory import MemoryPartition
from streams.engine.partitioner import partition_of
from streams.engine.records import BatchReason
from streams.registry import RegistryDownError
from streams.settings import Settings
from streams.vault.envelopes import key_row
from tests.streams.agents.intaking import DEATH, NOW_MS, NUMBER, certificate, facts, feed, sent


def test_a_record_becomes_a_fact_under_the_person_key(intake: Intake, settings: Settings) -> None:
    """The event is keyed by the person key of the number; the number and the name are nowhere in what leaves unsealed."""
    partition = MemoryPartition(DEATH)
    feed(intake, partition, certificate())
    found = recognise(NUMBER, Document.NUMBER, "", day("2026-11-24"))
    assert isinstance(found, Identifier)
    person = key_maker(settings).person_key(found)
    (message,) = facts(partition)
    assert [one.key for one in sent(partition, EVENTS)] == [person]
    assert message.person == person
    everything = b"".join(
        (one.key or b"") + (one.value or b"") + b"".join(value for _, value in one.headers) for one in partition.sent
    ) + b"".join((key + (value or b"")) for key, value in partition.changelog)
    assert NUMBER.encode() not in everything
    assert "王建国".encode() not in everything


def test_an_identity_is_sent_once_and_sealed(intake: Intake) -> None:
    """Whom a key stands for is sent when it is new to the partition or its name changed; only the key opens it, bound to the person."""
    partition = MemoryPartition(DEATH)
    feed(intake, partition, certificate())
    feed(intake, partition, certificate(revision=2, died_on="2024-03-29"))
    (identity,) = sent(partition, IDENTITIES)
    assert identity.key is not None
    assert identity.value is not None
    (data_key,) = sent(partition, IDENTITY_KEYS)
    assert data_key.key == key_row(identity.key, identity.value)
    assert data_key.partition == identity.partition == partition_of(identity.key, 3)
    opened = intake.envelopes.open(identity.key, identity.value, data_key.value or b"")
    assert opened == Identity("CITIZEN", "CHN", NUMBER, "王建国")
    assert repr(opened) == "Identity()"
    feed(intake, partition, certificate(revision=3, full_name="王建囯"))
    assert len(sent(partition, IDENTITIES)) == len(sent(partition, IDENTITY_KEYS)) == 2
    partition.tables = {RESTRICTIONS: {identity.key: b""}}
    feed(intake, partition, certificate(revision=4, full_name="王健国"))
    assert len(facts(partition)) == 4
    assert len(sent(partition, IDENTITIES)) == len(sent(partition, IDENTITY_KEYS)) == 2


def test_bad_records_leave_their_neighbours_alone(intake: Intake) -> None:
    """Garbage between good records goes to the dead letters with code and position; the good ones become facts."""
    partition = MemoryPartition(DEATH)
    feed(
        intake,
        partition,
        certificate(),
        b"\x00\xffgarbage",
        certificate(certificate_no="D-0002", id_no="379999194811200017"),
        certificate(certificate_no="D-0003"),
    )
    assert len(facts(partition)) == 2
    letters = [Reader("dead_letter").decode(one.value or b"") for one in sent(partition, DEAD_LETTERS)]
    assert [(one["code"], one["offset"], one["field"]) for one in letters] == [
        (Code.NOT_DECODABLE, 1, ""),
        (Code.NUMBER_CHECKSUM, 2, "id_no"),
    ]
    place = belongs_to(DEATH, 0, 1)
    assert intake.sealer.open(letters[0]["sealed_value"], place + b"|value") == b"\x00\xffgarbage"


def test_dead_letter_headers_name_code_and_place_but_no_value(intake: Intake) -> None:
    """The headers are those that dead-letter tools read; no value of the record is in them."""
    partition = MemoryPartition(DEATH)
    feed(intake, partition, certificate(id_no="379999194811200017"))
    (letter,) = sent(partition, DEAD_LETTERS)
    headers = {name: value.decode() for name, value in letter.headers}
    assert headers["__connect.errors.topic"] == DEATH
    assert headers["__connect.errors.offset"] == "0"
    assert headers["canbao_error_code"] == "CB-204"
    assert "379999194811200017" not in str(headers)
    assert b"379999194811200017" not in (letter.value or b"")


def test_horizons_go_to_every_events_partition(intake: Intake) -> None:
    """A marker behind its rows becomes a horizon in each events partition, once."""
    partition = MemoryPartition(DEATH)
    marker = {"record_type": "feed_complete", "division": "370102", "through": "2024-03-31"}
    feed(intake, partition, certificate(), marker)
    feed(intake, partition, marker)
    horizons = [(one.partition, decode(one.value or b"")) for one in sent(partition, EVENTS) if one.key is None]
    assert [number for number, _ in horizons] == [0, 1, 2]
    assert {(one.feed, one.division, one.through, one.partitions) for _, one in horizons if isinstance(one, Horizon)} == {
        ("death_certificate", 370102, day("2024-03-31"), 1)
    }


def test_markers_of_divisions_that_are_not_served_are_dead_letters(intake: Intake) -> None:
    """Another province, or one division more than a feed may have: CB-314 and no horizon; a zone that the table does not name is served."""
    partition = MemoryPartition(DEATH)

    def marker(division: int) -> dict[str, Any]:
        return {"record_type": "feed_complete", "division": str(division), "through": "2024-03-31"}

    feed(intake, partition, marker(110105), marker(370171), marker(371202), marker(370000))
    known = {370171, 371202, 370000}
    more = [370100 + number for number in range(100) if number != 71] + [370200 + number for number in range(100)]
    more += [370300 + number for number in range(MOST_DIVISIONS - len(known) - len(more))]
    feed(intake, partition, *(marker(division) for division in more))
    feed(intake, partition, marker(370499), marker(370171))
    sent_on = {one.division for one in map(decode, (one.value or b"" for one in sent(partition, EVENTS))) if isinstance(one, Horizon)}
    assert sent_on == known | set(more)
    assert len(sent_on) == MOST_DIVISIONS
    assert [dict(letter.headers)["canbao_error_code"] for letter in sent(partition, DEAD_LETTERS)] == [b"CB-314", b"CB-314"]


def test_horizons_wait_for_their_interval(settings: Settings) -> None:
    """At most one horizon an interval; the newest goes out when its time has come, without a record."""
    intake = intake_of("death_certificate", settings.model_copy(update={"horizon_seconds": 60.0}), Metrics())
    partition = MemoryPartition(DEATH)
    for through in ("2024-03-30", "2024-03-31", "2024-04-01"):
        feed(intake, partition, {"record_type": "feed_complete", "division": "", "through": through})
    assert len(sent(partition, EVENTS)) == 3
    batch = partition.hand(reason=BatchReason.TIMER, now_ms=NOW_MS + 60_000)
    agent.work(intake, batch)
    partition.apply(batch)
    last = decode(sent(partition, EVENTS)[-1].value or b"")
    assert isinstance(last, Horizon)
    assert last.through == day("2024-04-01")
    assert len(sent(partition, EVENTS)) == 6


def run_of_garbage(intake: Intake, partition: MemoryPartition) -> list[Any]:
    """Sixty undecodable records and a good one behind them."""
    return feed(intake, partition, *[b"garbage"] * 60, certificate())


def test_the_brake_stops_a_feed_in_the_same_transaction(intake: Intake) -> None:
    """Fifty refused records in a row: PAUSED goes to the control topic, the rest of the batch comes again."""
    partition = MemoryPartition(DEATH)
    again = run_of_garbage(intake, partition)
    (row,) = sent(partition, CONTROL)
    told = control.decode(row.value)
    assert (row.key, told.state, told.reason) == (b"death_certificate", FeedState.PAUSED, Code.BRAKE_RUN)
    assert told.place == f"{DEATH}[0]@49"
    assert (len(again), partition.paused, len(sent(partition, DEAD_LETTERS))) == (11, True, 50)


def test_a_stopped_feed_waits_until_it_is_resumed(intake: Intake) -> None:
    """Nothing is read while paused, also before the control topic shows the pause; RUN of a later epoch lets it go on."""
    partition = MemoryPartition(DEATH)
    run_of_garbage(intake, partition)
    assert len(feed(intake, partition, certificate())) == 1
    assert facts(partition) == []
    partition.tables[CONTROL] = {b"death_certificate": control.encode(FeedControl(FeedState.RUN, "", 1, 2))}
    batch = partition.hand(reason=BatchReason.TIMER, now_ms=NOW_MS)
    agent.work(intake, batch)
    partition.apply(batch)
    assert not partition.paused
    feed(intake, partition, certificate())
    assert len(facts(partition)) == 1


def envelope(**source: Any) -> dict[str, Any]:
    """A Debezium record of the business database."""
    row = {
        "id": 1,
        "aac001": "1",
        "aac002": NUMBER,
        "aac003": "王建国",
        "aae140": "110",
        "balance": "12.30",
        "as_of": "20240331",
        "aab301": "370102",
    }
    block = {"table": "account_balance", "lsn": 7, "connector": "postgresql", "name": "biz", "db": "insurance", "ts_ms": 1_711_843_200_000}
    return {"op": "c", "before": None, "after": row, "source": block | source}


def test_another_source_under_one_feed_stops_it(intake: Intake) -> None:
    """The source's identity may change only with a raised incarnation; the record that shows it is read again after the resume."""
    partition = MemoryPartition("canbao.feed.business")
    feed(intake, partition, envelope())
    assert len(feed(intake, partition, envelope(db="standby", lsn=3))) == 1
    (row,) = sent(partition, CONTROL)
    assert control.decode(row.value).reason == Code.OTHER_SOURCE
    partition.tables[CONTROL] = {b"business": control.encode(FeedControl(FeedState.RUN, "", 2, 2))}
    feed(intake, partition, envelope(db="standby", lsn=3))
    assert [(one.facts[0].incarnation, one.facts[0].sequence) for one in facts(partition)] == [(1, 7), (2, 3)]


def test_truncate_stops_a_feed(intake: Intake) -> None:
    """TRUNCATE is a dead letter and a stopped feed."""
    partition = MemoryPartition("canbao.feed.business")
    value = {
        "op": "t",
        "before": None,
        "after": None,
        "source": {"table": "enrolment", "lsn": 9, "connector": "postgresql", "name": "biz", "db": "insurance"},
    }
    feed(intake, partition, value, envelope())
    assert partition.paused
    assert len(sent(partition, DEAD_LETTERS)) == 1
    assert facts(partition) == []


def test_delete_and_insert_of_one_natural_key_is_a_correction(intake: Intake) -> None:
    """Over two batches: what the deleted row stated is withdrawn in the message that asserts the new row."""
    partition = MemoryPartition("canbao.feed.business")
    old = envelope(txId=5, lsn=10)
    feed(intake, partition, old)
    feed(intake, partition, old | {"op": "d", "before": old["after"], "after": None, "source": old["source"] | {"lsn": 20, "txId": 6}})
    feed(intake, partition, old | {"after": old["after"] | {"id": 2}, "source": old["source"] | {"lsn": 21, "txId": 6}})
    last = facts(partition)[-1]
    assert [(fact.status, fact.sequence) for fact in last.facts] == [(FactStatus.WITHDRAWN, 21), (FactStatus.ASSERTED, 21)]
    assert last.facts[0].row == facts(partition)[0].facts[0].row


def test_an_insert_in_a_later_transaction_is_no_correction(intake: Intake) -> None:
    """Another transaction that inserts the same natural key leaves the deleted row as archived."""
    partition = MemoryPartition("canbao.feed.business")
    old = envelope(txId=5, lsn=10)
    feed(intake, partition, old)
    feed(intake, partition, old | {"op": "d", "before": old["after"], "after": None, "source": old["source"] | {"lsn": 20, "txId": 6}})
    feed(intake, partition, old | {"after": old["after"] | {"id": 2}, "source": old["source"] | {"lsn": 30, "txId": 7}})
    assert [[fact.status for fact in one.facts] for one in facts(partition)] == [[0], [FactStatus.ROW_GONE], [0]]


def test_a_record_that_kills_the_process_is_diverted(intake: Intake) -> None:
    """A batch that was with the stage when the process died three times goes to the dead letters."""
    partition = MemoryPartition(DEATH)
    batch = partition.hand([partition.record(b"k", json.dumps(certificate()).encode())], now_ms=NOW_MS)
    batch.attempts = 3
    agent.work(intake, batch)
    partition.apply(batch)
    (letter,) = sent(partition, DEAD_LETTERS)
    assert Reader("dead_letter").decode(letter.value or b"")["code"] == Code.OUR_FAULT


def test_a_registry_that_is_down_keeps_the_batch(intake: Intake) -> None:
    """Nothing is applied and nothing refused: the same records come again when the registry is back."""
    calls: list[bytes] = []

    def decode(data: bytes) -> dict[str, Any]:
        calls.append(data)
        if len(calls) == 1:
            raise RegistryDownError("no answer")
        return Reader("canonical_event").decode(data)

    canonical = compile_feed(load_feeds()["canonical"], intake.feeds[DEATH].keys, decode)
    with_avro = structs.replace(intake, feeds={canonical.feed.topic: canonical}, quality={"canonical": Writer("data_quality")})
    event = {
        "event_id": "1",
        "event_type": "CREMATED",
        "change_type": "CREATED",
        "chain_id": "C-1",
        "source_system": "civil",
        "source_org": 370116,
        "source_seq": 1,
        "subject_ids": [{"type": "01", "value": NUMBER, "country": "CHN"}],
        "after": {"death_date": "2024-05-10"},
    }
    partition = MemoryPartition(canonical.feed.topic)
    records = [partition.record(b"k", Writer("canonical_event").encode(event))]
    for again in (records, []):
        batch = partition.hand(records, now_ms=NOW_MS)
        agent.work_or_wait(with_avro, batch)
        assert list(partition.apply(batch)) == again
    assert len(facts(partition)) == 1
    assert sent(partition, DEAD_LETTERS) == []


def test_an_idle_feed_commits_nothing(intake: Intake) -> None:
    """A timer batch without anything to say changes no row, sends nothing and writes no header."""
    partition = MemoryPartition(DEATH)
    feed(intake, partition, certificate())
    batch = partition.hand(reason=BatchReason.TIMER, now_ms=NOW_MS + 1_000)
    agent.work(intake, batch)
    outcome = batch.outcome()
    assert (outcome.outbox, outcome.changed, outcome.stage_header) == ([], [], None)


def test_a_transaction_that_deletes_much_is_archiving(intake: Intake) -> None:
    """What is remembered of deleted rows is bounded, by rows and by bytes."""
    partition = MemoryPartition("canbao.feed.business")
    base = envelope(txId=6)
    rows = [
        base
        | {
            "op": "d",
            "before": base["after"] | {"id": number, "aac001": str(number)},
            "after": None,
            "source": base["source"] | {"lsn": number},
        }
        for number in range(1, 400)
    ]
    feed(intake, partition, *rows)
    kept = partition.rows.values[DELETIONS]
    assert len(kept) <= MAX_VALUE_BYTES
    assert len(facts(partition)) == 399
