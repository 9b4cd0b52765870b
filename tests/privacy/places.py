"""Every place where a running pipeline keeps or says something, as (name, bytes): logs, topics, local stores, Redis, pages of metrics and probes."""

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis
from confluent_kafka import Consumer, Message, TopicPartition
from rocksdict import AccessType, Options, Rdict

from demo.stack import Stack

Place = tuple[str, bytes]
IDENTIFIED = "canbao.feed."
"""Department topics hold numbers and names by design: they are the input, read by intake alone."""
SECONDS = 30.0
UP_SECONDS = 90.0
PATHS = ("/metrics", "/livez", "/readyz", "/", "/table/people", "/router")


def files(folder: Path) -> Iterator[Place]:
    """Every file below a folder as it lies there: logs, RocksDB's files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def rows(folder: Path) -> Iterator[Place]:
    """Every row of every local store: its files are compressed, so the rows are read too. The workers must have ended."""
    for mark in sorted(folder.rglob("CURRENT")):
        store = Rdict(str(mark.parent), Options(raw_mode=True), access_type=AccessType.read_only())
        for key, value in store.items():
            assert isinstance(key, bytes)
            assert isinstance(value, bytes)
            yield f"{mark.parent.relative_to(folder)} row", key + b"\n" + value
        store.close()


def topics(bootstrap: str) -> Iterator[Place]:
    """Key, value and headers of every record of every topic that is not a department's, records of aborted transactions included."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "leak-scan",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_uncommitted",
            "enable.partition.eof": True,
        }
    )
    listed = consumer.list_topics(timeout=SECONDS).topics
    places = [
        TopicPartition(name, number, 0) for name, topic in listed.items() if not name.startswith(IDENTIFIED) for number in topic.partitions
    ]
    yield "names of topics", "\n".join(name for name in listed).encode()
    consumer.assign(places)
    at_end: set[tuple[str | None, int | None]] = set()  # one that is written meanwhile comes to its end more than once
    while len(at_end) < len(places):
        for message in consumer.consume(5_000, 1.0):
            error = message.error()
            if error is not None:
                assert error.name() == "_PARTITION_EOF", error
                at_end.add((message.topic(), message.partition()))
                continue
            heads = b"".join(name.encode() + b"=" + value + b"\n" for name, value in headers(message))
            place = f"{message.topic()}[{message.partition()}]@{message.offset()}"
            yield place, b"\n".join((message.key() or b"", message.value() or b"", heads))
    consumer.close()


def headers(message: Message) -> list[tuple[str, bytes]]:
    """Names and values of a record's headers."""
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    return [(name, value.encode() if isinstance(value, str) else value or b"") for name, value in pairs]


def redis_entries(url: str) -> Iterator[Place]:
    """Every key of Redis with all that is in it."""
    client = redis.Redis.from_url(url)
    readers: dict[bytes, Callable[[bytes], object]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"list": lambda key: client.lrange(key, 0, -1),
        b"stream": client.xrange,
    }
    for key in client.scan_iter(count=1_000):
        kind = client.type(key)
        assert isinstance(kind, bytes)
        yield f"Redis {key[:40]!r}", key + b"\n" + b"\n".join(flat(readers[kind](key)))
    client.close()


def flat(value: object) -> Iterator[bytes]:
    """The bytes in whatever Redis answers."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(name)
            yield from flat(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from flat(inner)
    elif value is not None:
        yield str(value).encode()


def worker_pages(stack: Stack) -> Iterator[Place]:
    """What each worker answers on its port, Faust's own paths included (they give 404)."""
    for name, port in stack.ports.items():
        if name not in stack.workers:
            continue
        for path in PATHS:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
            answer = _asked(stack, connection, path)
            yield f"{name} {path}", str(answer.headers).encode() + answer.read()
            connection.close()


def _asked(stack: Stack, connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    """The answer of a worker, which may have been killed a moment ago and be on its way up."""
    deadline = time.monotonic() + UP_SECONDS
    while True:
        try:
            connection.request("GET", path)
            return connection.getresponse()
        except ConnectionError:
            connection.close()
            stack.check()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
