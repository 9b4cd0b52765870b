"""Redis closed by the shipped user file: each service does what it must on its keys, every other command and key is refused."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.asyncio import Redis as AsyncRedis

from demo.servers.valkey import ValkeyServer
from schemas.roles import Role
from sinks.desk.read import DeskReader, Wanted
from sinks.desk.write import DeskWriter
from sinks.redis import RedisModel
from sinks.sse.live import START, LiveAlerts
from sinks.web.rights import User
from sinks.web.sessions import Sessions
from tests.schemas.samples import sample_alert

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy/redis/make-users.sh"
DIVISION = "370102"
USERS = ("admin", "deliver", "page", "live", "downstream", "operator")
STREAM, OTHER_STREAM = f"canbao:stream:{DIVISION}", "canbao:stream:370103"
COMMANDS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "ping": (("PING",), {"deliver", "page", "live", "downstream", "operator"}),
    "write an alert": (("HSET", "canbao:alert:matrix", "revision", "1"), {"deliver"}),
    "read an alert": (("HGET", "canbao:alert:matrix", "json"), {"deliver", "page", "operator"}),
    "mark filled": (("SETNX", "canbao:filled", "1"), {"deliver"}),
    "open an alert": (("ZADD", "canbao:open:matrix", "1", "a"), {"deliver"}),
    "list open alerts": (("ZRANGE", "canbao:open:matrix", "0", "-1"), {"deliver", "page", "operator"}),
    "append to a stream": (("XADD", STREAM, "*", "matrix", "1"), {"deliver"}),
    "look at a stream": (("XREVRANGE", STREAM, "+", "-", "COUNT", "1"), {"deliver", "page", "live", "operator"}),
    "follow a stream": (("XREAD", "COUNT", "1", "STREAMS", STREAM, "0-0"), {"page", "live", "operator"}),
    "begin a group": (("XGROUP", "CREATE", STREAM, "matrix", "0", "MKSTREAM"), {"deliver", "downstream"}),
    "read in a group": (("XREADGROUP", "GROUP", "matrix", "me", "STREAMS", STREAM, ">"), {"downstream"}),
    "take over": (("XAUTOCLAIM", STREAM, "matrix", "me", "0", "0"), {"deliver", "downstream"}),
    "acknowledge": (("XACK", STREAM, "matrix", "1-1"), {"deliver", "downstream"}),
    "another division's stream": (("XACK", OTHER_STREAM, "matrix", "1-1"), {"deliver"}),
    "keep a session": (("SET", "canbao:web:session:matrix", "1", "EX", "9"), {"page"}),
    "read a session": (("GETEX", "canbao:web:session:matrix", "EX", "9"), {"page"}),
    "peek at a session": (("GET", "canbao:web:session:matrix"), {"page", "operator"}),
    "end a session": (("DEL", "canbao:web:session:matrix"), {"page"}),
    "delete an alert": (("DEL", "canbao:alert:matrix"), set()),
    "a key of somebody else": (("GET", "else"), set()),
    "write such a key": (("SET", "else", "1"), set()),
    "load a script": (("SCRIPT", "LOAD", "return 1"), {"deliver", "page"}),
    "run one's own script": (("EVAL", "return 1", "0"), set()),
    "walk the keys": (("SCAN", "0"), {"operator"}),
    "list the keys": (("KEYS", "*"), set()),
    "empty the server": (("FLUSHALL",), set()),
    "empty the database": (("FLUSHDB",), set()),
    "change a setting": (("CONFIG", "SET", "maxmemory", "1gb"), set()),
    "read a setting": (("CONFIG", "GET", "maxmemory"), {"operator"}),
    "watch all commands": (("MONITOR",), set()),
    "write the data out": (("BGREWRITEAOF",), set()),
    "become a replica": (("REPLICAOF", "NO", "ONE"), set()),
    "make a user": (("ACL", "SETUSER", "mallory", "on"), set()),
    "list users": (("ACL", "LIST"), {"operator"}),
    "list clients": (("CLIENT", "LIST"), {"operator"}),
    "end a client": (("CLIENT", "KILL", "ID", "1"), set()),
    "publish": (("PUBLISH", "channel", "x"), set()),
    "load a module": (("MODULE", "LIST"), set()),
    "stop the server": (("SHUTDOWN", "NOSAVE"), set()),
}
pytestmark = pytest.mark.redis


def password_of(user: str) -> str:
    """Its password in this run."""
    return f"a-long-password-of-{user}"


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[ValkeyServer]:
    """A server that reads the file as the shipped script makes it."""
    environment = {f"CANBAO_REDIS_{user.upper()}": password_of(user) for user in USERS}
    done = subprocess.run([SCRIPT], env={**os.environ, **environment, "DIVISION": DIVISION}, capture_output=True, text=True, check=True)
    folder = server_folder / "closed-valkey"
    folder.mkdir()
    (folder / "users.acl").write_text(done.stdout)
    closed = ValkeyServer(folder, {"aclfile": str(folder / "users.acl")}, as_user=("canbao-admin", password_of("admin")))
    with closed.start() as started:
        yield started


def client_of(server: ValkeyServer, user: str) -> redis.Redis:
    """A client that signs in as a service."""
    return redis.Redis(port=server.port, username=f"canbao-{user}", password=password_of(user), decode_responses=True)


@pytest.mark.parametrize("user", [user for user in USERS if user != "admin"])
@pytest.mark.parametrize("what", COMMANDS)
def test_a_service_may_do_what_it_must_and_no_more(server: ValkeyServer, user: str, what: str) -> None:
    """One cell: the command is carried out (or fails for another reason), or refused for want of a right."""
    command, allowed = COMMANDS[what]
    with client_of(server, user) as client:
        try:
            client.execute_command(*command)
        except redis.exceptions.NoPermissionError:
            assert user not in allowed
        except redis.exceptions.ResponseError:
            assert user in allowed  # the group is there already, there is none yet, …
        else:
            assert user in allowed


@pytest.mark.parametrize("user", ["deliver", "page"])
def test_scripts_and_the_model_stay_within_the_rights(server: ValkeyServer, user: str) -> None:
    """The read model is written by deliver with its own scripts; the page reads it and cannot write it."""

    async def write() -> int:
        model = RedisModel(f"redis://canbao-{user}:{password_of(user)}@127.0.0.1:{server.port}/0", 1_000)
        try:
            return (await model.write([sample_alert(1)])).kept
        finally:
            await model.close()

    if user == "deliver":
        assert asyncio.run(write()) == 1
        assert client_of(server, "page").hget(f"canbao:alert:{sample_alert(1).alert_id.hex()}", "revision") == "1"
    else:
        with pytest.raises(redis.exceptions.ResponseError, match=r"ACL failure|permission"):
            asyncio.run(write())


def test_the_workbench_reads_its_model_and_keeps_sessions(server: ValkeyServer) -> None:
    """Deliver's account writes the workbench's model, the page's account reads it with its scripts, and cannot write it with a script either."""

    def url(user: str) -> str:
        return f"redis://canbao-{user}:{password_of(user)}@127.0.0.1:{server.port}/0"

    async def go() -> None:
        writer = DeskWriter(url("deliver"))
        alert = sample_alert(7)
        assert await writer.alerts([alert]) == 1
        await writer.close()
        async with AsyncRedis.from_url(url("page")) as client:
            reader = DeskReader(client)
            page = await reader.page(alert.handling_division, Wanted())
            assert [row.alert_id for row in page.rows] == [alert.alert_id.hex()]
            assert (await reader.revisions([alert.alert_id.hex()]))[0]
            assert await reader.recent(5)
            sessions = Sessions(client)
            token = await sessions.open(User("s", "n", Role.CLERK, 370102), 1)
            assert await sessions.read(token, 2, touch=True) is not None
            await sessions.end(token)
            script = client.register_script("return redis.call('HSET', KEYS[1], 'json', '')")
            with pytest.raises(redis.exceptions.ResponseError, match="permission"):
                await script(keys=["canbao:desk:matrix"])

    asyncio.run(go())


