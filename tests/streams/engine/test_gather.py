"""What `Group.receive` waits for: the first record, or, beside an open transaction, all that come meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer

from streams.embedded_broker import EmbeddedBroker
from streams.engine.batch import State
from streams.engine.clients import group_consumer
from streams.engine.group import Group
from streams.engine.header import Header
from streams.engine.memory import MemoryRows
from streams.engine.owned import OwnedPartition
from streams.engine.spec import EngineSettings, Input, StageSpec
from streams.engine.takeover import Taken, TakeOver

RECORDS = 5
LONG_SECONDS = 60.0
TOPIC = "one-by-one"

pytestmark = pytest.mark.embedded


class NoTakeOver(TakeOver):
    """A take-over that restores nothing."""

    def __init__(self) -> None:
        self.cancelled = False


@contextmanager
def serving(broker: EmbeddedBroker, folder: Path) -> Iterator[Group]:
    """A group of one member whose partitions all serve."""
    spec = StageSpec("gather", "gather", (Input(TOPIC),))
    consumer = group_consumer(EngineSettings(broker.bootstrap, "a", folder, embedded=True), spec.group)

    def begin(_owned: OwnedPartition) -> TakeOver:
        return NoTakeOver()

    group = Group(consumer, spec, begin, lambda: None, lambda: None, counts={TOPIC: 4}, contiguous=False)
    with closing(group):
        group.join()
        until = time.monotonic() + LONG_SECONDS
        while not group.owned and time.monotonic() < until:
            group.receive(1, 0.1)
        for place in group.owned:
            group.serve(place, Taken(State(MemoryRows()), None, Header(), {TOPIC: 0}))
        yield group


@pytest.mark.parametrize("gather", [False, True])
def test_records_that_come_one_by_one(tmp_path: Path, *, gather: bool) -> None:
    """Each is sent when the broker has the one before. Gathered, they are received together; else the first is not kept waiting."""
    broker = EmbeddedBroker()
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    producer.produce(TOPIC, b"0", partition=0)
    producer.flush(LONG_SECONDS)
    received = threading.Event()

    def send() -> None:
        if not gather:
            received.wait(LONG_SECONDS)
        for number in range(1, RECORDS):
            producer.produce(TOPIC, b"%d" % number, partition=number % 2)
            producer.flush(LONG_SECONDS)

    try:
        with serving(broker, tmp_path) as group:
            sender = threading.Thread(target=send)
            sender.start()
            first = group.receive(RECORDS, LONG_SECONDS, gather=gather)
            received.set()
            sender.join()
            assert first == (RECORDS if gather else 1)
    finally:
        broker.stop()
