"""desk: alerts, public rows and answers to decisions → the workbench's read model in Redis.

A group of its own: the workbench's model delays no other reader of alerts, and none delays it. A repeat changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator

from faust.types import StreamT
from redis.exceptions import RedisError

from schemas.wire import UnknownSchemaError
from sinks.metrics import Metrics
from streams.agents.desk_io import NAMES, Desk, desk_of, keep, kept, waits
from streams.app import App
from streams.engine.batch import Batch
from streams.engine.service import Engine
from streams.engine.spec import Input, StageSpec
from streams.registry import RegistryDownError
from streams.settings import Settings, SettingsError
from streams.worker import Stage

AWAIT_SECONDS = 5.0
DOWN = (RedisError, RegistryDownError, UnknownSchemaError, OSError, TimeoutError)


def stage(argument: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of role `desk`."""
    if argument:
        raise SettingsError(f"desk:{argument}: the role takes no argument")
    desk = desk_of(settings, metrics)
    spec = StageSpec(name="desk", group="canbao-desk", inputs=tuple(Input(topic) for topic in NAMES))
    return Stage(spec, lambda app, engine: attach(app, engine, desk))


def attach(app: App, engine: Engine, desk: Desk) -> None:
    """Give the application its agent."""

    @app.agent(engine.batches, sink=[engine.done])
    async def deliver(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            try:
                async with asyncio.timeout(AWAIT_SECONDS):
                    await keep(desk, batch)
            except DOWN as error:
                batch.retry_after(waits(desk, batch, error))
            else:
                kept(desk, batch)
            yield batch
