"""Pseudonymous keys: what leaves intake in place of a number or a name."""

import hmac

import msgspec

from processors.identity.kinds import Identifier
from processors.identity.text import normalise_name

SEPARATOR = b"\x1f"
PERSON_KEY_BYTES = 17
NAME_KEY_BYTES = 8
SERIAL_KEY_BYTES = 8


class KeyMaker(msgspec.Struct, frozen=True):
    """Keyed hashes under one pepper.

    The space of identity numbers is small enough to enumerate, so a plain hash would be reversible: every key needs the secret pepper. The
    version byte in front of a person key names the pepper, so two may live side by side while a city changes it.
    """

    version: int  # 1..255
    pepper: bytes
    variants: dict[int, str]  # variant characters of names, as str.translate takes them

    def __repr__(self) -> str:
        """The version only: the pepper is a secret."""
        return f"KeyMaker(version={self.version})"

    def person_key(self, identifier: Identifier) -> bytes:
        """17 bytes: version, then 16 bytes of HMAC-SHA-256(pepper, kind ‖ 0x1F ‖ issuing country ‖ 0x1F ‖ number). The Kafka key."""
        message = f"{identifier.kind}\x1f{identifier.country}\x1f{identifier.number}".encode()
        return bytes((self.version,)) + hmac.digest(self.pepper, message, "sha256")[:16]

    def name_key(self, name: str) -> bytes:
        """8 bytes of HMAC over the normalised name; empty for an empty name. Two spellings of one name give one key."""
        normal = normalise_name(name, self.variants)
        return hmac.digest(self.pepper, b"name\x1f" + normal.encode(), "sha256")[:NAME_KEY_BYTES] if normal else b""

    def serial_key(self, purpose: str, serial: str) -> bytes:
        """8 bytes of HMAC over a card serial or an account number, apart for each purpose."""
        return hmac.digest(self.pepper, purpose.encode() + SEPARATOR + serial.encode(), "sha256")[:SERIAL_KEY_BYTES]
