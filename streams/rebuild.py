"""Rebuilding a read model from `canbao.alerts`: the whole topic, every revision in order, through the same compare-and-set."""

import asyncio
from collections.abc import Callable
from typing import Any

from confluent_kafka import Message

from schemas.delivery import Delivery, read_delivery
from schemas.topics import ALERTS
from schemas.wire import Reader
from sinks.redis import RedisModel, Written
from streams.reading import TopicReader
from streams.registry import reader_for
from streams.settings import Settings

Progress = Callable[[int, int], None]
"""(offsets passed, offsets in all)"""


def rebuild_redis(settings: Settings, progress: Progress) -> Written:
    """Write every revision that Kafka still has; what Redis holds already stays as it is. Any error ends it: call it again."""
    return asyncio.run(_rebuild(settings, progress))


async def _rebuild(settings: Settings, progress: Progress) -> Written:
    model = RedisModel(settings.redis_url.get_secret_value(), settings.redis_stream_length)
    reader = reader_for("alert", settings)
    kept = repeated = 0
    with TopicReader(settings, ALERTS) as topic:
        for records in topic.whole():
            written = await model.deliver([one for record in records if (one := _delivery(reader, record)) is not None])
            kept, repeated = kept + written.kept, repeated + written.repeated
            progress(topic.done, topic.total)
    await model.close()
    return Written(kept, repeated)


def _delivery(reader: Reader, record: Message) -> Delivery | None:
    """A record's delivery; None for a tombstone."""
    value = record.value()
    headers: Any = record.headers() or []
    return read_delivery(reader, value, headers) if isinstance(value, bytes) else None
