"""Alerts one after the other, from Kafka or from the Redis streams, until the end or for ever."""

from collections.abc import Iterator
from typing import Any

from redis import Redis

from schemas.alert import Alert
from schemas.alert_json import alert_from_json
from schemas.messages import read_alert
from schemas.topics import ALERTS
from streams.reading import TopicReader
from streams.registry import reader_for
from streams.settings import Settings

BLOCK_MS = 1_000
COUNT = 500


def follow_kafka(settings: Settings, from_start: bool, once: bool) -> Iterator[Alert]:
    """Every revision in `canbao.alerts`, in order per person."""
    reader = reader_for("alert", settings)
    with TopicReader(settings, ALERTS, from_end=not from_start) as topic:
        for records in topic.whole() if once else topic.onwards():
            yield from (read_alert(reader, value) for record in records if (value := record.value()))


def follow_redis(settings: Settings, from_start: bool, once: bool) -> Iterator[Alert]:
    """Every revision in the divisions' streams; a stream that appears later is found within a second."""
    with Redis.from_url(settings.redis_url.get_secret_value(), decode_responses=True) as client:
        places: dict[str, str] = {}
        first = True
        while True:
            for name in client.scan_iter("canbao:stream:*", count=COUNT):
                places.setdefault(name, "0" if from_start or not first else _end(client, name))
            first = False
            found: Any = client.xread(places, count=COUNT, block=None if once else BLOCK_MS) if places else []
            for name, entries in found.items() if isinstance(found, dict) else found or []:
                for identifier, fields in _flat(entries):
                    places[name] = identifier
                    yield alert_from_json(fields["json"])
            if once and not found:
                return


def _end(client: Any, name: str) -> str:
    newest = client.xrevrange(name, count=1)
    return str(newest[0][0]) if newest else "0"


def _flat(entries: Any) -> list[tuple[str, dict[str, str]]]:
    """Entries of a stream; redis-py nests them once more under RESP3."""
    return entries[0] if entries and isinstance(entries[0], list) else entries
