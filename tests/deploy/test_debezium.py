"""What deploy/debezium promises: one topic a feed in commit order, full before-images, and nothing lost when the Connect worker dies."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from schemas.capture import MARKER
from tests.servers.connect import DEPLOY, ConnectServer, start_connect
from tests.servers.databases import connector_environment, load_databases
from tests.servers.fixtures import Broker
from tests.servers.postgres import PostgresServer, start_postgres

TOPIC = "canbao.feed.household"
WAIT_SECONDS = 120
ROWS = 300
PERSON = "insert into household.resident (resident_id, id_card, full_name, division) values (%s, 'id', '张三', '370102')"
DONE = "insert into household.feed_complete (feed, division, through, by_whom) values ('household', '370102', '2026-03-31', 'day end')"

Record = dict[str, Any]


@contextmanager
def reader(bootstrap: str) -> Iterator[Callable[[Callable[[Record], bool]], list[Record]]]:
    """A function that reads the feed's topic from its start through the first record that meets a condition; tombstones are left out."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "isolation.level": "read_committed"})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])

    def read(last: Callable[[Record], bool]) -> list[Record]:
        seen: list[Record] = []
        deadline = time.monotonic() + WAIT_SECONDS
        while not (seen and last(seen[-1])):
            message = consumer.poll(max(0.0, deadline - time.monotonic()))
            assert message is not None, f"not the last record within {WAIT_SECONDS} s, but {len(seen)}: {seen[-3:]}"
            assert message.error() is None, message.error()
            value = message.value()
            if value is not None:
                seen.append(json.loads(value))
        return seen

    try:
        yield read
    finally:
        consumer.close()


def told(record: Record) -> bool:
    """Whether this is the department's own marker, not a heartbeat."""
    return bool(record["source"]["table"] == MARKER and record["after"]["through"] is not None)


@contextmanager
def feed(folder: Path, kafka: Broker, *, exactly_once: bool = False) -> Iterator[tuple[PostgresServer, ConnectServer]]:
    """A household database of its own and a worker that captures it."""
    with start_postgres(folder / "postgres") as postgres:
        load_databases(postgres)
        environment = connector_environment(postgres)
        with start_connect(folder / "connect", kafka.bootstrap, environment, exactly_once=exactly_once) as connect:
            connect.register_file(DEPLOY / "household.json")
            yield postgres, connect


@pytest.mark.debezium
def test_tables_of_a_feed_share_a_topic_in_commit_order(server_folder: Path, own_kafka: Broker) -> None:
    """Rows of three tables, an update and a delete arrive in the order of their commits, with every column before and after."""
    with feed(server_folder / "order", own_kafka) as (postgres, _), psycopg.connect(postgres.dsn("household")) as database:
        database.execute(PERSON, [1])
        database.execute("insert into household.residence_permit values (7, 'id', '张三', '370103', '2026-01-01', null, null)")
        database.commit()
        database.execute("update household.resident set full_name = '李四' where resident_id = 1")
        database.execute("delete from household.residence_permit")
        database.execute(DONE)
        database.commit()
        with reader(own_kafka.bootstrap) as read:
            records = read(told)
    named = [(record["source"]["table"], record["op"]) for record in records if record["after"] is None or "through" not in record["after"]]
    assert named == [("resident", "c"), ("residence_permit", "c"), ("resident", "u"), ("residence_permit", "d")]
    update = next(record for record in records if record["op"] == "u")
    assert (update["before"]["full_name"], update["after"]["full_name"]) == ("张三", "李四")
    assert update["before"].keys() == update["after"].keys()
    delete = next(record for record in records if record["op"] == "d")
    assert delete["before"]["division"] == "370103"


