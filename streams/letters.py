"""Dead letters as the command line and the workbench read them. One that was sent back is followed by a mark without a value."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from confluent_kafka import Message
from msgspec import Struct, msgpack

from schemas.topics import DEAD_LETTERS
from schemas.wire import NotAvroError, Reader, UnknownSchemaError
from streams.agents.dead_letters import belongs_to
from streams.reading import TopicReader
from streams.registry import reader_for
from streams.sealing import Sealer
from streams.settings import Settings

SENT_BACK = "canbao_sent_back"
"""Header of a mark: the reference of the letter that went back."""


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

    @property
    def position(self) -> tuple[int, int]:
        """Partition and offset of the letter itself."""
        return position_of(self.ref)


class Mark(Struct, frozen=True):
    """A letter went back to its topic."""

    ref: str


class Unreadable(Struct, frozen=True):
    """A record in `canbao.dead-letters` that is no letter this release can decode, and no mark."""

    ref: str


class Opened(Struct, frozen=True):
    """The original record of a letter. Personal data."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Opened()"


def position_of(ref: str) -> tuple[int, int]:
    """Partition and offset of a reference."""
    partition, _, offset = ref.partition(":")
    return int(partition), int(offset)


def read_topic(settings: Settings) -> Iterator[Letter | Mark | Unreadable]:
    """Letters, marks and what is neither, oldest first within a partition: a mark comes behind its letter."""
    reader = reader_for("dead_letter", settings)
    with TopicReader(settings, DEAD_LETTERS) as topic:
        for chunk in topic.whole():
            for message in chunk:
                yield _mark(message) if message.value() is None else _letter(message, reader)


def read_letters(settings: Settings, feed: str = "", code: str = "") -> Iterator[Letter]:
    """All dead letters, sent back or not, of one feed or code where these are given."""
    for one in read_topic(settings):
        if isinstance(one, Letter) and feed in {"", one.fields["feed"]} and code in {"", one.fields["code"]}:
            yield one


class Beside(NamedTuple):
    """What the topic holds beside letters: references of those that went back, and of records that cannot be read."""

    sent_back: frozenset[str]
    unreadable: tuple[str, ...]


def beside_letters(settings: Settings) -> Beside:
    """What the topic holds beside letters."""
    marks, unreadable = set[str](), []
    for one in read_topic(settings):
        if isinstance(one, Mark):
            marks.add(one.ref)
        elif isinstance(one, Unreadable):
            unreadable.append(one.ref)
    return Beside(frozenset(marks), tuple(unreadable))


def open_letter(letter: Letter, sealer: Sealer) -> Opened:
    """The original record; SealError where the key is not the one it was sealed with."""
    fields = letter.fields
    place = belongs_to(fields["topic"], fields["partition"], fields["offset"])
    key, value, headers = (
        None if fields[f"sealed_{name}"] is None else sealer.open(fields[f"sealed_{name}"], place + b"|" + name.encode())
        for name in ("key", "value", "headers")
    )
    return Opened(key, value, msgpack.decode(headers, type=list[tuple[str, bytes]]) if headers is not None else [])


def _mark(message: Message) -> Mark | Unreadable:
    header = dict(message.headers() or []).get(SENT_BACK)
    return Mark(header.decode()) if isinstance(header, bytes) else Unreadable(_place(message))


def _letter(message: Message, reader: Reader) -> Letter | Unreadable:
    try:
        return Letter(_place(message), reader.decode(message.value() or b""))
    except (NotAvroError, UnknownSchemaError):
        return Unreadable(_place(message))


def _place(message: Message) -> str:
    return f"{message.partition()}:{message.offset()}"
