"""The workload that every peer runs: events of many keys, a small state per key, an alert on every second event of a key.

Event: JSON with the ten fields of `Event`; its Kafka key is `key_of`. State of a key: n, last, total, periods, pos, open (`State`).
Alert: key as the event's, value `key:n:seq`; n is the key's count of events, seq the number of the event that caused it.
"""

import msgspec
from confluent_kafka import Producer

KEYS = 50_000


class Event(msgspec.Struct):
    """One contribution as a source sends it."""

    event_id: str
    person_id: str
    kind: str
    scheme: str
    period: str
    division: str
    amount: float
    source: str
    seq: int
    ts: int


class State(msgspec.Struct, array_like=True):
    """What is kept of a key: events seen, last seq, sum of amounts, periods seen, last seq by source, periods with an open alert."""

    n: int = 0
    last: int = 0
    total: float = 0.0
    periods: list[str] = []
    pos: dict[str, int] = {}
    open: list[str] = []


def key_of(number: int, keys: int) -> bytes:
    """Kafka key of event `number`: keys take turns."""
    return b"%018d" % (number % keys)


def event(number: int, keys: int) -> bytes:
    """Event `number` as JSON."""
    key = key_of(number, keys).decode()
    return msgspec.json.encode(
        Event(f"{number:036d}", key, "contribution", "110", "2026-10", "370102", 123.45, "tax", number, 1_795_463_651_933 + number)
    )


def events_of(key: int, events: int, keys: int) -> int:
    """How many of the first `events` events are of key number `key`."""
    return events // keys + (key < events % keys)


def expected_alerts(events: int, keys: int) -> int:
    """Alerts that the first `events` events cause."""
    rounds, rest = divmod(events, keys)
    return rest * ((rounds + 1) // 2) + (keys - rest) * (rounds // 2)


def fill(bootstrap: str, topic: str, events: int, keys: int) -> None:
    """Write the backlog, each key where the JVM's clients would put it."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "linger.ms": 20,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for number in range(events):
        while True:
            try:
                producer.produce(topic, event(number, keys), key_of(number, keys))
                break
            except BufferError:
                producer.poll(0.1)
        if number % 10_000 == 0:
            producer.poll(0)
    if producer.flush(120):
        raise RuntimeError(f"{topic}: the backlog was not written within 120 s")