@pytest.mark.debezium
def test_a_snapshot_brings_rows_and_no_old_markers(server_folder: Path, own_kafka: Broker) -> None:
    """A marker from before the snapshot would stand before rows it speaks of, so it does not come; the rows come as snapshot rows."""
    folder = server_folder / "snapshot"
    with start_postgres(folder / "postgres") as postgres:
        load_databases(postgres)
        with psycopg.connect(postgres.dsn("household")) as database:
            database.execute(PERSON, [1])
            database.execute(DONE)
        with start_connect(folder / "connect", own_kafka.bootstrap, connector_environment(postgres)) as connect:
            connect.register_file(DEPLOY / "household.json")
            with psycopg.connect(postgres.dsn("household")) as database:
                database.execute(DONE)
            with reader(own_kafka.bootstrap) as read:
                records = read(told)
    assert [record["op"] for record in records if record["source"]["table"] == "resident"] == ["r"]
    assert [record["op"] for record in records if told(record)] == ["c"]


@pytest.mark.debezium
@pytest.mark.parametrize("exactly_once", [False, True], ids=["at least once", "exactly once"])
def test_a_killed_worker_loses_nothing(server_folder: Path, own_kafka: Broker, *, exactly_once: bool) -> None:
    """SIGKILL amid the changes: every change and the marker are there, repeats are equal in row and position, none at exactly once."""
    folder = server_folder / f"killed-{exactly_once}"
    with feed(folder, own_kafka, exactly_once=exactly_once) as (postgres, connect):
        with psycopg.connect(postgres.dsn("household"), autocommit=True) as database:
            _insert(database, range(ROWS))
            await_streaming_offset(own_kafka.bootstrap)
            connect.kill()
            _insert(database, range(ROWS, 2 * ROWS))
            database.execute(DONE)
            connect.start()
        with reader(own_kafka.bootstrap) as read:
            records = [record for record in read(told) if record["source"]["table"] == "resident"]
    copies: dict[int, list[Record]] = {}
    for record in records:
        copies.setdefault(record["after"]["resident_id"], []).append({"after": record["after"], "source": record["source"]})
    assert sorted(copies) == list(range(2 * ROWS))
    assert all(copy == same[0] for same in copies.values() for copy in same)
    if exactly_once:
        assert len(records) == 2 * ROWS


@pytest.mark.debezium
def test_a_worker_killed_before_its_first_offset_loses_no_row(server_folder: Path, own_kafka: Broker) -> None:
    """Rows written while it was away come by the second snapshot (a marker written then would not; README.md says so)."""
    with feed(server_folder / "early", own_kafka) as (postgres, connect):
        with psycopg.connect(postgres.dsn("household"), autocommit=True) as database:
            connect.kill()
            _insert(database, range(ROWS))
            connect.start()
        with reader(own_kafka.bootstrap) as read:
            records = read(lambda record: record["after"].get("resident_id") == ROWS - 1)
    assert sorted({record["after"]["resident_id"] for record in records if record["source"]["table"] == "resident"}) == list(range(ROWS))


def _insert(database: psycopg.Connection, numbers: range) -> None:
    for number in numbers:
        database.execute(PERSON, [number])


def await_streaming_offset(bootstrap: str) -> None:
    """Return when the worker has kept a position of the stream, which is what it goes back to after a crash."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "isolation.level": "read_committed"})
    consumer.assign([TopicPartition("canbao.connect.offsets", 0, 0)])
    deadline = time.monotonic() + WAIT_SECONDS
    try:
        while True:
            message = consumer.poll(max(0.0, deadline - time.monotonic()))
            assert message is not None, f"no offset of the stream within {WAIT_SECONDS} s"
            value = message.value()
            if value is not None and "messageType" in json.loads(value):
                return
    finally:
        consumer.close()


@pytest.mark.postgres
def test_the_role_may_do_no_more_than_capture(postgres: PostgresServer) -> None:
    """The replication role reads the captured tables and adds markers; it can't change a department's row."""
    access = connector_environment(postgres)
    with psycopg.connect(
        host="127.0.0.1", port=postgres.port, dbname="household", user="canbao_cdc", password=access["CANBAO_HOUSEHOLD_PASSWORD"]
    ) as database:
        database.execute("select count(*) from household.resident")
        database.execute("insert into household.feed_complete (feed) values ('household')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("delete from household.resident")
