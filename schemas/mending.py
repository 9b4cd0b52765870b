"""Refused records that wait and feeds that stand, as a page shows and mends them. A page asks; `streams.mending` answers. Never a value of a record."""

from msgspec import Struct


class LetterPlace(Struct, frozen=True):
    """Where one dead letter and its original rest, and the field at fault by name. `at_ms`: Kafka time of the original."""

    ref: str
    original: str
    field: str
    at_ms: int


class WaitingLetters(Struct, frozen=True):
    """Dead letters of one feed and code that were not sent back yet.

    `through`: what stood when it was read, as partition:offset words; a replay goes no further, so it sends what somebody looked at.
    """

    feed: str
    code: str
    count: int
    first_ms: int
    last_ms: int
    newest: list[LetterPlace]
    through: str


class Halt(Struct, frozen=True):
    """A feed that is told to wait: why (CB-nnn), and the record at which its brake tripped."""

    feed: str
    reason: str
    place: str


class Mendable(Struct, frozen=True):
    """What waits, by feed and code, and what stands. `whole`: false where there is more than was counted."""

    letters: list[WaitingLetters]
    halts: list[Halt]
    whole: bool = True


class MendingDownError(ConnectionError):
    """Dead letters, control rows or feeds could not be read or written: try again, a repeat is harmless."""