def test_the_live_stream_follows_with_its_own_account(server: ValkeyServer) -> None:
    """What `canbao live` asks of Redis: where a stream stands, what came, whether it was cut; nothing else."""

    async def go() -> None:
        with client_of(server, "deliver") as deliver:
            deliver.xadd(OTHER_STREAM, {"alert_id": "00", "rule": "R01", "json": "{}", "ce": "{}"})
        live = LiveAlerts(f"redis://canbao-live:{password_of('live')}@127.0.0.1:{server.port}/0")
        cursor = {370103: START}
        async for entries in live.follow(cursor):
            assert [one.rule for one in entries] == ["R01"]
            break
        assert await live.now([370103]) == cursor
        assert await live.gaps(cursor) == []
        await live.close()

    asyncio.run(go())


def test_nobody_comes_in_without_a_name(server: ValkeyServer) -> None:
    """The default user is off: no command without signing in, and a wrong password is refused."""
    with redis.Redis(port=server.port) as nobody, pytest.raises((redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError)):
        nobody.ping()
    with (
        redis.Redis(port=server.port, username="canbao-page", password="guessed") as wrong,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        wrong.ping()


def test_the_script_refuses_a_short_password() -> None:
    """A password that can be guessed from its hash does not get into the file."""
    environment = {f"CANBAO_REDIS_{user.upper()}": password_of(user) for user in USERS} | {"CANBAO_REDIS_PAGE": "short"}
    done = subprocess.run([SCRIPT], env={**os.environ, **environment, "DIVISION": DIVISION}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "CANBAO_REDIS_PAGE" in done.stderr


def test_no_password_is_in_the_file_or_its_template() -> None:
    """The template holds placeholders only."""
    lines = (ROOT / "deploy/redis/users.acl.template").read_text().splitlines()
    assert lines[0].startswith("user default off ")
    assert all(" #@" in line and ">" not in line and "nopass" not in line for line in lines[1:])
