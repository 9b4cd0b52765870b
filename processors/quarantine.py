"""A person whose handling failed: the mark, the messages kept raw, and taking them up again.

A bug in a rule or in apply concerns one person. Its changes are discarded by the caller, the event is kept, and everyone else goes on.
A head row that cannot be read is kept beside the messages, as it is: a release that reads it again takes it up.
"""

from typing import Protocol

from processors.person.person import Person
from processors.person.state import QUARANTINE, UNREADABLE, Flag, Head, WakeEntry, decode_head, encode, head_key
from processors.rules.model import CALENDAR
from schemas.events import Facts
from schemas.events import decode as decode_message
from schemas.events import encode as encode_message

RELEASED_AT_ONCE = 25
"""Messages that one slice of work takes up again."""


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
    try:
        person = Person(key, rows.get)
    except UNREADABLE:
        person = _set_head_aside(rows, key)
    person.head.quarantined = code
    person.head.wakes = []
    if message is not None:
        keep_raw(rows, person, message)
    rows.put(head_key(key), encode(person.head))


def release(rows: _Rows, key: bytes) -> list[Facts]:
    """Take the mark away and give back messages that were kept, to be handled again: RELEASED_AT_ONCE as long as there are more.

    Raises:
        DecodeError, ValueError: the head or a message still cannot be read.
    """
    head = Person(key, rows.get).head
    if head.quarantined:
        head = _head_again(rows, key, head)
        head.quarantined = ""
        head.wakes = [WakeEntry("*", CALENDAR, 1)]
        rows.put(head_key(key), encode(head))
    kept = rows.scan(kept_prefix(key), RELEASED_AT_ONCE)
    for kept_key, _ in kept:
        rows.delete(kept_key)
    return [message for _, raw in kept if isinstance(message := decode_message(raw), Facts)]


def _head_place(person: bytes) -> bytes:
    """Where a head that cannot be read is kept; no feed's name begins so."""
    return kept_prefix(person) + b"\x00head"


def _set_head_aside(rows: _Rows, key: bytes) -> Person:
    rows.put(_head_place(key), rows.get(head_key(key)) or b"")
    return Person(key, lambda _: None)


def _head_again(rows: _Rows, key: bytes, substitute: Head) -> Head:
    """The head that was set aside, or the one that took its place; a restriction that came meanwhile stays."""
    raw = rows.get(_head_place(key))
    if raw is None:
        return substitute
    head = decode_head(raw)
    head.flags |= substitute.flags & Flag.RESTRICTED
    rows.delete(_head_place(key))
    return head
