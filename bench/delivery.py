"""Delivery on real Kafka: webhooks a second of one target's worker, and how fast the read models are built anew.

The receiver is a process of its own that answers 204 and checks nothing, so the second core is its and the broker's.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import Producer

from bench.peers.running import ROOT, cpu_seconds
from bench.table import show
from demo.servers.kafka import create_topics, start_kafka
from demo.servers.process import ServerProcess, free_ports, listens
from demo.servers.valkey import start_valkey
from schemas import targets
from schemas.messages import alert_message
from schemas.targets import Secret, TargetRow, belongs_to
from schemas.topics import ALERTS, DECISION_RESULTS, ENROLMENTS, TARGETS, deliver_changelog
from schemas.wire import Writer
from streams.rebuild import rebuild_redis
from streams.rebuild_desk import rebuild_desk
from streams.sealing import Sealer
from streams.settings import Settings
from tests.schemas.samples import sample_alert

PARTITIONS = 8
KEY = b"t" * 32
COMPACT = {"cleanup.policy": "compact"}
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
LONGEST_SECONDS = 600.0


async def receive(port: int) -> None:
    """Answer 204 to each request on kept connections; count them on request of /count."""
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    text = str(count).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
                    continue
                length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
                await reader.readexactly(length)
                count += 1
                writer.write(ANSWER)

    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


def counted(port: int) -> int:
    """How many requests the receiver has answered."""

    async def ask() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /count HTTP/1.1\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        text = await reader.readexactly(length)
        writer.close()
        return int(text)

    return asyncio.run(ask())


def fill(bootstrap: str, alerts: int) -> None:
    """Put alerts of twelve divisions into their partitions."""
    producer, writer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "queue.buffering.max.messages": 500_000}), Writer("alert")
    for number in range(alerts):
        alert = sample_alert(number, handling_division=370_101 + number % 12)
        key, value, headers = alert_message(writer, alert)
        producer.produce(ALERTS, value, key, partition=number % PARTITIONS, headers=list(headers))
        producer.poll(0)
    assert producer.flush(120) == 0


def webhooks(bootstrap: str, folder: Path, alerts: int) -> list[str]:
    """One worker, one target, everything in the topic: a row of the table."""
    hook, metrics = free_ports(2)
    sealed = Sealer({"t1": KEY}, "t1").seal(b"k" * 32, belongs_to("bench"))
    row = TargetRow("bench", f"http://127.0.0.1:{hook}/", [Secret(sealed)], concurrency=64)
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(TARGETS, targets.encode(row), b"bench")
    assert producer.flush(30) == 0
    told = {
        "PYTHONPATH": str(ROOT),
        "CANBAO_KAFKA_BOOTSTRAP": bootstrap,
        "CANBAO_STATE_FOLDER": str(folder / "state"),
        "CANBAO_METRICS_PORT": str(metrics),
        "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS),
        "CANBAO_TARGET_KEY": KEY.hex(),
        "CANBAO_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "CANBAO_WEBHOOK_PLAIN": "true",
    }
    folders = [folder / "receiver", folder / "worker"]
    for one in folders:
        one.mkdir()
    receiver = ServerProcess(
        "receiver", folders[0], [sys.executable, "-m", "bench.delivery", "--receive", str(hook)], {"PYTHONPATH": str(ROOT)}
    )
    worker = ServerProcess("worker", folders[1], [sys.executable, "-m", "streams.cli.main", "worker", "deliver:bench"], told)
    try:
        receiver.start(lambda: listens(hook), 30)
        worker.start(lambda: counted(hook) > 0, 120)
        first, began, spent = counted(hook), time.monotonic(), cpu_seconds(worker.pid)
        while (seen := counted(hook)) < alerts:
            assert time.monotonic() - began < LONGEST_SECONDS, worker.log_tail()
            time.sleep(0.2)
        seconds, spent = time.monotonic() - began, cpu_seconds(worker.pid) - spent
    finally:
        worker.kill()
        receiver.kill()
    sent = seen - first
    return [
        "webhooks, one target, one process",
        f"{sent:,}",
        f"{sent / seconds:,.0f}",
        f"{spent / sent * 1e6:,.0f}",
        f"{sent / spent:,.0f}",
        "500",
    ]


def rebuild(what: str, build: Callable[[Settings], int], bootstrap: str, folder: Path, alerts: int) -> list[str]:
    """A model anew from everything in the topic: a row of the table. CPU is that of the reading processes and of the server."""
    with start_valkey(folder / what) as server:
        settings = Settings(kafka_bootstrap=bootstrap, redis_url=server.url, events_partitions=PARTITIONS)
        began, before, idle = time.monotonic(), os.times(), cpu_seconds(server.pid)
        kept = build(settings)
        seconds, after = time.monotonic() - began, os.times()
        of_server = cpu_seconds(server.pid) - idle
    spent = after.children_user + after.children_system - before.children_user - before.children_system + of_server
    assert kept == alerts, kept
    return [
        f"`canbao rebuild {what}` (server's part {of_server / alerts * 1e6:,.0f} µs)",
        f"{alerts:,}",
        f"{alerts / seconds:,.0f}",
        f"{spent / alerts * 1e6:,.0f}",
        f"{alerts / spent:,.0f}",
        "20,000",
    ]


def ignored(_done: int, _all: int) -> None:
    """No bar."""


BUILDS: dict[str, Callable[[Settings], int]] = {
    "redis": lambda settings: rebuild_redis(settings, ignored).kept,
    "desk": lambda settings: rebuild_desk(settings, ignored),
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.delivery")
    parser.add_argument("--webhooks", type=int, default=20_000)
    parser.add_argument("--rebuild", type=int, default=200_000)
    parser.add_argument("--receive", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.receive:
        asyncio.run(receive(given.receive))
    command = f"python -m bench.delivery --webhooks {given.webhooks} --rebuild {given.rebuild}"
    topics = dict.fromkeys((ALERTS, ENROLMENTS, DECISION_RESULTS), (PARTITIONS, COMPACT))
    topics |= {TARGETS: (1, COMPACT), deliver_changelog("bench"): (PARTITIONS, COMPACT)}
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with start_kafka(folder / "kafka") as kafka:
            create_topics(kafka.bootstrap, topics)
            fill(kafka.bootstrap, given.webhooks)
            rows.append(webhooks(kafka.bootstrap, folder, given.webhooks))
        with start_kafka(folder / "kafka-rebuild") as kafka:
            create_topics(kafka.bootstrap, topics)
            fill(kafka.bootstrap, given.rebuild)
            rows += [rebuild(what, build, kafka.bootstrap, folder, given.rebuild) for what, build in BUILDS.items()]
    show("Delivery", command, ["what", "alerts", "a second", "CPU µs each", "a CPU-second", "aim a second"], rows)


if __name__ == "__main__":
    main()
