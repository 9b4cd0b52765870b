"""Which partition is handed what, and when: live records, side topics, timers, spare time, retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from streams.engine.attempts import SUSPICIOUS, Attempts, Suspect
from streams.engine.batch import Batch
from streams.engine.errors import RefusedError
from streams.engine.observe import Observe
from streams.engine.owned import OwnedPartition
from streams.engine.partitioner import partition_of
from streams.engine.records import BatchReason, Record
from streams.engine.spec import Limits
from streams.engine.transaction import Transaction

_SMOOTHING = 0.2
_IDLE_WAIT_SECONDS = 0.1


class Serving:
    """Cuts batches bounded in count, bytes and time, hands them over, and queues what they did in the transaction."""

    def __init__(
        self,
        limits: Limits,
        hand: Callable[[Batch], None],
        transaction: Transaction,
        attempts: Attempts,
        tables: dict[str, dict[bytes, bytes]],
        counts: dict[str, int],
        observe: Observe,
    ) -> None:
        self._limits = limits
        self._hand = hand
        self._transaction = transaction
        self._attempts = attempts
        self._tables = tables
        self._counts = counts
        self._observe = observe
        self._record_seconds = 0.0

    def records(self, owned: OwnedPartition) -> int:
        """Hand over one batch of waiting records; how many."""
        if not owned.waiting():
            return 0
        records, suspect = self._cut(owned)
        attempts = suspect.times if suspect and suspect.offset == records[0].offset else 0
        self._check_key(owned, records[0])
        self._hand_over(owned, owned.batch(records, BatchReason.RECORDS, attempts, self._tables))
        return len(records)

    def spare(self, owned: OwnedPartition, now: float, *, idle: bool) -> bool:
        """Hand over an empty batch if its timer is due, or if the stage has work left and there is time; whether one was."""
        if owned.retry_at:
            return False
        if self._limits.timer_seconds and now >= owned.next_timer:
            owned.next_timer = now + self._limits.timer_seconds
            reason = BatchReason.TIMER
        elif owned.more and (idle or now >= owned.next_idle):
            owned.next_idle = now + self._limits.idle_seconds
            reason = BatchReason.IDLE
        else:
            return False
        self._hand_over(owned, owned.batch([], reason, 0, self._tables))
        return True

    def wait_seconds(self, owned: Iterable[OwnedPartition], now: float) -> float:
        """How long the worker may wait for records before someone is due."""
        wait = _IDLE_WAIT_SECONDS
        for item in owned:
            if item.waiting() or (item.more and not item.retry_at):
                return 0.0
            if item.retry_at:
                wait = min(wait, item.retry_at - now)
            elif self._limits.timer_seconds:
                wait = min(wait, item.next_timer - now)
        return max(0.0, wait)

    def _cut(self, owned: OwnedPartition) -> tuple[list[Record], Suspect | None]:
        """The next batch. Around a record that killed the process before, records are handed one by one."""
        most = self._limits.batch_records
        if self._record_seconds > 0:
            most = max(1, min(most, int(self._limits.batch_seconds / self._record_seconds)))
        records = owned.cut(most)
        suspect = self._attempts.suspect(records[0].topic, owned.partition)
        if suspect is None:
            return records, None
        keep = len(records)
        first = records[0].offset
        if first < suspect.offset:
            keep = sum(1 for record in records if record.offset < suspect.offset)
        elif suspect.times >= SUSPICIOUS and first < suspect.offset + self._limits.batch_records:
            keep = 1
        owned.give_back(records[keep:])
        return records[:keep], suspect

    def _check_key(self, owned: OwnedPartition, record: Record) -> None:
        """Once a take-over: is the input partitioned by murmur2 of the key, as everything that joins it is."""
        if owned.checked_key or record.key is None:
            return
        wanted = partition_of(record.key, self._counts[record.topic])
        if wanted != record.partition:
            raise RefusedError(
                f"{record.topic}-{record.partition} holds at offset {record.offset} a key that belongs in partition {wanted} by murmur2: "
                "its writer uses another partitioner, or the partition count was changed. Set partitioner=murmur2_random at the writer"
            )
        owned.checked_key = True

    def _hand_over(self, owned: OwnedPartition, batch: Batch) -> None:
        began = time.monotonic()
        if batch.records:
            self._attempts.hand_over(batch.topic, owned.partition, batch.records[0].offset)
        self._hand(batch)
        if batch.records:
            self._attempts.came_back(batch.topic, owned.partition)
        seconds = time.monotonic() - began
        self._observe.handed(batch.topic, len(batch.records), seconds, batch.records[-1].timestamp_ms if batch.records else 0)
        if batch.records:
            self._record_seconds += _SMOOTHING * (seconds / len(batch.records) - self._record_seconds)
        outcome = batch.outcome()
        if not owned.take(batch, outcome):
            if outcome.retry_seconds is not None:
                self._observe.retried(batch.topic)
            return
        self._transaction.begin()
        for message in outcome.outbox:
            self._transaction.produce(message)
        changelog = owned.source.changelog
        if changelog is not None:
            for key, value in outcome.changed:
                self._transaction.row(changelog, key, value, owned.partition)
        self._transaction.serve()
