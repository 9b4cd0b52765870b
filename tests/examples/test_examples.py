"""Every sample consumer, run as its reader would run it, on one case: opened, updated, repeated, withdrawn."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import IO

import pytest
import redis

from demo.servers.jars import jars, java
from demo.servers.process import ServerProcess, ServerUnavailable, free_ports, listens
from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.targets import TargetRow
from sinks.redis import stream_key
from tests.schemas.samples import sample_alert
from tests.servers.node import node, node_modules
from tests.sinks.webhooks.receiver import SECRET
from tests.streams.delivering import ROOT, Pipe, pipe

pytestmark = [pytest.mark.kafka, pytest.mark.redis]
EXAMPLES = ROOT / "examples"
SCHEMA = str(ROOT / "schemas/avro/alert.avsc")
ALERT = sample_alert().alert_id.hex()
OPEN, UPDATE = sample_alert(), sample_alert(revision=2, change="UPDATED", level="ALERT", amount_fen=99_00)
WITHDRAWN = sample_alert(revision=3, change="RETRACTED", premise="RETRACTED", level="ALERT")
TOLD = [["open", "SIGNAL", ALERT, "1"], ["update", "ALERT", ALERT, "2"], ["withdraw", "ALERT", ALERT, "3"]]
REPEAT = ["repeat", "ALERT", ALERT, "3"]
LONGEST = 60


@pytest.fixture(scope="module")
def line(server_folder: Path) -> Iterator[Pipe]:
    """A broker that holds one case, its last revision twice."""
    with pipe(server_folder / "examples") as found:
        found.send([OPEN, UPDATE, WITHDRAWN, WITHDRAWN])
        yield found


@pytest.fixture(scope="module")
def store(line: Pipe, server_folder: Path) -> Iterator[ValkeyServer]:
    """Valkey with that case, brought there by `canbao worker deliver:redis`; the last entry stands on the stream twice, as after a rebuild."""
    with start_valkey(server_folder / "examples-valkey") as found, redis.Redis.from_url(found.url) as client:
        line.start("redis", CANBAO_REDIS_URL=found.url)
        line.wait(lambda: client.xlen(stream_key(370116)) == 3, "redis")
        ((_, fields),) = client.xrevrange(stream_key(370116), count=1)
        client.xadd(stream_key(370116), fields)
        yield found
        line.stop("redis")


def put_lines(lines: IO[str], told: "Queue[list[str]]") -> None:
    """Hand on the words of each line until there are no more."""
    for text in lines:
        told.put(text.split())


@contextmanager
def running(command: list[str], folder: Path = EXAMPLES) -> Iterator["Queue[list[str]]"]:
    """The words of each line that a sample prints."""
    told: Queue[list[str]] = Queue()
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=put_lines, args=(process.stdout, told), daemon=True)
        reader.start()
        try:
            yield told
        except Empty:
            process.kill()
            assert process.stderr is not None
            pytest.fail(f"{command[-4:]} said nothing more: {process.stderr.read()[-2000:]}")
        finally:
            process.kill()
            reader.join(10)


def told_by(command: list[str], count: int, folder: Path = EXAMPLES) -> list[list[str]]:
    """The first words of what a sample prints."""
    with running(command, folder) as told:
        return [told.get(timeout=90)[:4] for _ in range(count)]


def test_python_reads_kafka(line: Pipe) -> None:
    """confluent-kafka and fastavro."""
    assert told_by([sys.executable, "kafka_reader.py", line.bootstrap, "python", SCHEMA], 4) == [*TOLD, REPEAT]


def test_node_reads_kafka(line: Pipe, tmp_path: Path) -> None:
    """Kafkajs and avsc, from the npm registry once."""
    program = node("sample for Node")
    modules = node_modules("examples-node", EXAMPLES / "node/package.json")
    for name in ("package.json", "kafka_reader.mjs"):
        shutil.copy(EXAMPLES / "node" / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(modules)
    assert told_by([program, "kafka_reader.mjs", line.bootstrap, "node", SCHEMA], 4, tmp_path) == [*TOLD, REPEAT]


def test_java_reads_kafka(line: Pipe) -> None:
    """kafka-clients and avro, from Maven once; run from its source, which needs a JDK."""
    program = java("sample for Java")
    modules = subprocess.run([program, "--list-modules"], capture_output=True, text=True, check=True, timeout=60).stdout
    if "jdk.compiler" not in modules:
        raise ServerUnavailable(
            "sample for Java", "install a JDK (Debian: openjdk-17-jdk-headless); a runtime alone cannot run a source file"
        )
    path = f"{jars('examples-java', EXAMPLES / 'java/pom.xml')}/*"
    command = [program, "-XX:TieredStopAtLevel=1", "-cp", path, "KafkaReader.java", line.bootstrap, "java", SCHEMA]
    assert told_by(command, 4, EXAMPLES / "java") == [*TOLD, REPEAT]


def test_python_reads_redis(store: ValkeyServer) -> None:
    """A member of a consumer group; another group sees all of it again."""
    for group in ("one", "two"):
        assert told_by([sys.executable, "redis_reader.py", store.url, "370116", group, "me"], 4) == [*TOLD, REPEAT]


def test_python_follows_the_live_stream(line: Pipe, store: ValkeyServer, tmp_path: Path) -> None:
    """From `canbao live`, with a token of its own, from the oldest that is kept."""
    said = line.canbao("target", "token", "sample", "--division", "370116").splitlines()
    (tmp_path / "tokens.yaml").write_text(f"consumers:\n{said[1]}\n")
    port, metrics = free_ports(2)
    told = {"CANBAO_REDIS_URL": store.url, "CANBAO_LIVE_PORT": str(port), "CANBAO_METRICS_PORT": str(metrics)}
    environment = {**line.environment, **told, "CANBAO_LIVE_TOKENS": str(tmp_path / "tokens.yaml")}
    server = ServerProcess("live", tmp_path, [sys.executable, "-m", "streams.cli.main", "live"], {**environment, "PYTHONPATH": str(ROOT)})
    try:
        server.start(lambda: listens(port), 60)
        address, token = f"http://127.0.0.1:{port}/alerts/stream", said[0].split(": ")[1]
        assert told_by([sys.executable, "sse_reader.py", address, token], 4) == [*TOLD, REPEAT]
        server.stop()
    finally:
        server.kill()


def test_python_receives_webhooks(line: Pipe) -> None:
    """From a deliver worker, signed; a test message is no alert; a replay is a repeat."""
    (port,) = free_ports(1)
    with running([sys.executable, "webhook_receiver.py", str(port), SECRET]) as told:
        line.put(TargetRow("sample", f"http://127.0.0.1:{port}/", []))
        line.start("sample")
        line.wait(lambda: listens(port), "sample")
        assert [told.get(timeout=90)[:4] for _ in range(3)] == TOLD
        assert "taken 204" in line.canbao("target", "test", "sample")
        line.canbao("target", "replay", "sample", "--from", "2020-01-01")
        assert [told.get(timeout=90)[0] for _ in range(3)] == ["repeat"] * 3
        line.stop("sample")


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("**/*Reader.java")) + sorted(EXAMPLES.glob("**/*.mjs")) + sorted(EXAMPLES.glob("*.py"))
)
def test_a_sample_is_short(path: Path) -> None:
    """At most sixty lines, so that it is read."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
