"""Dead letters as the command line reads them: list, open, send back."""

from collections.abc import Iterator
from typing import Any

from confluent_kafka import Message, Producer
from msgspec import Struct, msgpack

from schemas.topics import DEAD_LETTERS
from schemas.wire import NotAvroError, Reader, UnknownSchemaError
from streams.agents.dead_letters import belongs_to
from streams.reading import TopicReader
from streams.registry import reader_for
from streams.sealing import Sealer
from streams.settings import Settings

SECONDS = 30.0
REPLAYED_FROM = "canbao_replayed_from"


class Letter(Struct, frozen=True):
    """One dead letter: where it rests, and its fields (sealed ones still sealed)."""

    ref: str  # partition:offset in canbao.dead-letters
    fields: dict[str, Any]

    def __repr__(self) -> str:
        """Place and code only."""
        return f"Letter(ref={self.ref!r}, code={self.fields['code']!r})"

    @property
    def place(self) -> str:
        """Position of the original."""
        return f"{self.fields['topic']}[{self.fields['partition']}]@{self.fields['offset']}"


class Opened(Struct, frozen=True):
    """The original record of a letter. Personal data."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Opened()"


def read_letters(settings: Settings, feed: str = "", code: str = "") -> Iterator[Letter]:
    """All dead letters, oldest first within a partition, of one feed or code where these are given."""
    reader = reader_for("dead_letter", settings)
    with TopicReader(settings, DEAD_LETTERS) as topic:
        for chunk in topic.whole():
            for message in chunk:
                letter = _letter(message, reader)
                if letter is not None and feed in {"", letter.fields["feed"]} and code in {"", letter.fields["code"]}:
                    yield letter


def open_letter(letter: Letter, sealer: Sealer) -> Opened:
    """The original record; SealError where the key is not the one it was sealed with."""
    fields = letter.fields
    place = belongs_to(fields["topic"], fields["partition"], fields["offset"])
    key, value, headers = (
        None if fields[f"sealed_{name}"] is None else sealer.open(fields[f"sealed_{name}"], place + b"|" + name.encode())
        for name in ("key", "value", "headers")
    )
    return Opened(key, value, msgpack.decode(headers, type=list[tuple[str, bytes]]) if headers is not None else [])


def send_back(settings: Settings, letters: Iterator[tuple[Letter, Opened]]) -> int:
    """Send originals to the topic and partition they came from; returns how many the brokers have.

    A repeat is harmless: versions are of the source row, not of the position. ConnectionError where the brokers do not take them all.
    """
    failed: list[str] = []
    producer = Producer(
        {"bootstrap.servers": settings.kafka_bootstrap, "enable.idempotence": True, "message.max.bytes": 12 << 20, **settings.kafka_client}
    )
    sent = 0
    for letter, original in letters:
        headers: list[tuple[str, str | bytes | None]] = [*original.headers, (REPLAYED_FROM, letter.ref.encode())]
        producer.produce(
            letter.fields["topic"],
            original.value,
            original.key,
            partition=letter.fields["partition"],
            headers=headers,
            on_delivery=lambda error, _message: failed.append(str(error)) if error else None,
        )
        producer.poll(0)
        sent += 1
    left = producer.flush(SECONDS)
    if left or failed:
        raise ConnectionError(f"{left + len(failed)} of {sent} records were not taken: {failed[0] if failed else 'time-out'}")
    return sent


def _letter(message: Message, reader: Reader) -> Letter | None:
    value = message.value()
    if not isinstance(value, bytes):
        return None
    try:
        return Letter(f"{message.partition()}:{message.offset()}", reader.decode(value))
    except (NotAvroError, UnknownSchemaError):
        return None
