"""Reading the audit topic: its records in order, the check of its chains, and who had to do with whom."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from processors.audit_chain import ChainCheck, Heads, anchor_objects, heads_of
from schemas.audit_record import AuditRecord, AuditRecordError, decode
from schemas.strict_yaml import ConfigError
from schemas.topics import AUDIT
from streams.reading import TopicReader
from streams.settings import Settings

SECONDS = 5.0
Progress = Callable[[int, int], None]


class Kept(NamedTuple):
    """A record and where it rests."""

    place: str
    record: AuditRecord


def check_topic(settings: Settings, anchors: dict[str, Heads], progress: Progress) -> ChainCheck:
    """Every chain from the first record that retention left."""
    check = ChainCheck(whole=_first_offset(settings) == 0, anchors=anchors)
    with TopicReader(settings, AUDIT) as topic:
        for chunk in topic.whole():
            for message in chunk:
                check.take(f"{message.partition()}:{message.offset()}", message.key(), message.value())
            progress(topic.done, topic.total)
    check.finish()
    return check


def read_audit(settings: Settings, wanted: Callable[[AuditRecord], bool], progress: Progress, since_ms: int = 0) -> Iterator[Kept]:
    """Records that are wanted, oldest first, of the time from `since_ms` on. Unreadable ones are `verify`'s to report."""
    with TopicReader(settings, AUDIT, since_ms=since_ms) as topic:
        for chunk in topic.whole():
            for message in chunk:
                try:
                    record = decode(message.value()).record
                except AuditRecordError:
                    continue
                if wanted(record):
                    yield Kept(f"{message.partition()}:{message.offset()}", record)
            progress(topic.done, topic.total)


def append_anchor(path: Path, at: str, heads: Heads) -> None:
    """One line more in a file of anchors, JSON lines {at, heads}."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": at, "heads": anchor_objects(heads)}) + "\n")


def load_anchors(path: Path) -> dict[str, Heads]:
    """Anchors of a file by their time; ConfigError names the line that is none."""
    anchors = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            anchors[f"{path.name}:{number} {row['at']}"] = heads_of(row["heads"])
        except (ValueError, KeyError, TypeError):
            raise ConfigError(str(path), number, "anchor", "must be a line of JSON as `canbao audit anchor` writes it") from None
    return anchors


def _first_offset(settings: Settings) -> int:
    consumer = Consumer(
        {"bootstrap.servers": settings.kafka_bootstrap, **settings.kafka_client, "group.id": "canbao-reader", "log_level": 0}
    )
    try:
        low, _ = consumer.get_watermark_offsets(TopicPartition(AUDIT, 0), timeout=SECONDS)
        return int(low)
    finally:
        consumer.close()
