"""The writer of the audit topic: one chain a process, entries of one moment in one transaction, nothing acknowledged before the brokers have it."""

import contextlib
import os
import pwd
import queue
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, Self

from confluent_kafka import KafkaException, Producer
from msgspec import msgpack

from schemas.audit import AuditDownError, AuditEntry
from schemas.audit_record import START, AuditRecord, encode
from schemas.topics import AUDIT
from streams.audit_head import find_head
from streams.engine.clients import LIBRDKAFKA_LOG, MAX_MESSAGE_BYTES
from streams.settings import Settings

CALL_SECONDS = 5.0
ANSWER_SECONDS = 30.0
ATTEMPTS = 4
MOST_WAITING = 10_000
MOST_TOGETHER = 500
PARTITION = 0


_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(AuditEntry).decode


class _Waiting(NamedTuple):
    entry: AuditEntry
    done: "Future[None]"


class KafkaAudit:
    """`schemas.audit.Audit` on Kafka. `writer` names the chain: lasting and of one process only; a second one with the same name fences the first.

    Args:
        settings: the process's.
        writer: such as `page-0`.
        now_ms: epoch milliseconds.
    """

    def __init__(self, settings: Settings, writer: str, now_ms: Callable[[], int] | None = None) -> None:
        self.writer = writer
        self._settings = settings
        self._now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(MOST_WAITING)
        self._producer: Producer | None = None
        self._sequence, self._digest = 0, START
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def __call__(self, entry: AuditEntry) -> None:
        """Return once the entry is in the topic; AuditDownError where it is not."""
        try:
            self.submit(entry).result(ANSWER_SECONDS)
        except TimeoutError:
            raise AuditDownError("the audit topic did not take the entry in time: what was to be done is not done") from None

    def submit(self, entry: AuditEntry) -> "Future[None]":
        """The same without waiting; msgspec.ValidationError where the entry's fields have other types than declared."""
        _decode(_encode(entry))
        done: Future[None] = Future()
        try:
            self._queue.put_nowait(_Waiting(entry, done))
        except queue.Full:
            done.set_exception(AuditDownError(f"more than {MOST_WAITING} audit entries wait: what was to be done is not done"))
        return done

    def close(self) -> None:
        """Write what waits, and end."""
        self._queue.put(None)
        self._thread.join(ANSWER_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            together = [first]
            with contextlib.suppress(queue.Empty):
                while len(together) < MOST_TOGETHER:
                    more = self._queue.get_nowait()
                    if more is None:
                        self._queue.put(None)
                        break
                    together.append(more)
            self._answer(together)

    def _answer(self, together: list[_Waiting]) -> None:
        try:
            self._write([one.entry for one in together])
        except KafkaException as error:
            reason = f"the audit topic did not take the entry ({error.args[0].name()}): what was to be done is not done"
            for one in together:
                one.done.set_exception(AuditDownError(reason))
        else:
            for one in together:
                one.done.set_result(None)

    def _write(self, entries: list[AuditEntry]) -> None:
        """Commit the entries as the next links; an attempt whose outcome is unknown is looked up before it is repeated."""
        tried = b""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                producer = self._producer or self._open()
                if tried and tried == self._digest:
                    return
                links, sequence, tried = self._links(entries)
                producer.begin_transaction()
                for link in links:
                    producer.produce(AUDIT, link, self.writer.encode(), partition=PARTITION)
                producer.commit_transaction(CALL_SECONDS)
            except KafkaException:
                self._producer = None
                if attempt == ATTEMPTS:
                    raise
            else:
                self._sequence, self._digest = sequence, tried
                return

    def _open(self) -> Producer:
        """A producer that has fenced its predecessor, and the chain's head as it then stands."""
        settings = self._settings
        producer = Producer(
            {
                "bootstrap.servers": settings.kafka_bootstrap,
                "client.id": f"canbao-audit-{self.writer}",
                "transactional.id": f"canbao-{self.writer}-audit",
                "transaction.timeout.ms": int(CALL_SECONDS * 1000),
                "message.timeout.ms": int(CALL_SECONDS * 1000),
                "message.max.bytes": MAX_MESSAGE_BYTES,
                "linger.ms": 0,
                **settings.kafka_client,
            },
            logger=LIBRDKAFKA_LOG,
        )
        producer.list_topics(AUDIT, CALL_SECONDS)  # the embedded broker makes a topic when a producer asks for it
        producer.init_transactions(CALL_SECONDS)
        self._sequence, self._digest = find_head(settings, self.writer)
        self._producer = producer
        return producer

    def _links(self, entries: list[AuditEntry]) -> tuple[list[bytes], int, bytes]:
        sequence, digest = self._sequence, self._digest
        links = []
        for entry in entries:
            sequence += 1
            raw, digest = encode(AuditRecord(self.writer, sequence, digest, self._now_ms(), entry))
            links.append(raw)
        return links, sequence, digest


def account() -> str:
    """The account of the operating system that runs this command; behind sudo the one that called it, which only root could feign."""
    number = os.getuid()
    caller = os.environ.get("SUDO_UID", "") if number == 0 else ""
    try:
        return pwd.getpwuid(int(caller) if caller.isdigit() else number).pw_name
    except KeyError:
        return f"uid-{number}"


def command_writer() -> str:
    """The chain of a command: of the account and the machine."""
    return f"cli-{account()}-{socket.gethostname()}"
