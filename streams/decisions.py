"""Sending decisions to `canbao.decisions`, for the page and the command line. Blocking: an asynchronous caller uses `asyncio.to_thread`.

A decision that was sent twice is applied once: the people stage knows it by its id. So a caller who is not told the outcome sends it again,
unchanged. What became of it comes back by its id in `canbao.decision-results` (and in the Redis model).
"""

import threading
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.decision import Decision, decision_message, malformed
from schemas.topics import DECISIONS
from streams.registry import writer_for
from streams.settings import Settings

SEND_SECONDS = 10.0


class DecisionError(ValueError):
    """A decision that has not its form; the message names field and what is allowed, never the value."""


class DecisionNotSentError(ConnectionError):
    """Kafka has not acknowledged the decision: whether it arrived is not known, send the same one again."""


class DecisionProducer:
    """Sends decisions, each acknowledged by all in-sync replicas. Safe to share between threads; one a process."""

    def __init__(self, settings: Settings, send_seconds: float = SEND_SECONDS) -> None:
        self._writer = writer_for(DECISIONS, settings)
        self._seconds = send_seconds
        self._settings = settings
        self._producer: Producer | None = None
        self._lock = threading.Lock()

    def send(self, *decisions: Decision) -> None:
        """Send decisions and wait until they are acknowledged.

        Raises:
            DecisionError: one is malformed; none was sent.
            DecisionNotSentError: the broker did not acknowledge all of them in time.
        """
        for decision in decisions:
            wrong = malformed(decision)
            if wrong is not None:
                raise DecisionError(f"{wrong.field}: allowed: {wrong.allowed}")
        failures: list[KafkaError] = []

        def told(error: KafkaError | None, _message: Message) -> None:
            failures.extend([error] if error is not None else [])

        producer = self._client()
        try:
            for message in [decision_message(self._writer, decision) for decision in decisions]:
                producer.produce(DECISIONS, message.value, message.key, headers=dict(message.headers), on_delivery=told)
            left = producer.flush(self._seconds)
        except (KafkaException, BufferError) as error:
            self._give_up(producer)
            raise DecisionNotSentError("Kafka takes no decisions now") from error
        if left or failures:
            self._give_up(producer)
            raise DecisionNotSentError(_reasons(failures) or "Kafka did not answer in time")

    def _client(self) -> Producer:
        with self._lock:
            if self._producer is None:
                self._producer = Producer(
                    {
                        "bootstrap.servers": self._settings.kafka_bootstrap,
                        "partitioner": "murmur2_random",
                        "enable.idempotence": not self._settings.kafka_embedded,
                        "acks": "all",
                        "linger.ms": 0,
                        "message.timeout.ms": int(self._seconds * 1000),
                        **self._settings.kafka_client,
                    }
                )
            return self._producer

    def _give_up(self, producer: Producer) -> None:
        """The next call asks another client: this one may have lost every broker for good (`streams.engine.lost_clients`)."""
        with self._lock:
            if self._producer is producer:
                self._producer = None


def _reasons(failures: Sequence[KafkaError]) -> str:
    return ", ".join(sorted({failure.name() for failure in failures}))
