"""The Redis model on a real server: newer revisions only, indexes that follow, bounded streams, rebuilt after it was emptied."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.alert import Alert
from sinks.redis import RedisModel, Tallies, Written, alert_key, division_key, person_key, stream_key
from tests.schemas.samples import sample_alert

LENGTH = 1_000


@pytest.fixture
def client(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    """A plain client on an empty server."""
    with redis.Redis.from_url(valkey.url, decode_responses=True) as found:
        found.flushall()
        yield found


def write(server: ValkeyServer, *batches: list[Alert], length: int = LENGTH) -> list[Written]:
    """Write batches with one model, as a deliver process would."""

    async def go() -> list[Written]:
        model = RedisModel(server.url, length)
        try:
            return [await model.write(batch) for batch in batches]
        finally:
            await model.close()

    return asyncio.run(go())


def tallies(server: ValkeyServer) -> Tallies:
    """What the model holds."""

    async def go() -> Tallies:
        model = RedisModel(server.url, LENGTH)
        try:
            return await model.tallies()
        finally:
            await model.close()

    return asyncio.run(go())


def entries_of(client: redis.Redis) -> list[tuple[Any, dict[Any, Any]]]:
    """What the stream of a division holds."""
    return [(name, fields or {}) for name, fields in client.xrange(stream_key(370116)) or ()]


def test_an_alert_is_found_by_id_person_division_and_stream(valkey: ValkeyServer, client: redis.Redis) -> None:
    """One open alert appears in all four places and reads back as it was."""
    alert = sample_alert()
    assert write(valkey, [alert]) == [Written(1, 0)]
    name = alert.alert_id.hex()
    assert client.hget(alert_key(name), "revision") == "1"
    assert client.zrange(person_key(alert.person_key.hex()), 0, -1) == [name]
    assert client.zrange(division_key(370116, "R01A"), 0, -1) == [name]
    ((_, fields),) = entries_of(client)
    assert (fields["alert_id"], fields["revision"], fields["premise"]) == (name, "1", "HOLDS")

    async def read() -> tuple[Alert | None, list[Alert], list[Alert]]:
        model = RedisModel(valkey.url, LENGTH)
        found = (await model.alert(name), await model.open_of_person(alert.person_key.hex()), await model.open_of_division(370116, "R01A"))
        await model.close()
        return found

    assert asyncio.run(read()) == (alert, [alert], [alert])


def test_a_repeat_or_an_older_revision_changes_nothing(valkey: ValkeyServer, client: redis.Redis) -> None:
    """Re-delivery in any order leaves the newest, and the stream has each revision once."""
    first, second = sample_alert(), sample_alert(revision=2, change="UPDATED", amount_fen=1)
    handled = sample_alert(revision=2, handling_version=1, change="UPDATED", amount_fen=1, handling="ACCEPTED")
    answers = write(valkey, [first, first], [second], [first, second], [handled], [handled, second, first])
    assert answers == [Written(1, 1), Written(1, 0), Written(0, 2), Written(1, 0), Written(0, 3)]
    entries = [(fields["revision"], fields["handling_version"]) for _, fields in entries_of(client)]
    assert entries == [("1", "0"), ("2", "0"), ("2", "1")]
    assert client.hget(alert_key(first.alert_id.hex()), "handling_version") == "1"


@pytest.mark.parametrize("premise", ["RETRACTED", "HEALED", "SUPERSEDED"])
def test_a_closed_alert_leaves_the_open_sets_and_may_come_back(valkey: ValkeyServer, client: redis.Redis, premise: str) -> None:
    """Closed: readable by id, gone from the open sets, told on the stream; reopened: back in them."""
    opened, closed = sample_alert(), sample_alert(revision=2, change=premise, premise=premise)
    write(valkey, [opened, closed])
    name = opened.alert_id.hex()
    assert client.hget(alert_key(name), "premise") == premise
    assert client.exists(person_key(opened.person_key.hex()), division_key(370116, "R01A")) == 0
    write(valkey, [sample_alert(revision=3, reopened=True)])
    assert client.zrange(person_key(opened.person_key.hex()), 0, -1) == [name]
    assert client.xlen(stream_key(370116)) == 3


def test_an_alert_that_moves_tells_both_divisions(valkey: ValkeyServer, client: redis.Redis) -> None:
    """Another handling division: out of the old set, into the new one, the revision on both streams."""
    moved = sample_alert(revision=2, change="UPDATED", handling_division=370102)
    write(valkey, [sample_alert(), moved])
    assert client.exists(division_key(370116, "R01A")) == 0
    assert client.zrange(division_key(370102, "R01A"), 0, -1) == [moved.alert_id.hex()]
    assert (client.xlen(stream_key(370116)), client.xlen(stream_key(370102))) == (2, 1)


def test_backlog_is_kept_but_not_delivered(valkey: ValkeyServer, client: redis.Redis) -> None:
    """A finding of a first load is indexed and stays off the stream until it becomes LIVE."""
    write(valkey, [sample_alert(origin="BACKLOG")])
    assert (tallies(valkey), client.xlen(stream_key(370116))) == (Tallies(1, 1, 0), 0)
    write(valkey, [sample_alert(revision=2, change="UPDATED")])
    assert tallies(valkey) == Tallies(1, 1, 1)


def test_the_stream_is_bounded(valkey: ValkeyServer, client: redis.Redis) -> None:
    """A division's stream keeps about its length, the alerts stay whole."""
    write(valkey, [sample_alert(number) for number in range(1, 2_001)], length=100)
    assert 100 <= client.xlen(stream_key(370116)) <= 300
    assert tallies(valkey).alerts == 2_000


