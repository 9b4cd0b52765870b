"""The launchers keep data and ports over stop and kill, and nothing outlives its owner."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from confluent_kafka import Consumer, Producer, TopicPartition

from demo.servers.jars import java
from demo.servers.kafka import create_topics, start_kafka
from demo.servers.process import ServerError, ServerProcess, ServerUnavailable, free_ports, listens
from demo.servers.valkey import start_valkey
from tests.servers.postgres import PostgresServer, start_postgres

OWNER = """
import sys, time
from pathlib import Path
from demo.servers.valkey import start_valkey
server = start_valkey(Path(sys.argv[1]))
print(server.port, flush=True)
time.sleep(60)
"""

INTERRUPTED = """
import sys
from pathlib import Path
from demo.servers.process import ServerProcess
def interrupted(self):
    raise KeyboardInterrupt
ServerProcess._first_line = interrupted
server = ServerProcess("slow", Path(sys.argv[1]), [sys.executable, "-c", "import time; time.sleep(60)"])
try:
    server.start(lambda: True, 1.0)
except KeyboardInterrupt:
    getattr(server, sys.argv[2])()
print("the owner lives", server.running, flush=True)
"""

KILLED = """
import os, signal, sys
from pathlib import Path
from demo.servers.process import ServerProcess
ServerProcess._first_line = lambda self: os.kill(os.getpid(), signal.SIGKILL)
ServerProcess("slow", Path(sys.argv[1]), [sys.executable, "-c", "import time; time.sleep(60)"]).start(lambda: True, 1.0)
"""


def test_a_killed_owner_takes_its_server_along(tmp_path: Path) -> None:
    """SIGKILL of the owner ends the server too: its port is free again."""
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        assert listens(port)
        owner.send_signal(signal.SIGKILL)
    waiting = ServerProcess("free port", tmp_path, [sys.executable, "-c", "import time; time.sleep(30)"])
    waiting.start(lambda: not listens(port), timeout_seconds=60)
    waiting.kill()


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_an_interrupted_start_ends_the_server_alone(end: str, tmp_path: Path) -> None:
    """Ctrl-C before the guard has named its server: the server ends, not everything in the owner's process group."""
    owner = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path), end],
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=300,
        check=False,
    )
    assert (owner.returncode, owner.stdout) == (0, "the owner lives False\n"), owner.stderr


def test_a_start_that_does_not_return_leaves_no_server(tmp_path: Path) -> None:
    """Ctrl-C or a fault while it is waited for: whoever asked for the server never got it, so nobody else would stop it."""
    server = ServerProcess("slow", tmp_path, [sys.executable, "-c", "import time; time.sleep(60)"])

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        server.start(interrupted, 30)
    assert not server.running
    assert server.pid == 0


def test_a_kill_takes_along_what_the_server_started(tmp_path: Path) -> None:
    """As a power cut does: a script's program too, which would keep the port."""
    program = "import subprocess, sys; child = subprocess.Popen(['sleep', '600']); print(child.pid, file=sys.stderr); child.wait()"
    server = ServerProcess("script", tmp_path, [sys.executable, "-u", "-c", program])
    server.start(lambda: bool(server.log_tail().endswith("\n")), 60)
    child = Path("/proc") / server.log_tail().strip()
    assert child.exists()
    server.kill()
    deadline = time.monotonic() + 120
    while (child / "cwd").exists():  # a zombie, which nobody may have reaped yet, has none
        assert time.monotonic() < deadline, child
        time.sleep(0.1)


def test_a_server_that_does_not_run_is_sent_no_signal(tmp_path: Path) -> None:
    """Its process number is 0 then, and a SIGSTOP to 0 halts everything in the caller's group."""
    stopped = ServerProcess("stopped", tmp_path, ["true"])
    for act in (stopped.freeze, stopped.thaw):
        with pytest.raises(ServerError, match="stopped does not run"):
            act()


def test_an_owner_killed_amid_a_start_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGKILL before the guard has named its server: guard and server, which run in its folder, go too."""
    owner = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    assert owner.wait(120) == -signal.SIGKILL
    deadline = time.monotonic() + 120
    while left := [pid for pid in Path("/proc").glob("[0-9]*") if str(tmp_path) == _folder_of(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def _folder_of(process: Path) -> str:
    try:
        return str((process / "cwd").readlink())
    except OSError:
        return ""


def test_a_server_that_ends_while_starting_shows_its_log(tmp_path: Path) -> None:
    """A command that fails at once raises with what it wrote, instead of waiting for the time-out."""
    failing = ServerProcess("broken", tmp_path, [sys.executable, "-c", "raise SystemExit('the reason')"])
    with pytest.raises(ServerError, match="the reason"):
        failing.start(lambda: False, timeout_seconds=30)
    assert not failing.running


def test_ports_stay_below_the_outgoing_range() -> None:
    """Chosen ports differ, those of earlier servers that may be stopped now too, and lie where the system takes none for an outgoing connection."""
    ports = [port for _ in range(20) for port in free_ports(50)]
    assert len(set(ports)) == 1_000
    assert max(ports) < 32_768


def test_without_java_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Java gets the package to install, not a traceback of a missing file."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ServerUnavailable, match="install Java") as missing:
        java("Apache Kafka")
    assert missing.value.name == "Apache Kafka"


@pytest.mark.redis
def test_a_valkey_that_answers_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the first PING may outlast its time-out: that is not ready yet, no fault."""
    late, ping = [redis.exceptions.TimeoutError("late")], redis.Redis.ping

    def slow(client: "redis.Redis", **options: object) -> object:
        if late:
            raise late.pop()
        return ping(client, **options)

    monkeypatch.setattr(redis.Redis, "ping", slow)
    with start_valkey(tmp_path) as server:
        assert server.running
    assert not late


@pytest.mark.redis
def test_valkey_keeps_port_and_data(tmp_path: Path) -> None:
    """What was written before an ordered stop is there after the next start, on the same port."""
    with start_valkey(tmp_path) as server:
        redis.Redis.from_url(server.url).set("key", "value")
        url = server.url
        server.stop()
        assert not server.running
        server.start()
        assert redis.Redis.from_url(url).get("key") == b"value"


@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_kafka_keeps_port_and_data(tmp_path: Path) -> None:
    """A record that was acknowledged before SIGKILL is read after the next start, on the same port."""
    with start_kafka(tmp_path) as server:
        bootstrap = server.bootstrap
        create_topics(bootstrap, {"kept": (1, {"cleanup.policy": "compact"})})
        producer = Producer({"bootstrap.servers": bootstrap})
        producer.produce("kept", b"value", b"key")
        assert producer.flush(30) == 0
        server.kill()
        assert not server.running
        server.start()
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader"})
        consumer.assign([TopicPartition("kept", 0, 0)])
        message = consumer.poll(30)
        consumer.close()
        assert message is not None
        assert (message.key(), message.value()) == (b"key", b"value")


@pytest.mark.postgres
def test_postgres_recovers_after_a_kill(server_folder: Path) -> None:
    """A committed row is there after an immediate shutdown; the cluster is set up for logical decoding."""
    with start_postgres(server_folder / "own") as server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("create table kept as select 7 as number")
        server.kill()
        server.start()
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)
            assert connection.execute("show wal_level").fetchone() == ("logical",)


@pytest.mark.postgres
def test_postgres_refuses_a_wrong_password(server_folder: Path) -> None:
    """The cluster is not open to everyone on the machine."""
    with start_postgres(server_folder / "closed") as server, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(_with_password(server, "wrong"))


def _with_password(server: PostgresServer, password: str) -> str:
    return server.dsn().replace(server.password, password)
