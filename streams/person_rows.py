"""The state rows of one person, read from the changelog of its partition. Nothing opens a worker's own store but the worker."""

from collections.abc import Callable

from processors.person.state import DETAIL, HEAD, QUARANTINE
from schemas.topics import PEOPLE_CHANGELOG
from streams.engine.partitioner import partition_of
from streams.reading import TopicReader
from streams.settings import Settings


def read_rows(settings: Settings, person: bytes, progress: Callable[[int, int], None]) -> dict[bytes, bytes]:
    """Every state row of the person as of now; reads its partition of the changelog whole, keeps the person's rows only."""
    kinds = tuple(kind + person for kind in (HEAD, DETAIL, QUARANTINE))
    rows: dict[bytes, bytes] = {}
    with TopicReader(settings, PEOPLE_CHANGELOG, lambda partitions: partition_of(person, partitions)) as topic:
        for records in topic.whole():
            for record in records:
                key, value = record.key() or b"", record.value()
                if not key.startswith(kinds):
                    continue
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value
            progress(topic.done, topic.total)
    return rows
