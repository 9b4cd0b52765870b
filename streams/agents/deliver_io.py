"""Between the deliver agent and its target: decoding alerts, counting what became of a batch, how long to wait after a failure."""

import time
from collections import Counter
from collections.abc import Sequence

import structlog

from schemas import metrics as m
from schemas.delivery import Delivery, read_delivery
from schemas.wire import NotAvroError, Reader
from sinks.metrics import Metrics
from sinks.redis import RedisModel, Written
from streams.engine.batch import Batch
from streams.engine.records import Record

log = structlog.get_logger("canbao.deliver")

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
DOUBLINGS_MAX = 8


class Target:
    """One target and what its agent needs; `failures` in a row by partition."""

    def __init__(self, name: str, model: RedisModel, reader: Reader, metrics: Metrics) -> None:
        self.name = name
        self.model = model
        self.reader = reader
        self.metrics = metrics
        self.failures: Counter[int] = Counter()


def decode(target: Target, records: Sequence[Record]) -> list[Delivery]:
    """The deliveries of a batch; tombstones mean nothing here, and what cannot be decoded is counted, named by position, and stays in Kafka."""
    alerts = []
    for record in records:
        try:
            alerts += [read_delivery(target.reader, record.value, record.headers)] if record.value else []
        except NotAvroError as error:
            target.metrics.add(m.UNDECODABLE, sink=target.name)
            log.error("not an alert", topic=record.topic, partition=record.partition, offset=record.offset, reason=str(error))  # noqa: TRY400 - the reason says all
    return alerts


def failed(target: Target, batch: Batch, error: Exception) -> float:
    """Count a failure; seconds until the batch comes again, doubling up to half a minute."""
    before = target.failures[batch.partition]
    target.failures[batch.partition] += 1
    target.metrics.add(m.SINK_FAILURES, sink=target.name, reason=type(error).__name__)
    if not before:
        log.warning("target does not take alerts, waiting", target=target.name, partition=batch.partition, error=type(error).__name__)
    return min(FIRST_DELAY_SECONDS * 2.0 ** min(before, DOUBLINGS_MAX), LONGEST_DELAY_SECONDS)


def delivered(target: Target, batch: Batch, written: Written) -> None:
    """Count what the target took, and say so when it turned out to be empty behind earlier alerts."""
    target.failures[batch.partition] = 0
    target.metrics.add(m.DELIVERED, written.kept, sink=target.name, result="kept")
    target.metrics.add(m.DELIVERED, written.repeated, sink=target.name, result="repeated")
    if target.model.found_empty and batch.records[0].offset > 0:
        log.warning("target was emptied: run canbao rebuild", target=target.name, partition=batch.partition)
        target.metrics.add(m.SINK_EMPTIED, sink=target.name)
    now = time.time()
    for record in batch.records:
        target.metrics.observe(m.DELIVERY_SECONDS, max(now - record.timestamp_ms / 1000, 0), sink=target.name)
