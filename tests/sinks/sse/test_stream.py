"""The live stream on a real Valkey over real sockets: what it sends, how it resumes, whom it refuses."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from starlette.applications import Starlette

from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.alert import Alert
from sinks.redis import RedisModel
from sinks.sse.live import LiveAlerts, cursor_text, read_cursor
from sinks.sse.routes import PATH, Allow, stream_routes
from sinks.sse.tokens import Consumer, Tokens, allow_tokens, new_token, read_tokens
from tests.schemas.samples import sample_alert
from tests.sinks.sse.serving import served

TOKEN, DIGEST = new_token()
SECONDS = 60
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
FILE = f"""consumers:
  - {{name: other, token_sha256: '{"0" * 64}', divisions: [370181]}}
  - {{name: medical, token_sha256: {DIGEST}, divisions: [370102, 370116]}}
"""


@pytest.fixture(scope="module")
def allow(server_folder: Path) -> Allow:
    """Who may read."""
    path = server_folder / "tokens.yaml"
    path.write_text(FILE)
    return allow_tokens(Tokens(path))


@pytest.fixture
def client(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    """A plain client on an empty server."""
    with redis.Redis.from_url(valkey.url, decode_responses=True) as found:
        found.flushall()
        yield found


@pytest.fixture
def address(valkey: ValkeyServer, client: redis.Redis, allow: Allow) -> Iterator[str]:
    """The stream's address."""
    with served(Starlette(routes=stream_routes(LiveAlerts(valkey.url), allow))) as found:
        yield found + PATH


def write(server: ValkeyServer, alerts: list[Alert], length: int = 1_000) -> None:
    """Write as the deliver process does."""

    async def go() -> None:
        model = RedisModel(server.url, length)
        await model.write(alerts)
        await model.close()

    asyncio.run(go())


def read(address: str, count: int, query: str = "", cursor: str = "") -> list[dict[str, Any]]:
    """The first events: id, event and parsed data."""
    headers = {**HEADERS, **({"Last-Event-ID": cursor} if cursor else {})}
    found: list[dict[str, Any]] = []
    with httpx.stream("GET", address + query, headers=headers, timeout=SECONDS) as answer:
        assert answer.status_code == 200, answer.read()
        event: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line and name in {"id", "event", "data"}:
                event[name] = value
            elif not line and "data" in event:
                found.append(event)
                event = {}
            if len(found) == count:
                return found
    return found


def test_revisions_arrive_as_cloud_events_and_resume_exactly(valkey: ValkeyServer, address: str) -> None:
    """From the start; then from the middle by id; each event is the whole CloudEvent, the same bytes each time."""
    write(valkey, [sample_alert(1), sample_alert(2, handling_division=370102), sample_alert(1, revision=2, change="UPDATED")])
    first = read(address, 3, "?from=start")
    events = [json.loads(one["data"]) for one in first]
    assert {one["specversion"] for one in events} == {"1.0"}
    assert [one["type"] for one in events] == ["canbao.alert"] * 3
    by_alert = sorted((one["subject"] == one["data"]["alert_id"], one["data"]["revision"]) for one in events)
    assert by_alert == [(True, 1), (True, 1), (True, 2)]
    assert len({one["id"] for one in events}) == 3
    resumed = read(address, 2, cursor=first[0]["id"])
    assert [one["data"] for one in resumed] == [one["data"] for one in first[1:]]
    assert [one["id"] for one in resumed] == [one["id"] for one in first[1:]]


def test_without_a_cursor_it_begins_now(valkey: ValkeyServer, address: str) -> None:
    """What was there before is not sent; what comes then is, within the open connection."""
    write(valkey, [sample_alert(1)])
    with httpx.stream("GET", f"{address}?division=370116&rule=R01A", headers=HEADERS, timeout=SECONDS) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 3000"
        write(valkey, [sample_alert(3, rule="R10"), sample_alert(2), sample_alert(5, handling_division=370102)])
        data = next(line for line in lines if line.startswith("data: "))
    assert json.loads(data[6:])["data"]["alert_id"] == sample_alert(2).alert_id.hex()


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"Authorization": "Bearer wrong"}, "", 401),
        ({"Authorization": f"Basic {TOKEN}"}, "", 401),
        (HEADERS, "?division=370181", 404),
        (HEADERS, "?division=37x", 422),
        ({**HEADERS, "Last-Event-ID": "370181:1-0"}, "", 404),
        ({**HEADERS, "Last-Event-ID": "370116:1-0;x"}, "", 422),
        ({**HEADERS, "Last-Event-ID": "370116:1-0," * 2_000}, "", 422),
    ],
)
def test_who_may_not_is_refused(address: str, headers: dict[str, str], query: str, status: int) -> None:
    """No token, a wrong one, another division (404, so nobody learns that it is there), a bent cursor."""
    assert httpx.get(address + query, headers=headers, timeout=SECONDS).status_code == status


