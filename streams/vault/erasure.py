"""Erasing a person's identity, and a new key above all data keys. Both run under one transactional id: the later fences the earlier.

Erasure destroys the data keys (tombstones on canbao.identity-keys, gone from disk within a day), so that every copy of the envelope is shredded,
in backups too; it marks the person as restricted, and tells the people stage, in the same transaction.
"""

import time
from collections.abc import Callable

from confluent_kafka import Producer

from schemas.events import FORMAT, Command
from schemas.events import encode as encode_message
from schemas.restrictions import RESTRICT, Restriction
from schemas.restrictions import encode as encode_mark
from schemas.topics import EVENTS, IDENTITIES, IDENTITY_KEYS, RESTRICTIONS
from streams.engine.clients import LIBRDKAFKA_LOG
from streams.engine.partitioner import partition_of
from streams.settings import Settings
from streams.vault.envelopes import PERSON_BYTES, Envelopes
from streams.vault.reading import read_data_keys

SECONDS = 30.0
SECOND_LOOK_SECONDS = 2.0
LOOKS_MAX = 5
ROWS_A_TRANSACTION = 5_000


class StillWrittenError(RuntimeError):
    """Data keys of the person came again and again: an intake does not honour the restriction."""


def erase(settings: Settings, person: bytes, mark: Restriction, wait: Callable[[float], None] = time.sleep) -> int:
    """Shred what stands behind a person and restrict the person; returns how many data keys were destroyed. A repeat is harmless.

    An intake that had not read the mark yet may write the person once more: it is looked for again until nothing comes.
    """
    producer = _producer(settings)
    data_keys = _shred(settings, producer, person, mark)
    for _ in range(LOOKS_MAX):
        wait(SECOND_LOOK_SECONDS)
        if not read_data_keys(settings, person):
            return data_keys
        data_keys += _shred(settings, producer, person, mark)
    raise StillWrittenError(
        f"data keys of the person came again after {LOOKS_MAX} looks: an intake does not honour the restriction; is it of this release? "
        "The person is restricted; erase again once that intake has ended"
    )


def rotate(settings: Settings, envelopes: Envelopes, progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Wrap every data key under the current key-encryption key; returns (wrapped anew, data keys in all). Interrupted: run it again."""
    producer = _producer(settings)
    partitions = _partitions(producer)
    rows = read_data_keys(settings, None)
    changed = 0
    for start in range(0, len(rows), ROWS_A_TRANSACTION):
        part = list(rows.items())[start : start + ROWS_A_TRANSACTION]
        again = [(row, new) for row, wrapped in part if (new := envelopes.rewrap(row, wrapped)) is not None]
        if again:
            producer.begin_transaction()
            for row, wrapped in again:
                producer.produce(IDENTITY_KEYS, wrapped, row, partition=partition_of(row[:PERSON_BYTES], partitions))
            producer.commit_transaction(SECONDS)
        changed += len(again)
        progress(min(start + ROWS_A_TRANSACTION, len(rows)), len(rows))
    return changed, len(rows)


def _shred(settings: Settings, producer: Producer, person: bytes, mark: Restriction) -> int:
    rows = read_data_keys(settings, person)
    partition = partition_of(person, _partitions(producer))
    producer.begin_transaction()
    for row in rows:
        producer.produce(IDENTITY_KEYS, None, row, partition=partition)
    producer.produce(IDENTITIES, None, person, partition=partition)
    producer.produce(RESTRICTIONS, encode_mark(mark), person)
    producer.produce(EVENTS, encode_message(Command(FORMAT, RESTRICT, person, "")), person, partition=partition)
    producer.commit_transaction(SECONDS)
    return len(rows)


def _partitions(producer: Producer) -> int:
    """As the cluster has them, not as a setting of this command says."""
    return len(producer.list_topics(IDENTITY_KEYS, timeout=SECONDS).topics[IDENTITY_KEYS].partitions)


def _producer(settings: Settings) -> Producer:
    """One at a time on the whole cluster: whoever starts later fences the earlier one, so a rotation cannot bring back what is erased."""
    producer = Producer(
        {
            "bootstrap.servers": settings.kafka_bootstrap,
            "client.id": "canbao-vault",
            "transactional.id": "canbao-re-identification-vault",
            "partitioner": "murmur2_random",
            **settings.kafka_client,
        },
        logger=LIBRDKAFKA_LOG,
    )
    producer.init_transactions(SECONDS)
    return producer
