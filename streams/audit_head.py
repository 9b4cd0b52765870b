"""Where a writer's chain stands: its last committed record, looked for backwards from the end of the topic."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.audit_record import START, AuditRecordError, decode
from schemas.topics import AUDIT
from streams.settings import Settings

FIRST_WINDOW = 2_000
WIDER = 8
SECONDS = 20.0
CHUNK = 2_000


def find_head(settings: Settings, writer: str) -> tuple[int, bytes]:
    """(sequence, digest) of the writer's last record; (0, START) where it has none.

    Raises:
        KafkaException: the topic could not be read up to its end in time.
    """
    end = _high_watermark(settings)
    reader = _consumer(settings, "read_committed")
    try:
        low, _ = reader.get_watermark_offsets(TopicPartition(AUDIT, 0), timeout=SECONDS)
        window = FIRST_WINDOW
        while True:
            start = max(low, end - window)
            found = _last(reader, start, end, writer.encode())
            if found is not None or start == low:
                return found or (0, START)
            window *= WIDER
    finally:
        reader.close()


def _last(reader: Consumer, start: int, end: int, key: bytes) -> tuple[int, bytes] | None:
    """The last record with a key from `start` up to `end`."""
    found, position, deadline = None, start, time.monotonic() + SECONDS
    reader.assign([TopicPartition(AUDIT, 0, start)])
    while position < end:
        for message in reader.consume(CHUNK, 0.2):
            error = message.error()
            if error is not None and error.name() != "_PARTITION_EOF":
                if error.fatal() or not error.retriable():
                    raise KafkaException(error)
                continue
            position = max(position, int(message.offset() or 0) + (error is None))
            if error is None and message.key() == key:
                try:
                    link = decode(message.value())
                except AuditRecordError:
                    continue
                found = (link.record.sequence, link.digest)
        if time.monotonic() > deadline:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "the audit topic could not be read to its end"))  # noqa: SLF001 - the client's own name for it
    return found


def _high_watermark(settings: Settings) -> int:
    """The end with open transactions: a read_committed client would answer the last stable offset."""
    reader = _consumer(settings, "read_uncommitted")
    try:
        _, high = reader.get_watermark_offsets(TopicPartition(AUDIT, 0), timeout=SECONDS)
        return int(high)
    finally:
        reader.close()


def _consumer(settings: Settings, isolation: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap,
            **settings.kafka_client,
            "group.id": "canbao-reader",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": isolation,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
    )
