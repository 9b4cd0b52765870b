"""Writing `canbao.control` from the command line, and waiting until it is committed."""

from confluent_kafka import Producer
from msgspec import structs

from schemas import control
from schemas.control import FeedControl, FeedState
from schemas.topics import CONTROL
from streams.reading import TopicReader
from streams.settings import Settings

SECONDS = 15.0


def read_control(settings: Settings) -> dict[str, FeedControl]:
    """The newest row of every feed that has one."""
    rows: dict[str, FeedControl] = {}
    with TopicReader(settings, CONTROL) as reader:
        for chunk in reader.whole():
            for message in chunk:
                key = message.key()
                if isinstance(key, bytes):
                    rows[key.decode()] = control.decode(message.value())
    return rows


def resume_feed(settings: Settings, feed: str, incarnation: int, reason: str) -> tuple[FeedControl, FeedControl]:
    """Write RUN for a feed; returns the row before and the row written. `incarnation` 0 keeps the old one; it never goes down."""
    before = read_control(settings).get(feed, FeedControl())
    if incarnation and incarnation < before.incarnation:
        raise ValueError(f"incarnation of {feed} is {before.incarnation} and never goes down, got {incarnation}")
    after = structs.replace(
        before, state=FeedState.RUN, reason=reason, incarnation=incarnation or before.incarnation, epoch=before.epoch + 1, place=""
    )
    write_control(settings, feed, after)
    return before, after


def write_control(settings: Settings, feed: str, row: FeedControl) -> None:
    """Produce one row; ConnectionError where the brokers do not take it."""
    failed: list[str] = []
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "acks": "all", "enable.idempotence": True, **settings.kafka_client})
    producer.produce(
        CONTROL, control.encode(row), feed.encode(), on_delivery=lambda error, _message: failed.append(str(error)) if error else None
    )
    if producer.flush(SECONDS) or failed:
        raise ConnectionError(f"canbao.control did not take the row of {feed}: {failed[0] if failed else 'time-out'}")