def test_a_reader_behind_the_cut_is_told(valkey: ValkeyServer, address: str, client: redis.Redis) -> None:
    """The stream was trimmed past the reader's place: `gap` names the division; who is not behind hears nothing."""
    write(valkey, [sample_alert(1)])
    (old,) = read(address, 1, "?division=370116&from=start")
    client.xtrim("canbao:stream:370116", maxlen=0, approximate=False)
    write(valkey, [sample_alert(2), sample_alert(3)])
    told = read(address, 3, "?division=370116", cursor=old["id"])
    assert [one["event"] for one in told] == ["gap", "alert", "alert"]
    assert told[0]["data"] == "370116"
    assert [one["event"] for one in read(address, 1, "?division=370116", cursor=told[1]["id"])] == ["alert"]


def test_a_dead_server_is_try_again(server_folder: Path, allow: Allow) -> None:
    """Redis down at the start: 503 with Retry-After. Down on the way: the stream ends, and resumes with nothing lost."""
    with (
        start_valkey(server_folder / "sse-killed", {"appendfsync": "always"}) as server,
        served(Starlette(routes=stream_routes(LiveAlerts(server.url), allow))) as found,
    ):
        write(server, [sample_alert(1)])
        headers = HEADERS
        with httpx.stream("GET", f"{found}{PATH}?from=start", headers=headers, timeout=SECONDS) as answer:
            lines = answer.iter_lines()
            identifier = next(line for line in lines if line.startswith("id: "))[4:]
            server.kill()
            assert not [line for line in lines if line.startswith("data: {") and '"revision":1' not in line]
        assert httpx.get(found + PATH, headers=headers, timeout=SECONDS).status_code == 503
        server.start()
        write(server, [sample_alert(1, revision=2)])
        (event,) = read(found + PATH, 1, cursor=identifier)
        assert json.loads(event["data"])["data"]["revision"] == 2


def test_a_connection_has_an_end(valkey: ValkeyServer, client: redis.Redis, allow: Allow) -> None:
    """After its life the stream ends by itself, so that rights are looked at again."""
    with served(Starlette(routes=stream_routes(LiveAlerts(valkey.url), allow, life_seconds=0.1))) as found:
        assert httpx.get(found + PATH, headers=HEADERS, timeout=SECONDS).text.startswith("retry: 3000")


def test_cursors_and_tokens_are_read_back(tmp_path: Path) -> None:
    """A cursor's text is its own inverse; the tokens' file names what is wrong with it."""
    cursor = {370116: "17-3", 370102: "0-0"}
    assert cursor_text(cursor) == "370102:0-0,370116:17-3"
    assert read_cursor(cursor_text(cursor)) == cursor
    file = tmp_path / "tokens.yaml"
    file.write_text("consumers:\n  - {name: a, token_sha256: '00', divisions: [370102]}\n")
    assert read_tokens(file) == [Consumer("a", "00", [370102])]
    file.write_text("consumers:\n  - {name: a, token: '00', divisions: [370102]}\n")
    with pytest.raises(ValueError, match=r"tokens.yaml:2.*allowed: name, token_sha256, divisions"):
        read_tokens(file)


@pytest.mark.logs_errors("the file of tokens cannot be read")
def test_a_token_that_was_taken_out_opens_nothing(tmp_path: Path) -> None:
    """The file is read again when it changes; a broken one leaves the last good one."""
    path = tmp_path / "tokens.yaml"
    path.write_text(FILE)
    tokens = Tokens(path)
    assert [one.name for one in tokens.consumers()] == ["other", "medical"]
    path.write_text("consumers: []\n")
    os.utime(path, ns=(1, 1))
    assert tokens.consumers() == []
    path.write_text("consumers: [{]\n")
    os.utime(path, ns=(2, 2))
    assert tokens.consumers() == []
