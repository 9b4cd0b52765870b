"""A person whose handling failed: the mark, the messages kept raw, and taking them up again.

A bug in a rule or in apply concerns one person. Its changes are discarded by the caller, the event is kept, and everyone else goes on.
"""

from typing import Protocol

from processors.person.person import Person
from processors.person.state import QUARANTINE, WakeEntry, encode, head_key
from processors.rules.model import CALENDAR
from schemas.events import Facts
from schemas.events import decode as decode_message
from schemas.events import encode as encode_message

RELEASED_AT_ONCE_MAX = 10_000


class _Rows(Protocol):
    def get(self, key: bytes) -> bytes | None: ...
    def put(self, key: bytes, value: bytes) -> None: ...
    def delete(self, key: bytes) -> None: ...
    def scan(self, prefix: bytes, limit: int, start: bytes | None = None) -> list[tuple[bytes, bytes]]: ...


def kept_prefix(person: bytes) -> bytes:
    """Key prefix of the messages kept for a person."""
    return QUARANTINE + person


def keep_raw(rows: _Rows, person: Person, message: Facts) -> None:
    """Keep a message of a quarantined person, one row each, in log order of its feed position."""
    position = message.feed.encode() + b"\x00" + message.feed_partition.to_bytes(4, "big") + message.offset.to_bytes(8, "big")
    rows.put(kept_prefix(person.key) + position, encode_message(message))


def quarantine(rows: _Rows, key: bytes, code: str, message: Facts | None = None) -> None:
    """Mark a person after a failure; its wakes rest until it is taken up again. `message` is kept where one failed."""
    person = Person(key, rows.get)
    person.head.quarantined = code
    person.head.wakes = []
    if message is not None:
        keep_raw(rows, person, message)
    rows.put(head_key(key), encode(person.head))


def release(rows: _Rows, key: bytes) -> list[Facts]:
    """Take the mark away and give back the messages that were kept, to be handled again."""
    person = Person(key, rows.get)
    if not person.head.quarantined:
        return []
    kept = rows.scan(kept_prefix(key), RELEASED_AT_ONCE_MAX)
    for kept_key, _ in kept:
        rows.delete(kept_key)
    person.head.quarantined = ""
    person.head.wakes = [WakeEntry("*", CALENDAR, 1)]
    rows.put(head_key(key), encode(person.head))
    return [message for _, raw in kept if isinstance(message := decode_message(raw), Facts)]
