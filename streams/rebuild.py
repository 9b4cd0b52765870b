"""Rebuilding a read model from `canbao.alerts`: the whole topic, every revision in order, through the same compare-and-set.

Alerts of a person are in one partition, so partitions are read side by side, by one process a core: decoding is what costs.
"""

import asyncio
import multiprocessing
import os
import queue
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from confluent_kafka import KafkaException, Message
from redis.exceptions import RedisError

from schemas.delivery import Delivery, read_delivery
from schemas.topics import ALERTS
from schemas.wire import Reader
from sinks.redis import RedisModel, Written
from streams.reading import TopicReader
from streams.registry import reader_for
from streams.settings import Settings

Progress = Callable[[int, int], None]
"""(offsets passed, offsets in all)"""
MOST_PROCESSES = 8
LOOK_SECONDS = 0.5


class Told(NamedTuple):
    """What one process has done so far; `error` says why it ended early."""

    share: int
    done: int
    total: int
    kept: int
    repeated: int
    error: str = ""


class RebuildError(ConnectionError):
    """One of the processes could not go on; what was written is right, so call it again."""


def rebuild_redis(settings: Settings, progress: Progress) -> Written:
    """Write every revision that Kafka still has; what Redis holds already stays as it is. Any error ends it: call it again."""
    count = min(os.cpu_count() or 1, MOST_PROCESSES)
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    processes = [context.Process(target=_share, args=(settings, share, count, told), daemon=True) for share in range(count)]
    for process in processes:
        process.start()
    newest: dict[int, Told] = {}
    try:
        for one in _until_ended(processes, told):
            if one.error:
                raise RebuildError(one.error)
            newest[one.share] = one
            progress(sum(each.done for each in newest.values()), sum(each.total for each in newest.values()))
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return Written(sum(one.kept for one in newest.values()), sum(one.repeated for one in newest.values()))


def _until_ended(processes: list[Any], told: Any) -> Iterator[Told]:
    """What they tell, until all of them have ended and nothing is left to hear."""
    while True:
        running = any(process.is_alive() for process in processes)
        try:
            yield told.get(timeout=LOOK_SECONDS if running else 0.01)
        except queue.Empty:
            if not running:
                break
    failed = [process for process in processes if process.exitcode]
    if failed:
        raise RebuildError(f"a reading process ended with status {failed[0].exitcode}")


def _share(settings: Settings, share: int, count: int, told: Any) -> None:
    """One process: every `count`-th partition, from `share` on."""
    try:
        asyncio.run(_write(settings, share, count, told))
    except (KafkaException, RedisError, OSError, ValueError, LookupError) as error:
        told.put(Told(share, 0, 0, 0, 0, f"{type(error).__name__}: {error}"))


async def _write(settings: Settings, share: int, count: int, told: Any) -> None:
    """Read and write side by side: while one chunk is on its way to Redis, a helper thread reads and decodes the next."""
    model = RedisModel(settings.redis_url.get_secret_value(), settings.redis_stream_length)
    reader = reader_for("alert", settings)
    kept = repeated = 0
    with TopicReader(settings, ALERTS, lambda partitions: range(share, partitions, count)) as topic:
        chunks = ([one for record in records if (one := _delivery(reader, record)) is not None] for records in topic.whole())
        chunk = await asyncio.to_thread(next, chunks, None)
        while chunk is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            written = await model.deliver(chunk)
            kept, repeated = kept + written.kept, repeated + written.repeated
            told.put(Told(share, topic.done, topic.total, kept, repeated))
            chunk = await coming
        told.put(Told(share, topic.total, topic.total, kept, repeated))
    await model.close()


def _delivery(reader: Reader, record: Message) -> Delivery | None:
    """A record's delivery; None for a tombstone."""
    value = record.value()
    headers: Any = record.headers() or []
    return read_delivery(reader, value, headers) if isinstance(value, bytes) else None
