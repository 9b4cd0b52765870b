"""The workbench's read model against a real server: counts, lists and repeats, compared with a plain loop."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.alert import Alert
from schemas.dates import day
from schemas.enrolment import EnrolmentPlace, EnrolmentRow
from sinks.desk.brief import Facet
from sinks.desk.read import DeskReader, Wanted
from sinks.desk.write import REVISIONS_KEPT, ROWS_KEPT, DeskWriter
from tests.schemas.samples import person_key, sample_alert

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[ValkeyServer]:
    """A server of this module alone."""
    with start_valkey(server_folder / "desk-model", {"appendonly": "no"}) as found:
        yield found


def emptied(server: ValkeyServer) -> None:
    """Nothing in the server."""
    with Redis.from_url(server.url) as client:
        client.flushall()


def written(server: ValkeyServer, *batches: list[Alert]) -> list[int]:
    """Write batches with one writer; how many revisions each kept."""

    async def go() -> list[int]:
        writer = DeskWriter(server.url, 20)
        try:
            return [await writer.alerts(batch) for batch in batches]
        finally:
            await writer.close()

    return asyncio.run(go())


def held(server: ValkeyServer, place: int, wanted: Wanted) -> tuple[Counter[Facet], list[str], int]:
    """Counts and one page of a place."""

    async def go() -> tuple[Counter[Facet], list[str], int]:
        async with AsyncRedis.from_url(server.url) as client:
            reader = DeskReader(client)
            (counts,) = await reader.counts([place])
            page = await reader.page(place, wanted)
            return counts, [row.alert_id for row in page.rows], page.total

    return asyncio.run(go())


STEPS = st.tuples(
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from([370102, 370116]),
    st.sampled_from(["HOLDS", "HEALED"]),
    st.sampled_from(["HIGH", "LOW"]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=25))
def test_any_order_of_deliveries_leaves_counts_and_lists_of_the_newest(
    server: ValkeyServer, steps: list[tuple[int, int, int, str, str]]
) -> None:
    """Whatever comes in which order and how often: each place lists and counts the open alerts of the newest revisions, the city all."""
    emptied(server)
    newest: dict[int, Alert] = {}
    for number, revision, division, premise, severity in steps:
        alert = sample_alert(number, revision=revision, handling_division=division, premise=premise, severity=severity, due=revision)
        if number not in newest or revision > newest[number].revision:
            newest[number] = alert
        written(server, [alert])
    for place in (370102, 370116, 370100):
        mine = [one for one in newest.values() if one.premise == "HOLDS" and place in {one.handling_division, 370100}]
        for sort in ("due", "new", "amount", "severity"):
            counts, rows, total = held(server, place, Wanted(sort=sort))
            assert counts == Counter(Facet.of(one) for one in mine)
            assert (sorted(rows), total) == (sorted(one.alert_id.hex() for one in mine), len(mine))


def test_a_repeat_changes_nothing_and_revisions_are_bounded(server: ValkeyServer) -> None:
    """Twenty revisions twice: kept once, the last twelve readable, newest first; the days count each once."""
    emptied(server)
    history = [sample_alert(revision=number, change="UPDATED" if number > 1 else "OPENED") for number in range(1, 21)]
    assert written(server, history, history) == [20, 0]

    async def go() -> tuple[list[int], int]:
        async with AsyncRedis.from_url(server.url) as client:
            reader = DeskReader(client)
            ((*revisions,),) = await reader.revisions([history[0].alert_id.hex()])
            (counted,) = await reader.days(370116, [history[0].as_of])
            return [one.revision for one in revisions], sum(counted.values())

    assert asyncio.run(go()) == (list(range(20, 20 - REVISIONS_KEPT, -1)), 20)


def test_public_rows_are_kept_newest_first_once_and_bounded(server: ValkeyServer) -> None:
    """A repeat or an older row changes nothing."""
    emptied(server)
    rows = [
        EnrolmentRow(person_key(1), day("2024-01-01") + number, [EnrolmentPlace(170, 370100, "PAYING", 202401)]) for number in range(40)
    ]

    async def go() -> list[int]:
        writer = DeskWriter(server.url, 20)
        for row in [*rows, rows[-1], rows[3]]:
            await writer.enrolments([row])
        await writer.close()
        async with AsyncRedis.from_url(server.url) as client:
            return [row.as_of for row in await DeskReader(client).enrolments(person_key(1).hex())]

    assert asyncio.run(go()) == [row.as_of for row in rows[::-1]][:ROWS_KEPT]
