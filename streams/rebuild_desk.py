"""Rebuilding the workbench's read model: its topics whole, one after another, through the same compare-and-set as its worker.

What belongs to one person or alert is in one partition of each topic, so partitions are read side by side.
"""

from collections.abc import Sequence
from typing import Any

from confluent_kafka import Message

from streams.agents.desk_io import Desk, Placed, decoded, desk_of, write
from streams.reading import TopicReader
from streams.settings import Settings
from streams.side_by_side import Progress, Share, Tell, Told, read_ahead, side_by_side


def rebuild_desk(settings: Settings, progress: Progress) -> int:
    """Write what Kafka still has; how many revisions of alerts were newer than what was held. Any error ends it: call it again."""
    return side_by_side(settings, write_share, progress).kept


async def write_share(settings: Settings, share: Share, tell: Tell) -> None:
    """One process's partitions of every topic."""
    desk = desk_of(settings)
    before = kept = 0
    for topic in desk.readers:
        with TopicReader(settings, topic, share.of) as reading:
            chunks = (_values(desk, topic, records) for records in reading.whole())
            async for chunk in read_ahead(chunks):
                kept += await write(desk, topic, chunk)
                tell(Told(before + reading.done, before + reading.total, kept))
            before += reading.total
            tell(Told(before, before, kept))
    await desk.writer.close()


def _values(desk: Desk, topic: str, records: Sequence[Message]) -> list[Any]:
    """The values of records; tombstones are left out."""
    placed: list[Placed] = [
        (int(record.partition() or 0), int(record.offset() or 0), value) for record in records if isinstance(value := record.value(), bytes)
    ]
    return decoded(desk, topic, placed)
