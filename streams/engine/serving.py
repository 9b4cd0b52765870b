"""Which partition is handed what, and when: live records, side topics, timers, spare time, retries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from streams.engine.attempts import SUSPICIOUS, Attempts, Suspect
from streams.engine.batch import Batch, Outcome
from streams.engine.errors import RefusedError
from streams.engine.observe import Observe
from streams.engine.owned import OwnedPartition
from streams.engine.partitioner import partition_of
from streams.engine.records import BatchReason, Record
from streams.engine.spec import Limits
from streams.engine.transaction import Transaction

_SMOOTHING = 0.2
_IDLE_WAIT_SECONDS = 0.1


Hand = Callable[[Sequence[Batch], Callable[[], None]], None]
"""Gives batches to the stage and returns when all are done; the second is called as each comes back, in their order."""


class Handed(msgspec.Struct, gc=False):
    """A batch of a partition, and how long the stage had it."""

    owned: OwnedPartition
    batch: Batch
    seconds: float = 0.0


class Serving:
    """Cuts batches bounded in count, bytes and time, hands them over, and queues what they did in the transaction."""

    def __init__(
        self,
        limits: Limits,
        hand: Hand,
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

    def groups(self, partitions: Iterable[OwnedPartition]) -> Iterator[list[Handed]]:
        """One batch of waiting records for each partition, cut as they are asked for; together those that are no more than one batch may be.

        A batch with a suspect goes alone: the process may die of it, and only what is with the stage is counted for it.
        """
        group, room = list[Handed](), self._most_records()
        for owned in partitions:
            topic = owned.next_topic()
            if topic is None:
                continue
            suspect = self._attempts.suspect(topic, owned.partition)
            if group and (suspect or min(owned.waiting(), self._most_records()) > room):
                yield group  # nothing is cut for the next one yet: it may never be asked for
                group, room = [], self._most_records()
            records = self._cut(owned, suspect)
            self._check_key(owned, records[0])
            attempts = suspect.times if suspect and suspect.offset == records[0].offset else 0
            group.append(Handed(owned, owned.batch(records, BatchReason.RECORDS, attempts, self._tables)))
            room = 0 if suspect else room - len(records)
        if group:
            yield group

    def spare(self, partitions: Iterable[OwnedPartition], now: float, *, idle: bool) -> list[Handed]:
        """An empty batch for each partition whose timer is due, or whose stage has work left while there is time."""
        reasons = ((owned, self._spare_reason(owned, now, idle=idle)) for owned in partitions)
        return [Handed(owned, owned.batch([], reason, 0, self._tables)) for owned, reason in reasons if reason is not None]

    def _spare_reason(self, owned: OwnedPartition, now: float, *, idle: bool) -> BatchReason | None:
        if owned.retry_at:
            return None
        if self._limits.timer_seconds and now >= owned.next_timer:
            owned.next_timer = now + self._limits.timer_seconds
            return BatchReason.TIMER
        if owned.more and (idle or now >= owned.next_idle):
            owned.next_idle = now + self._limits.idle_seconds
            return BatchReason.IDLE
        return None

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

    def _most_records(self) -> int:
        """Of one batch, by count and by the time that a record took lately."""
        most = self._limits.batch_records
        if self._record_seconds > 0:
            most = max(1, min(most, int(self._limits.batch_seconds / self._record_seconds)))
        return most

    def _cut(self, owned: OwnedPartition, suspect: Suspect | None) -> list[Record]:
        """The next batch. Around a record that killed the process before, records are handed one by one."""
        records = owned.cut(self._most_records())
        if suspect is None:
            return records
        keep = len(records)
        first = records[0].offset
        if first < suspect.offset:
            keep = sum(1 for record in records if record.offset < suspect.offset)
        elif suspect.times >= SUSPICIOUS and first < suspect.offset + self._limits.batch_records:
            keep = 1
        owned.give_back(records[keep:])
        return records[:keep]

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

    def hand_over(self, group: Sequence[Handed]) -> int:
        """Give a group to the stage, wait, and queue what it did; how many records it was given."""
        for item in group:
            if item.batch.records:
                self._attempts.hand_over(item.batch.topic, item.owned.partition, item.batch.records[0].offset)
        began, waiting = time.monotonic(), iter(group)

        def came_back() -> None:
            nonlocal began
            item, now = next(waiting), time.monotonic()
            item.seconds, began = now - began, now
            if item.batch.records:
                self._attempts.came_back(item.batch.topic, item.owned.partition)

        if group:
            self._hand([item.batch for item in group], came_back)
        for item in group:
            self._note(item)
        # every outcome is taken before any is queued: a transaction that is lost on the way takes back all of them
        changed = [(item.owned, outcome) for item in group if (outcome := self._taken(item)) is not None]
        for owned, outcome in changed:
            self._queue(owned, outcome)
        return sum(len(item.batch.records) for item in group)

    def _note(self, item: Handed) -> None:
        records = item.batch.records
        self._observe.handed(item.batch.topic, len(records), item.seconds, records[-1].timestamp_ms if records else 0)
        if records:
            self._record_seconds += _SMOOTHING * (item.seconds / len(records) - self._record_seconds)

    def _taken(self, item: Handed) -> Outcome | None:
        """What there is to commit of a batch; None: nothing."""
        outcome = item.batch.outcome()
        if item.owned.take(item.batch, outcome):
            return outcome
        if outcome.retry_seconds is not None:
            self._observe.retried(item.batch.topic)
        return None

    def _queue(self, owned: OwnedPartition, outcome: Outcome) -> None:
        self._transaction.begin()
        for message in outcome.outbox:
            self._transaction.produce(message)
        changelog = owned.source.changelog
        if changelog is not None:
            for key, value in outcome.changed:
                self._transaction.row(changelog, key, value, owned.partition)
        self._transaction.serve()
