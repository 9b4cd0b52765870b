"""deliver: revisions of canbao.alerts to one target, at least once; the target keeps the newest, so a repeat changes nothing."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import structlog
from faust.types import StreamT
from redis.exceptions import RedisError

from schemas import metrics as m
from schemas.alert import Alert
from schemas.messages import read_alert
from schemas.topics import ALERTS
from schemas.wire import NotAvroError, Reader, UnknownSchemaError
from sinks.metrics import Metrics
from sinks.redis import RedisModel
from streams.app import App
from streams.engine.batch import Batch
from streams.engine.records import Record
from streams.engine.service import Engine
from streams.engine.spec import Input, StageSpec
from streams.registry import RegistryDownError, reader_for
from streams.settings import Settings, SettingsError
from streams.worker import Stage

log = structlog.get_logger("canbao.deliver")

AWAIT_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 30.0
DOWN = (RedisError, RegistryDownError, UnknownSchemaError, OSError, TimeoutError)


def stage(argument: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of role `deliver:<target>`; each target is a group of its own, so a dead one delays nobody else."""
    if argument != "redis":
        raise SettingsError(f"deliver:{argument}: no such target; allowed: redis")
    model = RedisModel(settings.redis_url.get_secret_value(), settings.redis_stream_length)
    reader = reader_for("alert", settings)
    spec = StageSpec(name=f"deliver-{argument}", group=f"canbao-deliver-{argument}", inputs=(Input(ALERTS),))
    return Stage(spec, lambda app, engine: attach(app, engine, model, reader, metrics))


def attach(app: App, engine: Engine, model: RedisModel, reader: Reader, metrics: Metrics) -> None:
    """Give the application its agent."""

    @app.agent(engine.batches, sink=[engine.done])
    async def deliver(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        failures: Counter[int] = Counter()
        async for batch in batches:
            try:
                async with asyncio.timeout(AWAIT_SECONDS):
                    alerts = await asyncio.to_thread(decode, batch.records, reader, metrics)
                    written = await model.write(alerts)
            except DOWN as error:
                failures[batch.partition] += 1
                metrics.add(m.SINK_FAILURES, sink="redis", reason=type(error).__name__)
                batch.retry_after(min(0.5 * 2 ** min(failures[batch.partition], 10), LONGEST_DELAY_SECONDS))
            else:
                failures[batch.partition] = 0
                metrics.add(m.DELIVERED, written.kept, sink="redis", result="kept")
                metrics.add(m.DELIVERED, written.repeated, sink="redis", result="repeated")
                if model.found_empty and batch.records[0].offset > 0:
                    log.warning("target was emptied: run canbao rebuild", target="redis", partition=batch.partition)
                    metrics.add(m.SINK_EMPTIED, sink="redis")
                for record in batch.records:
                    metrics.observe(m.DELIVERY_SECONDS, max(time.time() - record.timestamp_ms / 1000, 0), sink="redis")
            yield batch


def decode(records: Sequence[Record], reader: Reader, metrics: Metrics) -> list[Alert]:
    """The alerts of a batch; tombstones mean nothing here, and what cannot be decoded is counted and stays in Kafka."""
    alerts = []
    for record in records:
        try:
            alerts += [read_alert(reader, record.value)] if record.value else []
        except NotAvroError:
            metrics.add(m.UNDECODABLE, sink="redis")
    return alerts
