"""For an incident: whose facts a batch of a feed held. Read from canbao.events, so as far back as its retention."""

import re
from collections.abc import Callable

from schemas.events import Facts, decode
from schemas.topics import EVENTS
from streams.reading import TopicReader
from streams.settings import Settings

OFFSETS = re.compile(r"(\d+):(\d+)-(\d+)")
"""A batch without a name: partition:first-last of the feed's topic."""


def batch_persons(settings: Settings, feed: str, batch: str, progress: Callable[[int, int], None]) -> set[bytes]:
    """Person keys of every message that a batch of a feed gave. `batch`: the name that the department gave it, or partition:first-last offset."""
    wanted = _matcher(feed, batch)
    found: set[bytes] = set()
    with TopicReader(settings, EVENTS) as topic:
        for chunk in topic.whole():
            for record in chunk:
                value = record.value()
                message = decode(value) if isinstance(value, bytes) else None
                if isinstance(message, Facts) and wanted(message):
                    found.add(message.person)
            progress(topic.done, topic.total)
    return found


def _matcher(feed: str, batch: str) -> Callable[[Facts], bool]:
    given = OFFSETS.fullmatch(batch)
    if given is None:
        return lambda message: message.feed == feed and message.batch == batch
    partition, first, last = map(int, given.groups())
    return lambda message: (message.feed, message.feed_partition) == (feed, partition) and first <= message.offset <= last