def test_everything_is_rebuilt_after_it_was_emptied(valkey: ValkeyServer, client: redis.Redis) -> None:
    """After FLUSHALL and SCRIPT FLUSH under a connected writer, the whole history makes the same model again."""
    history = [sample_alert(number, revision=revision) for number in range(1, 40) for revision in (1, 2)]
    history += [sample_alert(number, revision=3, change="HEALED", premise="HEALED") for number in range(1, 10)]

    async def go() -> tuple[Tallies, Tallies, Written]:
        model = RedisModel(valkey.url, LENGTH)
        await model.write(history)
        before = await model.tallies()
        client.flushall()
        client.script_flush()
        again = await model.write(history)
        after = await model.tallies()
        await model.close()
        return before, after, again

    before, after, again = asyncio.run(go())
    assert before == after == Tallies(39, 30, 87)
    assert again == Written(87, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.sampled_from(["HOLDS", "HEALED"])), max_size=25))
def test_any_order_of_deliveries_leaves_the_newest(
    valkey: ValkeyServer, client: redis.Redis, deliveries: list[tuple[int, int, str]]
) -> None:
    """Against a model of its own: the highest revision wins, whatever comes in which order and how often."""
    client.flushall()
    expected: dict[int, tuple[int, str]] = {}
    for number, revision, premise in deliveries:
        if revision > expected.get(number, (0, ""))[0]:
            expected[number] = (revision, premise)
    write(valkey, [sample_alert(number, revision=revision, premise=premise) for number, revision, premise in deliveries])
    for number in (1, 2, 3):
        held = client.hmget(alert_key(sample_alert(number).alert_id.hex()), "revision", "premise")
        revision, premise = expected.get(number, (0, ""))
        assert held == ([str(revision), premise] if revision else [None, None])
        assert client.zcard(person_key(sample_alert(number).person_key.hex())) == int(premise == "HOLDS")


@pytest.mark.redis
def test_a_killed_server_is_an_error_then_goes_on_where_it_was(server_folder: Path) -> None:
    """Down: RedisError within the time-out, nothing is acknowledged; back with its data: the same batch is applied."""

    async def go(server: ValkeyServer) -> tuple[Written, Written, Tallies]:
        model = RedisModel(server.url, LENGTH)
        first = await model.write([sample_alert()])
        server.kill()
        with pytest.raises((redis.RedisError, OSError)):
            await model.write([sample_alert(2)])
        server.start()
        second = await model.write([sample_alert(), sample_alert(2)])
        held = await model.tallies()
        await model.close()
        return first, second, held

    with start_valkey(server_folder / "killed", {"appendfsync": "always"}) as server:
        first, second, held = asyncio.run(go(server))
    assert (first, second, held) == (Written(1, 0), Written(1, 1), Tallies(2, 2, 2))
