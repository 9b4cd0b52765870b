"""How an identity rests: content under a data key of its own, the data key under the key-encryption key, which is never in Kafka.

    canbao.identities      person                 -> envelope(data key, [kind, country, number, name])
    canbao.identity-keys   person ‖ data key id   -> envelope(key-encryption key, data key)

Every writing of an identity has a new data key under a new id, so two feeds that write the same person at once cannot lose one another's key.
"""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct, msgpack

from schemas.look_ups import Identity
from streams.sealing import Sealer, SealError, key_list, key_of, sealed_under
from streams.setting_forms import KEY_BYTES
from streams.settings import Settings, SettingsError

PERSON_BYTES = 17
DATA_KEY_ID_BYTES = 8
DERIVED = "derived"


class Sealed(Struct, frozen=True):
    """What is sent for one identity."""

    key_row: bytes
    wrapped: bytes
    envelope: bytes


_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(Identity).decode


class Envelopes:
    """Seals identities and opens them. `ring` holds the key-encryption keys; `profile` as CANBAO_CIPHER."""

    def __init__(self, ring: Sealer, profile: str) -> None:
        self.ring, self._profile = ring, profile

    def seal(self, person: bytes, identity: Identity) -> Sealed:
        """The identity under a new data key."""
        data_key, data_key_id = os.urandom(KEY_BYTES), os.urandom(DATA_KEY_ID_BYTES)
        row = person + data_key_id
        name = data_key_id.hex()
        envelope = Sealer({name: data_key}, name, self._profile).seal(_encode(identity), person)
        return Sealed(row, self.ring.seal(data_key, row), envelope)

    def open(self, person: bytes, envelope: bytes, wrapped: bytes) -> Identity:
        """The identity behind an envelope and its wrapped data key; SealError where they don't belong together or a key is not given."""
        row = key_row(person, envelope)
        data_key = self.ring.open(wrapped, row)
        name = sealed_under(envelope)
        return _decode(Sealer({name: data_key}, name, self._profile).open(envelope, person))

    def rewrap(self, row: bytes, wrapped: bytes) -> bytes | None:
        """The data key under the current key-encryption key; None where it is already."""
        if sealed_under(wrapped) == self.ring.key_id:
            return None
        return self.ring.seal(self.ring.open(wrapped, row), row)


def key_row(person: bytes, envelope: bytes) -> bytes:
    """The key of the row that holds an envelope's data key."""
    try:
        return person + bytes.fromhex(sealed_under(envelope))
    except ValueError:
        raise SealError("an envelope of another kind: not under a data key") from None


def envelopes_of(settings: Settings) -> Envelopes:
    """The vault's keys of a process; SettingsError where they are missing or the current one is not among them."""
    variable, text = "CANBAO_VAULT_KEYS", settings.vault_keys.get_secret_value()
    if settings.vault_keys_file is not None:
        variable = "CANBAO_VAULT_KEYS_FILE"
        try:
            text = settings.vault_keys_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}: cannot be read ({type(error).__name__})") from None
    keys = {**_derived(settings), **key_list(variable, text)}
    if not keys:
        raise SettingsError("CANBAO_VAULT_KEYS: is missing, and so is CANBAO_SEAL_KEY, from which one would be derived")
    current = settings.vault_key_id or next(reversed(keys))
    if current not in keys:
        raise SettingsError(f"CANBAO_VAULT_KEY_ID: no such key among those given: {', '.join(keys)}")
    return Envelopes(Sealer(keys, current, settings.cipher), settings.cipher)


def _derived(settings: Settings) -> dict[str, bytes]:
    """A key for a city that has set none yet; it opens still after others are set, so that `rotate-kek` can leave it behind."""
    text = settings.seal_key.get_secret_value()
    if not text:
        return {}
    return {DERIVED: HKDF(hashes.SHA256(), KEY_BYTES, None, b"canbao identity vault").derive(key_of("CANBAO_SEAL_KEY", text))}
