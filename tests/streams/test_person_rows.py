"""`canbao person show` reads a whole partition and keeps one person: what it holds does not grow with the partition."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Producer

from demo.servers.kafka import create_topics
from processors.person.state import detail_key, head_key
from tests.schemas.samples import person_key
from tests.servers.fixtures import Broker

ROOT = Path(__file__).parents[2]
ROWS = 200_000
ROW_BYTES = 600
CHUNK = 10_000
MIB = 1 << 20
GROWTH_MIB_MAX = 60
"""Queue and chunk of the reader; the partition has twice as much."""
READ = """
import resource, sys
from streams import person_rows
from streams.settings import Settings
person_rows.PEOPLE_CHANGELOG = sys.argv[2]
settings = Settings(kafka_bootstrap=sys.argv[1])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
rows = person_rows.read_rows(settings, bytes.fromhex(sys.argv[3]), lambda done, total: None)
print(len(rows), before, peak())
"""


def filled(kafka: Broker, rows: int) -> str:
    """A changelog of its own with so many rows of other people, two of person 1 far apart, and one deleted again."""
    topic = f"changelog-{uuid.uuid4().hex[:8]}"
    create_topics(kafka.bootstrap, {topic: (1, {})})
    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap, "linger.ms": 50, "compression.type": "lz4", "queue.buffering.max.messages": 2 * CHUNK}
    )
    mine = person_key(1)
    producer.produce(topic, b"head", head_key(mine), partition=0)
    producer.produce(topic, b"gone", detail_key(mine, b"D"), partition=0)
    for number in range(rows):
        producer.produce(topic, os.urandom(16) * (ROW_BYTES // 16), head_key(number.to_bytes(17, "big")), partition=0)
        if number % CHUNK == 0:
            producer.flush(60)
    producer.produce(topic, None, detail_key(mine, b"D"), partition=0)
    producer.produce(topic, b"detail", detail_key(mine, b"E"), partition=0)
    assert producer.flush(60) == 0
    return topic


@pytest.mark.kafka
def test_memory_does_not_grow_with_the_partition(kafka: Broker) -> None:
    """Both rows of the person are found; the partition's 120 MB pass through without staying."""
    topic = filled(kafka, ROWS)
    done = subprocess.run(
        [sys.executable, "-c", READ, kafka.bootstrap, topic, person_key(1).hex()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    found, before, after = map(int, done.stdout.split())
    assert found == 2
    assert ROWS * ROW_BYTES > 1.9 * GROWTH_MIB_MAX * MIB
    assert after - before < GROWTH_MIB_MAX, f"{after - before} MiB more than before reading"
