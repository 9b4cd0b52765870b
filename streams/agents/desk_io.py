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
from schemas.topics import ALERTS, DECISION_RESULTS, ENROLMENTS
from schemas.wire import NotAvroError, Reader
from sinks.desk.write import DeskWriter
from sinks.metrics import Metrics
from streams.engine.batch import Batch
from streams.registry import reader_for
from streams.settings import Settings

log = structlog.get_logger("canbao.desk")

SINK = "desk"
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
DOUBLINGS_MAX = 8

Read = Callable[[Reader, bytes], Any]
Placed = tuple[int, int, bytes]
"""Partition, offset, value."""
NAMES = {ALERTS: "alert", ENROLMENTS: "enrolment", DECISION_RESULTS: "decision_result"}
"""Topic → contract."""
READS: Mapping[str, Read] = {ALERTS: read_alert, ENROLMENTS: read_enrolment, DECISION_RESULTS: read_result}


class Desk:
    """The model and what the agent needs beside it; `failures` in a row by topic and partition."""

    def __init__(self, writer: DeskWriter, readers: Mapping[str, Reader], metrics: Metrics) -> None:
        self.writer = writer
        self.readers = readers
        self.metrics = metrics
        self.failures: Counter[tuple[str, int]] = Counter()
        metrics.add(m.UNDECODABLE, 0, sink=SINK)


def desk_of(settings: Settings, metrics: Metrics | None = None) -> Desk:
    """The model of the settings' Redis, with a reader for each of its topics."""
    writer = DeskWriter(settings.redis_url.get_secret_value())
    return Desk(writer, {topic: reader_for(name, settings) for topic, name in NAMES.items()}, metrics or Metrics())


async def keep(desk: Desk, batch: Batch) -> None:
    """Write one batch, whatever its topic; tombstones mean nothing here."""
    placed = [(record.partition, record.offset, record.value) for record in batch.records if record.value]
    await write(desk, batch.topic, await asyncio.to_thread(decoded, desk, batch.topic, placed))


async def write(desk: Desk, topic: str, values: Sequence[Any]) -> int:
    """Write decoded values of a topic; how many alert revisions were newer than what was held."""
    if topic == ALERTS:
        return await desk.writer.alerts(values)
    await (desk.writer.enrolments(values) if topic == ENROLMENTS else desk.writer.results(values))
    return 0


def decoded(desk: Desk, topic: str, placed: Sequence[Placed]) -> list[Any]:
    """The values of messages; what cannot be decoded is counted, named by position, and stays in Kafka."""
    reader, read = desk.readers[topic], READS[topic]
    values = []
    for partition, offset, value in placed:
        try:
            values.append(read(reader, value))
        except NotAvroError as error:
            desk.metrics.add(m.UNDECODABLE, sink=SINK)
            log.error("not what the topic holds", topic=topic, partition=partition, offset=offset, reason=str(error))  # noqa: TRY400 - the reason says all
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
