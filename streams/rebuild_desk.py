"""Rebuilding the workbench's read model: its topics whole, through the same compare-and-set as its worker."""

import asyncio
from collections.abc import Callable, Sequence

from confluent_kafka import Message

from streams.agents.desk_io import Placed, desk_of, take
from streams.reading import TopicReader
from streams.settings import Settings

Progress = Callable[[int, int], None]
"""(offsets passed, offsets in all) of the topic that is read now"""


def rebuild_desk(settings: Settings, progress: Progress) -> int:
    """Write what Kafka still has; how many revisions were newer than what was held. Any error ends it: call it again."""
    return asyncio.run(_rebuild(settings, progress))


async def _rebuild(settings: Settings, progress: Progress) -> int:
    desk = desk_of(settings)
    kept = 0
    for topic in desk.readers:
        with TopicReader(settings, topic) as reading:
            for records in reading.whole():
                kept += await take(desk, topic, _placed(records))
                progress(reading.done, reading.total)
    await desk.writer.close()
    return kept


def _placed(records: Sequence[Message]) -> list[Placed]:
    """Records with a value; tombstones are left out."""
    return [
        (int(record.partition() or 0), int(record.offset() or 0), value) for record in records if isinstance(value := record.value(), bytes)
    ]
