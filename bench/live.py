"""From the topic of alerts to the browser: produced to a real Kafka, worker `desk`, Redis, the workbench's live stream, read by a client.

Measured from handing a revision to the producer until the line of the stream that shows it was read. A page gets the newest 20 rows at most
four times a second: at 50 alerts a second it shows every one, at 500 the newest.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from confluent_kafka import Producer

from bench.peers.running import ROOT, cpu_seconds
from bench.table import show
from bench.web import PROGRAM, READY_SECONDS, made, shares
from demo.servers.kafka import create_topics, start_kafka
from demo.servers.process import ServerProcess, free_ports, listens
from demo.servers.valkey import start_valkey
from schemas.messages import alert_message
from schemas.topics import ALERTS, DECISION_RESULTS, ENROLMENTS
from schemas.wire import Writer

PARTITIONS = 8
COMPACT = {"cleanup.policy": "compact"}
MARK = 'data-alert="'
WARM = 50
"""Alerts before the first that is counted: a worker's and a broker's first transactions take longer."""
DRAIN_SECONDS = 3.0


@contextmanager
def process(name: str, folder: Path, words: list[str], told: dict[str, str], port: int) -> Iterator[ServerProcess]:
    """A program of ours that listens on its port."""
    (folder / name).mkdir()
    found = ServerProcess(name, folder / name, [sys.executable, *words], {"PYTHONPATH": str(ROOT), **told})
    try:
        found.start(lambda: listens(port), READY_SECONDS)
        yield found
    finally:
        found.kill()


@contextmanager
def line(folder: Path) -> Iterator[tuple[str, str, ServerProcess]]:
    """Broker, Redis, worker and workbench; the broker's address, the page's, and the worker."""
    metrics, web = free_ports(2)
    with start_kafka(folder / "kafka") as kafka, start_valkey(folder / "valkey") as server:
        create_topics(kafka.bootstrap, dict.fromkeys((ALERTS, ENROLMENTS, DECISION_RESULTS), (PARTITIONS, COMPACT)))
        told = {
            "CANBAO_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "CANBAO_REDIS_URL": server.url,
            "CANBAO_STATE_FOLDER": str(folder / "state"),
            "CANBAO_METRICS_PORT": str(metrics),
            "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS),
            "CANBAO_WEB_PORT": str(web),
        }
        worker, workbench = ["-m", "streams.cli.main", "worker", "desk"], ["-c", PROGRAM]
        with process("desk", folder, worker, told, metrics) as desk, process("workbench", folder, workbench, told, web):
            yield kafka.bootstrap, f"http://127.0.0.1:{web}", desk


async def look(client: httpx.AsyncClient, seen: dict[str, float]) -> None:
    """Read the live stream; when each alert was first shown."""
    async with client.stream("GET", "/live/alerts", timeout=None) as answer:
        async for text in answer.aiter_lines():
            now = time.monotonic()
            for part in text.split(MARK)[1:]:
                seen.setdefault(part[:32], now)


async def send(producer: Producer, first: int, count: int, rate: int) -> dict[str, float]:
    """Produce alerts at a rate; when each was handed over."""
    writer, sent, started = Writer("alert"), dict[str, float](), time.monotonic()
    for number in range(first, first + count):
        key, value, headers = alert_message(writer, made(number))
        await asyncio.sleep(max(0.0, started + (number - first) / rate - time.monotonic()))
        sent[key.hex()] = time.monotonic()
        producer.produce(ALERTS, value, key, partition=number % PARTITIONS, headers=list(headers))
        producer.poll(0)
    return sent


async def measured(bootstrap: str, address: str, desk: ServerProcess, rates: list[int], seconds: int) -> list[list[str]]:
    """One row of the table for each rate, after a warm-up."""
    producer, rows, first, seen = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5}), [], 1, dict[str, float]()
    async with httpx.AsyncClient(base_url=address, timeout=30, follow_redirects=True) as client:
        await client.post("/signin/demo", data={"role": "supervisor", "division": "370100"})
        reading = asyncio.create_task(look(client, seen))
        while not seen:
            await send(producer, first, WARM, WARM)
            first += WARM
        for rate in rates:
            spent = cpu_seconds(desk.pid)
            sent = await send(producer, first, rate * seconds, rate)
            first += rate * seconds
            producer.flush(DRAIN_SECONDS)
            await asyncio.sleep(DRAIN_SECONDS)
            each = f"{(cpu_seconds(desk.pid) - spent) / len(sent) * 1e6:,.0f}"
            took = [seen[alert] - since for alert, since in sent.items() if alert in seen]
            rows.append(
                [str(rate), f"{len(sent):,}", f"{len(took):,}", *(f"{part * 1000:.0f} ms" for part in shares(took)), each, "500 ms"]
            )
        reading.cancel()
    return rows


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.live")
    parser.add_argument("--rates", default="50,500")
    parser.add_argument("--seconds", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, line(Path(folder)) as (bootstrap, address, desk):
        rows = asyncio.run(measured(bootstrap, address, desk, [int(rate) for rate in given.rates.split(",")], given.seconds))
    command = f"python -m bench.live --rates {given.rates} --seconds {given.seconds}"
    show(
        "Alert topic to browser",
        command,
        ["alerts a second", "sent", "shown", "p50", "p95", "p99", "CPU µs of the worker each", "aim p99"],
        rows,
    )


if __name__ == "__main__":
    main()
