"""Sealed bytes: AES-256-GCM envelopes for dead letters and identities, the only places where a number or a name rests.

Envelope: version 1, length of the key id, key id (ASCII), nonce (12 bytes), ciphertext with tag. What the bytes belong to (a person key, a
position) is authenticated with them, so an envelope cannot be moved to another record.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from streams.settings import Settings, SettingsError

VERSION = 1
NONCE_BYTES = 12
KEY_BYTES = 32
HEAD_BYTES = 2


class SealError(ValueError):
    """An envelope that cannot be opened: not one of ours, another key, or altered. Never shows content."""


class Sealer:
    """Seals under one key and opens under every key it is given."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        for name, key in keys.items():
            if len(key) != KEY_BYTES:
                raise SealError(f"seal key {name} must have {KEY_BYTES} bytes")
        self.key_id = current
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._head = bytes((VERSION, len(current))) + current.encode("ascii")

    def __repr__(self) -> str:
        """The key's name only."""
        return f"Sealer(key_id={self.key_id!r})"

    def seal(self, content: bytes, belongs_to: bytes) -> bytes:
        """The envelope of `content`, bound to what it belongs to."""
        nonce = os.urandom(NONCE_BYTES)
        return self._head + nonce + self._ciphers[self.key_id].encrypt(nonce, content, belongs_to)

    def open(self, envelope: bytes, belongs_to: bytes) -> bytes:
        """The content of an envelope.

        Raises:
            SealError: the reason, without content.
        """
        if len(envelope) < HEAD_BYTES or envelope[0] != VERSION:
            raise SealError("not a sealed envelope of a version known here")
        start = HEAD_BYTES + envelope[1]
        name = envelope[HEAD_BYTES:start].decode("ascii", "replace")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise SealError(f"sealed under key {name!r}, which is not given here; given: {', '.join(self._ciphers)}")
        try:
            return cipher.decrypt(envelope[start : start + NONCE_BYTES], envelope[start + NONCE_BYTES :], belongs_to)
        except (InvalidTag, ValueError):
            raise SealError("the envelope was altered, or belongs to another record") from None


def sealer_of(settings: Settings) -> Sealer:
    """The sealer of a process; SettingsError where the key is missing or has another length."""
    text = settings.seal_key.get_secret_value()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError("CANBAO_SEAL_KEY: must be 64 hexadecimal digits (AES-256)")
    return Sealer({settings.seal_key_id: key}, settings.seal_key_id)
