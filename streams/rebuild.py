"""Rebuilding the read model in Redis from `canbao.alerts`: the whole topic, every revision in order, through the same compare-and-set.

Alerts of a person are in one partition, so partitions are read side by side.
"""

from typing import Any

from confluent_kafka import Message

from schemas.delivery import Delivery, read_delivery
from schemas.topics import ALERTS
from schemas.wire import Reader
from sinks.redis import RedisModel, Written
from streams.reading import TopicReader
from streams.registry import reader_for
from streams.settings import Settings
from streams.side_by_side import Progress, Share, Tell, Told, read_ahead, side_by_side


def rebuild_redis(settings: Settings, progress: Progress) -> Written:
    """Write every revision that Kafka still has; what Redis holds already stays as it is. Any error ends it: call it again."""
    told = side_by_side(settings, write_share, progress)
    return Written(told.kept, told.repeated)


async def write_share(settings: Settings, share: Share, tell: Tell) -> None:
    """One process's partitions."""
    model = RedisModel(settings.redis_url.get_secret_value(), settings.redis_stream_length)
    reader = reader_for("alert", settings)
    kept = repeated = 0
    with TopicReader(settings, ALERTS, share.of) as topic:
        chunks = ([one for record in records if (one := _delivery(reader, record)) is not None] for records in topic.whole())
        async for chunk in read_ahead(chunks):
            written = await model.deliver(chunk)
            kept, repeated = kept + written.kept, repeated + written.repeated
            tell(Told(topic.done, topic.total, kept, repeated))
        tell(Told(topic.total, topic.total, kept, repeated))
    await model.close()


def _delivery(reader: Reader, record: Message) -> Delivery | None:
    """A record's delivery; None for a tombstone."""
    value = record.value()
    headers: Any = record.headers() or []
    return read_delivery(reader, value, headers) if isinstance(value, bytes) else None
