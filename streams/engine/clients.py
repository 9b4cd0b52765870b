"""Kafka clients of one worker, each with the settings that the engine's promises rest on, and the classes of their errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from streams.engine.errors import EndsProcessError, TransactionAbortedError
from streams.engine.lost_clients import LostClients
from streams.engine.members import client_id
from streams.engine.spec import EngineSettings
from streams.engine.statistics import Statistics

LIBRDKAFKA_LOG = logging.getLogger("librdkafka")
_FIRST_DELAY_SECONDS = 0.05
_LONGEST_DELAY_SECONDS = 1.0
_FETCH_BYTES = 8 << 20
_READ_BYTES = 2 << 20
"""As the broker keeps them; unpacked they are two or three times as many, and several partitions are read at once."""

FORBIDDEN = frozenset({"TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "_FATAL"})
"""Asking again is of no use: a right is missing, or the client is done for."""

T = TypeVar("T")
MAX_MESSAGE_BYTES = 12 << 20
"""Largest message sent; topics allow the same (a sealed 10 MB record must fit into the dead letters)."""


def _common(settings: EngineSettings, watch: dict[str, Any]) -> dict[str, Any]:
    return {
        "bootstrap.servers": settings.bootstrap,
        "client.id": f"canbao-{settings.instance}",
        "reconnect.backoff.max.ms": 1_000,
        **watch,
        **settings.client,
    }


def group_consumer(settings: EngineSettings, group: str, lost: LostClients, report: Callable[[Statistics], None] | None = None) -> Consumer:
    """The one consumer that is a member of the group; `report` is handed its statistics too."""
    times = settings.timeouts
    config = {
        **_common(settings, lost.watch("the consumer of the group", report)),
        "client.id": client_id(settings),
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": times.session_ms,
        "heartbeat.interval.ms": times.heartbeat_ms,
        "max.poll.interval.ms": times.max_poll_ms,
        "fetch.max.bytes": _FETCH_BYTES,
        "fetch.wait.max.ms": 100,
        "fetch.queue.backoff.ms": 10,
        "queued.min.messages": 20_000,
        "queued.max.messages.kbytes": 32_768,
    }
    if settings.static_member and not settings.embedded:
        config["group.instance.id"] = f"{group}-{settings.instance}"
    return Consumer(config, logger=LIBRDKAFKA_LOG)


def reading_consumer(settings: EngineSettings, group: str, *, committed: bool, watch: dict[str, Any] | None = None) -> Consumer:
    """A consumer that joins no group: committed offsets, watermarks, restore. `committed`: isolation level read_committed.

    `watch`: of `LostClients`; a reader that does not live long goes without.
    """
    config = {
        **_common(settings, watch or {}),
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed" if committed else "read_uncommitted",
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 50,
        "fetch.queue.backoff.ms": 10,
        "fetch.max.bytes": _READ_BYTES,
        "max.partition.fetch.bytes": _READ_BYTES,
        "queued.max.messages.kbytes": 8_192,
    }
    return Consumer(config, logger=LIBRDKAFKA_LOG)


def transactional_producer(settings: EngineSettings, group: str, lost: LostClients) -> Producer:
    """The one producer of the worker; its transactional id fences an earlier life of the same instance."""
    config = {
        **_common(settings, lost.watch("the transactional producer")),
        "transactional.id": f"{group}-{settings.instance}",
        "transaction.timeout.ms": settings.timeouts.transaction_ms,
        "message.timeout.ms": settings.timeouts.message_ms,
        "partitioner": "murmur2_random",
        "linger.ms": settings.linger_ms,
        "compression.type": "none" if settings.embedded else "lz4",
        "batch.size": 262_144,
        "queue.buffering.max.messages": 200_000,
        "queue.buffering.max.kbytes": 262_144,
        "message.max.bytes": MAX_MESSAGE_BYTES,
    }
    return Producer(config, logger=LIBRDKAFKA_LOG)


class Patience:
    """How long a call is repeated: for ever while the worker runs, a while once it is asked to stop.

    `between` is called before each repetition; it returns False when there is no more patience, and does the waiting. `before` is
    called before each attempt: a transactional call may take as long as the broker is away, whatever time-out it is given.
    """

    def __init__(self, between: Callable[[float], bool], before: Callable[[], None]) -> None:
        self._between = between
        self.before = before

    def call(self, what: str, action: Callable[[], T]) -> T:
        """Run a transactional call until it has an outcome.

        Raises:
            TransactionAbortedError: the open transaction must be aborted.
            EndsProcessError: fenced, fatal, or stopped while the outcome is unknown.
        """
        delay = _FIRST_DELAY_SECONDS
        while True:
            self.before()
            try:
                return action()
            except KafkaException as error:
                kafka = kafka_error(error)
                if kafka.txn_requires_abort():
                    raise TransactionAbortedError(f"{what}: {kafka.name()}") from error
                if kafka.fatal() or not kafka.retriable():
                    raise EndsProcessError(f"{what}: {kafka.name()}: {kafka.str()}") from error
                if not self._between(delay):
                    raise EndsProcessError(f"{what}: stopped while its outcome is unknown ({kafka.name()})") from error
                delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


def kafka_error(error: KafkaException) -> KafkaError:
    """The error inside an exception."""
    inner = error.args[0]
    return inner if isinstance(inner, KafkaError) else KafkaError(KafkaError._FAIL, str(inner))  # noqa: SLF001 - the client's own name for it
