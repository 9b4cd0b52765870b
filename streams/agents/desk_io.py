"""Between the desk agent and the read model: decoding by topic, and how long to wait after a failure."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from schemas import metrics as m
from schemas.decision import read_result
from schemas.messages import read_alert, read_enrolment
from schemas.topics import ALERTS, ENROLMENTS
from schemas.wire import NotAvroError, Reader
from sinks.desk.write import DeskWriter
from sinks.metrics import Metrics
from streams.engine.batch import Batch
from streams.engine.records import Record

log = structlog.get_logger("canbao.desk")

SINK = "desk"
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
DOUBLINGS_MAX = 8

Read = Callable[[Reader, bytes], Any]


class Desk:
    """The model and what the agent needs beside it; `failures` in a row by topic and partition."""

    def __init__(self, writer: DeskWriter, readers: Mapping[str, Reader], metrics: Metrics) -> None:
        self.writer = writer
        self.readers = readers
        self.metrics = metrics
        self.failures: Counter[tuple[str, int]] = Counter()


async def keep(desk: Desk, batch: Batch) -> None:
    """Write one batch, whatever its topic."""
    reader = desk.readers[batch.topic]
    if batch.topic == ALERTS:
        await desk.writer.alerts(await asyncio.to_thread(decoded, desk, reader, batch.records, read_alert))
    elif batch.topic == ENROLMENTS:
        await desk.writer.enrolments(await asyncio.to_thread(decoded, desk, reader, batch.records, read_enrolment))
    else:
        await desk.writer.results(await asyncio.to_thread(decoded, desk, reader, batch.records, read_result))


def decoded(desk: Desk, reader: Reader, records: Sequence[Record], read: Read) -> list[Any]:
    """The values of a batch; tombstones mean nothing here, and what cannot be decoded is counted, named by position, and stays in Kafka."""
    values = []
    for record in records:
        try:
            values += [read(reader, record.value)] if record.value else []
        except NotAvroError as error:
            desk.metrics.add(m.UNDECODABLE, sink=SINK)
            log.error("not what the topic holds", topic=record.topic, partition=record.partition, offset=record.offset, reason=str(error))  # noqa: TRY400 - the reason says all
    return values


def waits(desk: Desk, batch: Batch, error: Exception) -> float:
    """Count a failure; seconds until the batch comes again, doubling up to half a minute."""
    place = (batch.topic, batch.partition)
    before = desk.failures[place]
    desk.failures[place] += 1
    desk.metrics.add(m.SINK_FAILURES, sink=SINK, reason=type(error).__name__)
    if not before:
        log.warning(
            "the workbench's model takes nothing, waiting", topic=batch.topic, partition=batch.partition, error=type(error).__name__
        )
    return min(FIRST_DELAY_SECONDS * 2.0 ** min(before, DOUBLINGS_MAX), LONGEST_DELAY_SECONDS)


def kept(desk: Desk, batch: Batch) -> None:
    """Count what the model took, and how old alerts were."""
    desk.failures[batch.topic, batch.partition] = 0
    if batch.topic == ALERTS:
        now = time.time()
        for record in batch.records:
            desk.metrics.observe(m.DELIVERY_SECONDS, max(now - record.timestamp_ms / 1000, 0), sink=SINK)
