"""How work flows on a healthy cluster: retries, side topics, a record that kills, a transaction that hangs, the embedded broker."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from demo.servers.kafka import create_topics
from streams.embedded_broker import EmbeddedBroker
from tests.streams.engine.lab import END_SECONDS, PARTITIONS, Lab, Worker, wait_for
from tests.streams.engine.misdeeds import DIVERTED_AFTER, RETRIES

SESSION_MS = 3000


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Lab]:
    """A lab on the embedded broker; its topics appear by themselves."""
    broker = EmbeddedBroker()
    lab = Lab(broker.bootstrap, tmp_path, make=False)
    lab.job.embedded = True
    for topic in (lab.job.source, str(lab.job.changelog), lab.job.alerts):
        lab.touch(topic)
    try:
        yield lab
    finally:
        lab.close()
        broker.stop()


def right(lab: Lab) -> None:
    """Wait until alerts and states are as the model says; the embedded broker shows no committed offsets to wait for."""
    wait_for(lambda: lab.verdict().right, END_SECONDS, lambda: f"{lab.verdict()}\n{lab.logs()}")


@pytest.mark.embedded
def test_the_cycle_runs_on_the_embedded_broker(embedded: Lab) -> None:
    """The whole cycle, transactions and take-over included, without any server; SIGTERM ends it with 0."""
    embedded.fill(500)
    worker = embedded.start()
    right(embedded)
    embedded.fill(500, seed=2)
    right(embedded)
    assert worker.terminate() == 0
    assert embedded.verdict().right, embedded.verdict()


@pytest.mark.embedded
def test_a_batch_given_back_comes_again_and_holds_up_nobody(embedded: Lab) -> None:
    """`retry_after` leaves nothing behind, the same records come again, other partitions go on, and the count is right."""
    embedded.fill(200)
    worker = embedded.start(misdeed="retry")
    right(embedded)
    embedded.send(b"key-1", b"now")
    embedded.fill(200, seed=2)
    right(embedded)
    assert worker.log.count("misdeed retry") == RETRIES + 1


def served(worker: Worker) -> set[int]:
    """Partitions that it has taken over."""
    rows = (json.loads(line) for line in worker.log.splitlines() if '"event": "partition serves"' in line)
    return {row["partition"] for row in rows}


def died(lab: Lab, worker: Worker) -> bool:
    """Wait until the worker dies or has done everything."""
    wait_for(lambda: worker.process.poll() is not None or lab.lag() == 0, END_SECONDS, lab.logs)
    return worker.process.poll() is not None


def test_a_batch_that_kills_the_process_is_noticed(lab: Lab) -> None:
    """A record that kills the process is met alone after a few deaths, the stage is told, diverts it, and nothing else suffers."""
    lab.fill(100)
    worker = lab.start(misdeed="die")
    lab.drained()
    lab.send(b"key-1", b"now")
    lab.fill(100, seed=2)
    deaths = 0
    while died(lab, worker):
        deaths += 1
        worker = lab.start(misdeed="die")
    assert DIVERTED_AFTER <= deaths <= 2 * DIVERTED_AFTER
    lab.drained()
    assert lab.verdict().right, lab.verdict()


def test_a_side_topic_is_read_by_the_owner_of_the_same_partition(lab: Lab) -> None:
    """Bulk records go into the same state as live ones; both positions survive a hand-over to another worker."""
    side = f"{lab.job.source}-bulk"
    create_topics(lab.bootstrap, {side: (PARTITIONS, {})})
    lab.fill(300)
    lab.fill(300, seed=2, topic=side)
    first = lab.start(side_topic=side, static_member=False, session_ms=SESSION_MS)
    lab.drained(topics=(lab.job.source, side))
    assert first.terminate() == 0
    lab.fill(300, seed=3, topic=side)
    lab.start("b", side_topic=side, static_member=False, session_ms=SESSION_MS)
    lab.start("c", side_topic=side, static_member=False, session_ms=SESSION_MS)
    lab.fill(300, seed=4)
    lab.drained(topics=(lab.job.source, side))
    assert lab.verdict().right, lab.verdict()


def test_a_hanging_transaction_on_the_changelog_blocks_and_says_so(lab: Lab) -> None:
    """A foreign open transaction holds the changelog: the partition is never served meanwhile, the worker tells restore_blocked, then heals."""
    lab.fill(300)
    first = lab.start(static_member=False)
    lab.drained()
    assert first.terminate() == 0
    hanging = Producer(
        {"bootstrap.servers": lab.bootstrap, "transactional.id": f"{lab.job.source}-foreign", "transaction.timeout.ms": 600_000}
    )
    hanging.init_transactions(30)
    hanging.begin_transaction()
    hanging.produce(str(lab.job.changelog), b"never", b"\x10key-1", partition=0)
    assert hanging.flush(30) == 0
    heir = lab.start("b", session_ms=SESSION_MS, transaction_ms=SESSION_MS, blocked_after_ms=500)
    wait_for(lambda: "restore_blocked" in heir.log and len(served(heir)) == PARTITIONS - 1, END_SECONDS, lab.logs)
    assert 0 not in served(heir)
    with contextlib.suppress(Exception):
        hanging.abort_transaction(30)
    lab.fill(300, seed=2)
    lab.drained()
    assert lab.verdict().right, lab.verdict()
