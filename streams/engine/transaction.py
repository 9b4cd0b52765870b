"""The worker's one transaction at a time, and the order of a commit.

Commit order, which is what makes it exactly once:

1. messages and changelog rows are produced as batches are done; at the commit, each touched partition's header row, last;
2. `flush`: everything is on the brokers; the header's delivery report tells the changelog position that the write set reaches;
3. `send_offsets_to_transaction` with the group's metadata: here a zombie of an earlier generation is refused;
4. `commit_transaction`: messages, rows and source positions become visible together;
5. only then, per partition, one RocksDB WriteBatch: the write set and the position it reaches.

A crash between 4 and 5 costs nothing: the cache is behind its changelog, and the take-over restores the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaException, Producer, TopicPartition

from streams.engine.bounded import Bounded, CallHungError
from streams.engine.clients import Patience, kafka_error
from streams.engine.errors import EndsProcessError, TransactionAbortedError
from streams.engine.faults import Point, reach
from streams.engine.records import Outgoing

Delivered = Callable[[Any, Any], None]


class Transaction:
    """Opens lazily, so that nothing is open while the worker is idle, restoring, rebalancing or retrying."""

    def __init__(self, make: Callable[[], Producer], patience: Patience, call_seconds: float, flush_seconds: float) -> None:
        self._make = make
        self.producer = make()
        self._patience = patience
        self._bounded = Bounded()
        self._call_seconds = call_seconds
        self._flush_seconds = flush_seconds
        self.open = False
        self.rows = 0
        self.places: set[tuple[str, int]] = set()

    def start(self) -> None:
        """Register with the coordinator, fencing an earlier life of this instance; repeated until the broker answers."""
        self._patience.call("init_transactions", lambda: self.producer.init_transactions(self._call_seconds))

    def _renew(self) -> None:
        """Give up a client that hangs: a new one under the same transactional id aborts what the old one left open."""
        self.producer = self._make()
        self.open = False
        self.start()

    def begin(self) -> None:
        """Open a transaction unless one is open."""
        if self.open:
            return
        self._patience.call("begin_transaction", self.producer.begin_transaction)
        self.open, self.rows = True, 0
        self.places.clear()

    def produce(self, message: Outgoing, delivered: Delivered | None = None) -> None:
        """Queue one message in the open transaction.

        Raises:
            TransactionAbortedError: the transaction is lost already.
            EndsProcessError: the message itself is refused, for instance too large.
        """
        args: dict[str, Any] = {"headers": list(message.headers)} if message.headers else {}
        if message.partition is not None:
            args["partition"] = message.partition
            self.places.add((message.topic, message.partition))
        else:
            delivered = self._landed
        if delivered is not None:
            args["on_delivery"] = delivered
        while True:
            try:
                self.producer.produce(message.topic, message.value, message.key, **args)
                break
            except BufferError:
                self.producer.poll(0.05)
            except KafkaException as error:
                raise self._refusal(message.topic, error) from error
        self.rows += 1

    def _landed(self, error: Any, message: Any) -> None:
        """Delivery report of a message sent by key: which partition it went to counts in the fan-out budget."""
        if error is None:
            self.places.add((message.topic(), message.partition()))

    def row(self, changelog: str, key: bytes, value: bytes | None, partition: int) -> None:
        """Queue one changelog row; None is a tombstone."""
        self.produce(Outgoing(changelog, key, value, (), partition))

    @staticmethod
    def _refusal(topic: str, error: KafkaException) -> Exception:
        kafka = kafka_error(error)
        if kafka.name() in {"_STATE", "_PURGE_QUEUE", "_PURGE_INFLIGHT"}:
            return TransactionAbortedError(f"produce to {topic}: {kafka.name()}")
        return EndsProcessError(f"produce to {topic}: {kafka.name()}: {kafka.str()}")

    def serve(self) -> None:
        """Run delivery reports."""
        self.producer.poll(0)

    def commit(self, offsets: list[TopicPartition], metadata: Any) -> float:
        """Steps 2 to 4. Returns the seconds it took.

        Raises:
            TransactionAbortedError: nothing became visible; `abort` and read again.
            EndsProcessError: fenced, fatal, or the outcome is unknown.
        """
        began = time.monotonic()
        reach(Point.PRODUCED)
        self._flush()
        reach(Point.FLUSHED)
        self._send_offsets(offsets, metadata)
        reach(Point.OFFSETS_ACCEPTED)
        self._patience.call("commit_transaction", lambda: self.producer.commit_transaction(self._call_seconds))
        self.open = False
        reach(Point.COMMITTED)
        return time.monotonic() - began

    def _send_offsets(self, offsets: list[TopicPartition], metadata: Any) -> None:
        def send() -> None:
            self.producer.send_offsets_to_transaction(offsets, metadata, self._call_seconds)

        try:
            self._patience.call("send_offsets", lambda: self._bounded.run("send_offsets", send, self._flush_seconds))
        except CallHungError as error:
            self._renew()
            raise TransactionAbortedError(str(error)) from error

    def _flush(self) -> None:
        """Wait until every message has its report; a lost one shows in the next transactional call."""
        self._patience.before()
        deadline = time.monotonic() + self._flush_seconds
        while self.producer.flush(min(1.0, self._call_seconds)):
            self._patience.before()
            if time.monotonic() > deadline:
                raise TransactionAbortedError("flush: messages were not delivered within the message time-out")

    def abort(self) -> None:
        """Drop the open transaction; nothing of it becomes visible."""
        if not self.open:
            return
        self._patience.call("abort_transaction", lambda: self.producer.abort_transaction(self._call_seconds))
        self.open = False
