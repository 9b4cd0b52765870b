"""What every reader of one feed is compiled with."""

import hashlib
import re

from msgspec import Struct

from processors.identity.keys import KeyMaker
from schemas.code_maps import CodeMap
from schemas.divisions import Divisions
from schemas.fact_fields import FieldRule
from schemas.feed_file import Feed
from schemas.kinds import Source

HASH_BYTES = 8
PERSONAL = re.compile(r"[0-9]{15}", re.ASCII)
"""Fifteen digits in a row: no system's own number has them, every identity number and account does."""


class Context(Struct, frozen=True):
    """Tables and keys; `code_maps` is keyed by (source, field, target)."""

    feed: Feed
    keys: KeyMaker
    divisions: Divisions
    code_maps: dict[tuple[Source, str, str], CodeMap]

    def code_map(self, column: str, rule_or_target: FieldRule | str) -> CodeMap:
        """The map of a column; the feed file's check has proved that it is there."""
        target = rule_or_target if isinstance(rule_or_target, str) else rule_or_target.enum.__name__  # type: ignore[union-attr]  # a code field has an enum, as fact_fields says
        return self.code_maps[self.feed.source_code, column, target]


def discreet(text: str, keys: KeyMaker) -> str:
    """A number of a system as it was written; a keyed hash of it where a person's number, an account or a name stands in its place.

    Departments do write such numbers into columns of employers and receipts. A plain hash of one could be found by trying all numbers.
    """
    if text.isascii() and PERSONAL.search(text) is None:
        return text
    return f"?{keys.serial_key('number', text.upper()).hex()}"


def hashed(*parts: str) -> bytes:
    """8 bytes of BLAKE2b over texts that are no personal data, separated so that no two lists of texts meet."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=HASH_BYTES).digest()


def hashed_bytes(*parts: bytes) -> bytes:
    """The same over bytes."""
    return hashlib.blake2b(b"\x1f".join(parts), digest_size=HASH_BYTES).digest()
