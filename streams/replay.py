"""Sending dead letters back, for the command line and the workbench: choose, write down, send, mark."""

import itertools
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Producer
from msgspec import Struct

from schemas.topics import DEAD_LETTERS
from streams.letters import SENT_BACK, Letter, beside_letters, open_letter, read_letters
from streams.sealing import Sealer
from streams.settings import Settings

SECONDS = 30.0
REPLAYED_FROM = "canbao_replayed_from"
LETTERS_MAX = 10_000
"""In one replay; what is left waits for the next."""


class Chosen(Struct, frozen=True, kw_only=True):
    """Which letters go back: those of a feed and code that wait, or single ones by `refs`.

    `again`: also those that went back already. `through`: partition → last offset, none behind it; empty: all there are.
    """

    feed: str = ""
    code: str = ""
    refs: frozenset[str] = frozenset()
    again: bool = False
    through: Mapping[int, int] = {}
    limit: int = LETTERS_MAX


def replay(settings: Settings, sealer: Sealer, chosen: Chosen, write_down: Callable[[int], None]) -> int:
    """Send originals back to the topic and partition they came from; how many.

    A repeat is harmless: versions are of the source row, not of the position.

    Args:
        settings: of a principal that may read and mark dead letters and write feeds.
        sealer: opens them.
        chosen: which ones.
        write_down: told how many before anything is sent; what it raises ends it.

    Raises:
        ConnectionError: the brokers did not take them all; those without a mark still wait.
        SealError: one was sealed under a key that is not given.
    """
    letters = _choose(settings, chosen)  # all read before the first goes back: what fails again is another letter
    write_down(len(letters))
    _send(settings, sealer, letters)
    return len(letters)


def _choose(settings: Settings, chosen: Chosen) -> list[Letter]:
    skipped = frozenset[str]() if chosen.again or chosen.refs else beside_letters(settings).sent_back

    def wanted(letter: Letter) -> bool:
        partition, offset = letter.position
        inside = not chosen.through or offset <= chosen.through.get(partition, -1)
        return inside and letter.ref not in skipped and (not chosen.refs or letter.ref in chosen.refs)

    found = (letter for letter in read_letters(settings, chosen.feed, chosen.code) if wanted(letter))
    return list(itertools.islice(found, chosen.limit))


def _send(settings: Settings, sealer: Sealer, letters: Sequence[Letter]) -> None:
    """Originals first; marks once the brokers have every original."""
    producer = Producer(
        {"bootstrap.servers": settings.kafka_bootstrap, "enable.idempotence": True, "message.max.bytes": 12 << 20, **settings.kafka_client}
    )
    failed: list[str] = []
    for letter in letters:
        original = open_letter(letter, sealer)
        headers: list[tuple[str, str | bytes | None]] = [*original.headers, (REPLAYED_FROM, letter.ref.encode())]
        producer.produce(
            letter.fields["topic"],
            original.value,
            original.key,
            partition=letter.fields["partition"],
            headers=headers,
            on_delivery=lambda error, _message: failed.append(str(error)) if error else None,
        )
        producer.poll(0)
    _flushed(producer, failed, len(letters), "records")
    for letter in letters:
        producer.produce(
            DEAD_LETTERS,
            None,
            letter.fields["feed"].encode(),
            partition=letter.position[0],
            headers=[(SENT_BACK, letter.ref.encode())],
            on_delivery=lambda error, _message: failed.append(str(error)) if error else None,
        )
        producer.poll(0)
    _flushed(producer, failed, len(letters), "marks")


def _flushed(producer: Producer, failed: Sequence[str], count: int, what: str) -> None:
    left = producer.flush(SECONDS)
    if left or failed:
        raise ConnectionError(f"{left + len(failed)} of {count} {what} were not taken: {failed[0] if failed else 'time-out'}")
