"""A people worker takes over all partitions of a city that it has never seen: rows a second, seconds until ready, memory.

The rows are those of demo persons after nine months, with their alert rows, repeated under other person keys; the changelog is a compacted
topic on a real Kafka. Rows/s is the restorer's own count over its own time; the time until ready also holds the start of the process.
"""

import argparse
import hashlib
import re
import time
import urllib.request
from collections.abc import Iterator
from itertools import islice

from confluent_kafka import Producer

from bench.pipeline import PARTITIONS, resident_mib
from bench.table import show
from demo.city.generate import generate
from demo.offline import run
from demo.servers.process import free_ports
from demo.stack import Stack, start, start_workers
from schemas.topics import PEOPLE_CHANGELOG
from streams.engine.partitioner import partition_of
from streams.settings import load_settings
from streams.topics import create_missing, declared

SAMPLE_PERSONS = 1_200
SAMPLE_MONTHS = 9
KEY = slice(1, 18)
"""Where the person key stands in the key of a row."""
READY_SECONDS = 1_800.0
LOOK_SECONDS = 0.2
VALUE = re.compile(r"^(\w+)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


def sample(seed: int) -> list[list[tuple[bytes, bytes]]]:
    """The state rows of each person of a demo city at its end."""
    persons: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for key, value in run(generate(SAMPLE_PERSONS, SAMPLE_MONTHS, seed)).rows.values.items():
        if key[:1] in {b"\x10", b"\x11"}:
            persons.setdefault(key[KEY], []).append((key, value))
    return list(persons.values())


def city_rows(persons: int, seed: int) -> Iterator[tuple[int, bytes, bytes]]:
    """(partition, key, value) of so many persons: the sample again and again, each time under new person keys."""
    known = sample(seed)
    for number in range(persons):
        name = b"\x01" + hashlib.sha256(number.to_bytes(8, "big")).digest()[:16]
        partition = partition_of(name, PARTITIONS)
        for key, value in known[number % len(known)]:
            yield partition, key[:1] + name + key[18:], value


def fill(stack: Stack, persons: int, seed: int) -> tuple[int, int]:
    """Write the changelog; (rows, bytes)."""
    producer = Producer(
        {"bootstrap.servers": stack.kafka, "linger.ms": 20, "compression.type": "lz4", "queue.buffering.max.messages": 500_000}
    )
    count = size = 0
    rows = city_rows(persons, seed)
    while chunk := list(islice(rows, 50_000)):
        for partition, key, value in chunk:
            producer.produce(PEOPLE_CHANGELOG, value, key, partition=partition)
            size += len(key) + len(value)
        count += len(chunk)
        producer.flush()
    return count, size


def exported(port: int) -> dict[str, float]:
    """Sums of the worker's metrics by name."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found: dict[str, float] = {}
        for name, value in VALUE.findall(answer.read().decode()):
            found[name] = found.get(name, 0.0) + float(value)
        return found


def is_ready(port: int) -> bool:
    """Whether the worker says that it serves."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def restore(stack: Stack) -> tuple[float, float, float, float]:
    """(rows, seconds of restoring, seconds until ready, RSS in MiB) of a people worker that begins with nothing."""
    (port,) = free_ports(1)
    began = time.monotonic()
    start_workers(stack, ["people"], {"CANBAO_METRICS_PORT": str(port)})
    while not is_ready(port):
        stack.check()
        if time.monotonic() - began > READY_SECONDS:
            raise TimeoutError("the worker did not become ready")
        time.sleep(LOOK_SECONDS)
    ready = time.monotonic() - began
    metrics = exported(port)
    rows, seconds = metrics["canbao_engine_restored_rows_total"], metrics["canbao_engine_restore_seconds_total"]
    return rows, seconds, ready, resident_mib(stack.workers["people"].pid)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.restore")
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    command = f"python -m bench.restore --persons {given.persons} --seed {given.seed}"
    with start("real", "", PARTITIONS) as stack:
        settings = load_settings({**stack.environment()})
        create_missing(settings, declared(settings))
        count, size = fill(stack, given.persons, given.seed)
        rows, seconds, ready, resident = restore(stack)
    columns = ["persons", "rows", "bytes a person", "rows/s", "persons/s", "seconds until ready", "RSS MiB"]
    cells = [
        f"{given.persons:,}",
        f"{count:,}",
        f"{size / given.persons:,.0f}",
        f"{rows / seconds:,.0f}",
        f"{given.persons * rows / count / seconds:,.0f}",
        f"{ready:.1f}",
        f"{resident:.0f}",
    ]
    show("Restore of the people stage from its changelog, one process", command, columns, [cells])


if __name__ == "__main__":
    main()
