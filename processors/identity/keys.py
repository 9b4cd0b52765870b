"""Pseudonymous keys: what leaves intake in place of a number or a name."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from processors.identity.keyed_hash import KeyedHash
from processors.identity.kinds import Identifier
from processors.identity.text import normalise_name

PERSON_KEY_BYTES = 17
NAME_KEY_BYTES = 8
SERIAL_KEY_BYTES = 8
NAMES_KEPT = 65_536


class KeyMaker:
    """Keyed hashes under one pepper.

    The space of identity numbers is small enough to enumerate, so a plain hash would be reversible: every key needs the secret pepper. The
    version byte in front of a person key names the pepper, so two may live side by side while a city changes it.

    Args:
        version: 1..255.
        pepper: the secret.
        variants: variant characters of names, as str.translate takes them.
    """

    __slots__ = ("_digest", "_version_byte", "name_key", "version")

    def __init__(self, version: int, pepper: bytes, variants: Mapping[int, str]) -> None:
        digest = KeyedHash(pepper).digest
        self.version = version
        self._version_byte = bytes((version,))
        self._digest = digest

        def name_key(name: str) -> bytes:
            """8 bytes of HMAC over the normalised name; empty for an empty name. Two spellings of one name give one key."""
            normal = normalise_name(name, variants)
            return digest(b"name\x1f" + normal.encode())[:NAME_KEY_BYTES] if normal else b""

        self.name_key: Callable[[str], bytes] = lru_cache(NAMES_KEPT)(name_key)

    def __repr__(self) -> str:
        """The version only: the pepper is a secret."""
        return f"KeyMaker(version={self.version})"

    def person_key(self, identifier: Identifier) -> bytes:
        """17 bytes: version, then 16 bytes of HMAC-SHA-256(pepper, kind ‖ 0x1F ‖ issuing country ‖ 0x1F ‖ number). The Kafka key."""
        message = "\x1f".join((identifier.kind, identifier.country, identifier.number))  # noqa: FLY002 - formatting an enum costs more
        return self._version_byte + self._digest(message.encode())[:16]

    def serial_key(self, purpose: str, serial: str) -> bytes:
        """8 bytes of HMAC over a card serial or an account number, apart for each purpose."""
        return self._digest(f"{purpose}\x1f{serial}".encode())[:SERIAL_KEY_BYTES]
