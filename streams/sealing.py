"""Sealed bytes: AEAD envelopes for dead letters and identities, the only places where a number or a name rests.

Envelope: version, length of the key id, key id (ASCII), nonce (12 bytes), ciphertext with tag. Version 1 is AES-256-GCM, 2 SM4-GCM (GB/T 32907,
GB/T 36624). What the bytes belong to (a person key, a position) is authenticated with them, so an envelope can't be moved to another record.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from streams.setting_forms import KEY_BYTES, key_bytes, key_ring
from streams.settings import Settings, SettingsError

VERSIONS = {"AES-256-GCM": 1, "SM4-GCM": 2}
PROFILES = {version: profile for profile, version in VERSIONS.items()}
NONCE_BYTES = 12
TAG_BYTES = 16
SM4_BYTES = 16
HEAD_BYTES = 2


class SealError(ValueError):
    """An envelope that cannot be opened: not one of ours, another key, or altered. Never shows content."""


class Sm4Gcm:
    """SM4 in GCM with the interface of AESGCM. Its 16-byte key is derived from the 32 bytes by HKDF with SM3."""

    def __init__(self, key: bytes) -> None:
        self._key = HKDF(hashes.SM3(), SM4_BYTES, None, b"canbao sm4-gcm").derive(key)

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """Ciphertext and tag."""
        work = Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(associated)
        return work.update(data) + work.finalize() + work.tag

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """The content; InvalidTag or ValueError where it was altered."""
        work = Cipher(algorithms.SM4(self._key), modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
        work.authenticate_additional_data(associated)
        return work.update(data[:-TAG_BYTES]) + work.finalize()


CIPHERS: dict[str, type[AESGCM | Sm4Gcm]] = {"AES-256-GCM": AESGCM, "SM4-GCM": Sm4Gcm}


class Sealer:
    """Seals under one key and profile, and opens under every key it is given, whichever profile sealed."""

    def __init__(self, keys: Mapping[str, bytes], current: str, profile: str = "AES-256-GCM") -> None:
        for name, key in keys.items():
            if len(key) != KEY_BYTES:
                raise SealError(f"seal key {name} must have {KEY_BYTES} bytes")
        self.key_id = current
        self._keys = dict(keys)
        self._ciphers: dict[tuple[int, str], AESGCM | Sm4Gcm] = {}
        self._version = VERSIONS[profile]
        self._head = bytes((self._version, len(current))) + current.encode("ascii")

    def __repr__(self) -> str:
        """The key's name only."""
        return f"Sealer(key_id={self.key_id!r})"

    def seal(self, content: bytes, belongs_to: bytes) -> bytes:
        """The envelope of `content`, bound to what it belongs to."""
        nonce = os.urandom(NONCE_BYTES)
        return self._head + nonce + self._cipher(self._version, self.key_id).encrypt(nonce, content, belongs_to)

    def open(self, envelope: bytes, belongs_to: bytes) -> bytes:
        """The content of an envelope.

        Raises:
            SealError: the reason, without content.
        """
        name = sealed_under(envelope)
        if name not in self._keys:
            raise SealError(f"sealed under key {name!r}, which is not given here; given: {', '.join(self._keys)}")
        start = HEAD_BYTES + envelope[1]
        cipher = self._cipher(envelope[0], name)
        try:
            return cipher.decrypt(envelope[start : start + NONCE_BYTES], envelope[start + NONCE_BYTES :], belongs_to)
        except (InvalidTag, ValueError):
            raise SealError("the envelope was altered, or belongs to another record") from None

    def _cipher(self, version: int, name: str) -> "AESGCM | Sm4Gcm":
        if (version, name) not in self._ciphers:
            self._ciphers[version, name] = CIPHERS[PROFILES[version]](self._keys[name])
        return self._ciphers[version, name]


def sealed_under(envelope: bytes) -> str:
    """The id of the key that sealed an envelope; SealError where it is none."""
    if len(envelope) < HEAD_BYTES or envelope[0] not in PROFILES:
        raise SealError("not a sealed envelope of a version known here")
    return envelope[HEAD_BYTES : HEAD_BYTES + envelope[1]].decode("ascii", "replace")


def sealer_of(settings: Settings) -> Sealer:
    """The sealer of dead letters of a process, with older keys that still open; SettingsError where a key is missing or has another length."""
    text = settings.seal_key.get_secret_value()
    older = key_list("CANBAO_SEAL_KEYS_OLDER", settings.seal_keys_older.get_secret_value())
    return Sealer({**older, settings.seal_key_id: key_of("CANBAO_SEAL_KEY", text)}, settings.seal_key_id, settings.cipher)


def target_sealer(settings: Settings) -> Sealer:
    """The sealer of the targets' signing secrets, under a key of its own: who sends webhooks opens no dead letter."""
    older = key_list("CANBAO_TARGET_KEYS_OLDER", settings.target_keys_older.get_secret_value())
    key = key_of("CANBAO_TARGET_KEY", settings.target_key.get_secret_value())
    return Sealer({**older, settings.target_key_id: key}, settings.target_key_id, settings.cipher)


def key_of(variable: str, text: str) -> bytes:
    """A key from its hexadecimal form; SettingsError names the variable, never the value."""
    try:
        return key_bytes(text)
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from None


def key_list(variable: str, text: str) -> dict[str, bytes]:
    """Keys of a text of words id:hexadecimal, separated by blanks, commas or line ends; SettingsError names the variable, never a value."""
    try:
        return key_ring(text)
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from None
