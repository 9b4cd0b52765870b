"""deliver: canbao.alerts → one target, at least once; the target keeps the newest revision, so a repeat changes nothing. Webhooks: webhook.py.

canbao.alerts ─► decode ─► Redis: alert by id, open alerts by person and by division and rule, a stream a division
                              │
                              └── down: the batch comes again later, the partition waits, nothing is acknowledged
"""

import asyncio
from collections.abc import AsyncIterator

from faust.types import StreamT
from redis.exceptions import RedisError

from schemas import metrics as m
from schemas.topics import ALERTS
from schemas.wire import UnknownSchemaError
from sinks.metrics import Metrics
from sinks.redis import RedisModel
from streams.agents.deliver_io import Target, decode, delivered, failed
from streams.app import App
from streams.engine.batch import Batch
from streams.engine.service import Engine
from streams.engine.spec import Input, StageSpec
from streams.registry import RegistryDownError, reader_for
from streams.settings import Settings
from streams.worker import Stage

AWAIT_SECONDS = 5.0
DOWN = (RedisError, RegistryDownError, UnknownSchemaError, OSError, TimeoutError)


def stage(argument: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of role `deliver:<target>`; each target is a group of its own, so a dead one delays nobody else."""
    if argument != "redis":
        from streams.agents.webhook import webhook_stage  # noqa: PLC0415 - its HTTP stack costs a second of start-up

        return webhook_stage(argument, settings, metrics)
    model = RedisModel(settings.redis_url.get_secret_value(), settings.redis_stream_length)
    target = Target(argument, model, reader_for("alert", settings), metrics)
    for result in ("kept", "repeated"):
        metrics.add(m.DELIVERED, 0, sink=argument, result=result)
    for counter in (m.SINK_EMPTIED, m.UNDECODABLE):
        metrics.add(counter, 0, sink=argument)
    spec = StageSpec(name=f"deliver-{argument}", group=f"canbao-deliver-{argument}", inputs=(Input(ALERTS),))
    return Stage(spec, lambda app, engine: attach(app, engine, target))


def attach(app: App, engine: Engine, target: Target) -> None:
    """Give the application its agent."""

    @app.agent(engine.batches, sink=[engine.done])
    async def deliver(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            try:
                async with asyncio.timeout(AWAIT_SECONDS):
                    alerts = await asyncio.to_thread(decode, target, batch.records)
                    written = await target.model.deliver(alerts)
            except DOWN as error:
                batch.retry_after(failed(target, batch, error))
            else:
                delivered(target, batch, written)
            yield batch
