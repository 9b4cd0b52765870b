"""Reading the vault's topics. A person's identity is found by reading its partition whole: a look-up is rare, an index would be one more copy."""

from collections.abc import Callable, Iterable

from schemas import restrictions
from schemas.look_ups import Identity
from schemas.restrictions import Restriction
from schemas.topics import IDENTITIES, IDENTITY_KEYS, RESTRICTIONS
from streams.engine.partitioner import partition_of
from streams.reading import TopicReader
from streams.settings import Settings
from streams.vault.envelopes import DATA_KEY_ID_BYTES, PERSON_BYTES, Envelopes, key_row

Only = Callable[[int], int] | None


def read_restrictions(settings: Settings) -> dict[bytes, Restriction]:
    """Every restricted person. Whoever shows or hands on data of a person asks here first."""
    found = {}
    with TopicReader(settings, RESTRICTIONS) as topic:
        for chunk in topic.whole():
            for message in chunk:
                key, value = message.key(), message.value()
                if isinstance(key, bytes) and isinstance(value, bytes):
                    found[key] = restrictions.decode(value)
    return found


def read_identities(settings: Settings, envelopes: Envelopes, persons: Iterable[bytes]) -> dict[bytes, Identity]:
    """What stands behind these persons; one without envelope or data key is left out. One person: its partition only."""
    wanted = set(persons)
    only = _partition(next(iter(wanted))) if len(wanted) == 1 else None
    sealed = newest(settings, IDENTITIES, only, lambda key: key in wanted)
    rows = {key_row(person, envelope): person for person, envelope in sealed.items()}
    wrapped = newest(settings, IDENTITY_KEYS, only, lambda key: key in rows)
    return {rows[row]: envelopes.open(rows[row], sealed[rows[row]], data_key) for row, data_key in wrapped.items()}


def read_data_keys(settings: Settings, person: bytes | None) -> dict[bytes, bytes]:
    """Wrapped data keys by their rows: of one person, or all."""
    if person is None:
        return newest(settings, IDENTITY_KEYS, None, lambda key: len(key) == PERSON_BYTES + DATA_KEY_ID_BYTES)
    return newest(settings, IDENTITY_KEYS, _partition(person), lambda key: key.startswith(person))


def newest(settings: Settings, topic: str, only: Only, wanted: Callable[[bytes], bool]) -> dict[bytes, bytes]:
    """The newest value of every wanted key that has one."""
    found: dict[bytes, bytes] = {}
    with TopicReader(settings, topic, only) as reader:
        for chunk in reader.whole():
            for message in chunk:
                key, value = message.key(), message.value()
                if not isinstance(key, bytes) or not wanted(key):
                    continue
                if isinstance(value, bytes):
                    found[key] = value
                else:
                    found.pop(key, None)
    return found


def _partition(person: bytes) -> Callable[[int], int]:
    return lambda partitions: partition_of(person, partitions)
