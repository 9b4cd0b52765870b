"""Membership in the consumer group: which partitions are ours, from which moment, until when.

A partition is assigned paused and joins `owned` at once; it serves when its take-over is done. Callbacks run inside `receive`, on the
engine's thread. No transaction is open while partitions change hands: `before_revoke` closes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streams.engine.clients import FORBIDDEN, kafka_error
from streams.engine.errors import EndsProcessError, RefusedError, TransactionAbortedError
from streams.engine.faults import Point, reach
from streams.engine.owed_round import OwedRound
from streams.engine.owned import OwnedPartition
from streams.engine.spec import Input, StageSpec
from streams.engine.takeover import Taken, TakeOver

log = structlog.get_logger("canbao.engine")

Place = tuple[str, int]


WATERMARK_SECONDS = 5.0
LOOK_SECONDS = 0.005
"""So long nothing came: the input is quiet, and what is done is committed at once."""
_LEAST_SLEEP_SECONDS = 0.0005
_FEW_RECORDS = 500
"""From here on a hand-over is worth its way."""


class Received(msgspec.Struct, frozen=True):
    """What one look at the input brought. `since`: when its first record was there; `quiet`: no more came for LOOK_SECONDS."""

    records: int
    since: float
    quiet: bool


class Group:
    """The group consumer, the partitions it owns, and their take-overs."""

    def __init__(
        self,
        consumer: Consumer,
        spec: StageSpec,
        begin: Callable[[OwnedPartition], TakeOver],
        before_revoke: Callable[[], None],
        after_loss: Callable[[], None],
        *,
        counts: dict[str, int],
        contiguous: bool,
        owed: OwedRound,
    ) -> None:
        self.consumer = consumer
        self.owned: dict[Place, OwnedPartition] = {}
        self.take_overs: dict[Place, TakeOver] = {}
        self.joined = False
        self._member: str | None = None
        self._round = owed
        self._spec = spec
        self._counts = counts
        self._contiguous = contiguous
        self._inputs: dict[str, Input] = {item.topic: item for item in spec.inputs}
        self._main_topic = {topic: item.topic for item in spec.inputs for topic in (item.topic, *item.side_topics)}
        self._begin = begin
        self._before_revoke = before_revoke
        self._after_loss = after_loss

    def join(self) -> None:
        """Subscribe; partitions come with the first `receive` calls."""
        self.consumer.subscribe(list(self._inputs), on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lost)

    def owes_round(self) -> bool:
        """Whether the process before this one died between giving partitions up and the next round, and that is known to the broker again."""
        return self.joined and self._round.found

    def join_anew(self) -> None:
        """Leave and join: a round in which partitions without an owner get one. What is ours is committed and given up first, by `_revoke`."""
        log.warning("a round is owed, joining anew", owned=len(self.owned))
        self._round.call()
        self.consumer.unsubscribe()
        self.join()

    # -- callbacks -------------------------------------------------------------------------------------------------------------

    def _assign(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self.joined = True
        self._round.told()
        if not self.owned:
            self._member = consumer.memberid()
        fresh = [self._fresh(place.topic, place.partition) for place in places]
        # A place to stand, paused, until the take-over knows where to go on. It must be a plain number: after a logical offset the
        # client's late answer to "where is the end" overrides a seek made meanwhile, and records are skipped without a word.
        held = [TopicPartition(topic, owned.partition, 0) for owned in fresh for topic in owned.topics]
        consumer.incremental_assign(held)
        if held:
            consumer.pause(held)
        for owned in fresh:
            owned.held = set(owned.topics)
            self.owned[owned.place] = owned
            self.take_overs[owned.place] = self._begin(owned)
        log.info("partitions assigned", places=_names(fresh), owned=len(self.owned))

    def _fresh(self, topic: str, partition: int) -> OwnedPartition:
        count = self._counts[topic]
        if partition >= count:
            raise RefusedError(
                f"{topic} had {count} partitions at the start and has more now: keys lie elsewhere, stop all workers and rekey"
            )
        return OwnedPartition(self._inputs[topic], partition, self._spec.limits, partitions=count)

    def _revoke(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._before_revoke()
        self._round.owe()
        reach(Point.GIVEN_UP)
        self._give_up(consumer, places, "partitions revoked")

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._round.lost()
        self._give_up(consumer, places, "partitions lost")
        self._after_loss()

    def _give_up(self, consumer: Consumer, places: list[TopicPartition], event: str) -> None:
        gone = [self.owned.pop((place.topic, place.partition)) for place in places if (place.topic, place.partition) in self.owned]
        for owned in gone:
            take_over = self.take_overs.pop(owned.place, None)
            if take_over is not None:
                take_over.cancelled = True
            owned.close()
        consumer.incremental_unassign([TopicPartition(topic, owned.partition) for owned in gone for topic in owned.topics])
        log.info(event, places=_names(gone), owned=len(self.owned))

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def receive(self, most: int, wait_seconds: float, gather_seconds: float) -> Received:
        """Wait for the first record, take what else is there, gather what comes within `gather_seconds`, and sort it into the backlogs.

        `consume(n, t)` would wait its whole t for a full batch; so `poll` for the first and `consume(n, 0)` for the rest. Records that
        come one by one are waited for together: each call, each hand-over for one of them costs more than working on it.
        """
        first = self.consumer.poll(wait_seconds)
        if first is None:
            return Received(0, time.monotonic(), quiet=wait_seconds > 0)
        since, records = time.monotonic(), int(self._sort_in(first))
        arrived = self._take(most)
        records += arrived
        while 0 < records < _FEW_RECORDS and self._room() and (left := since + gather_seconds - time.monotonic()) > _LEAST_SLEEP_SECONDS:
            time.sleep(min(LOOK_SECONDS, left))
            arrived = self._take(most)
            records += arrived
            if not arrived and left >= LOOK_SECONDS:
                return Received(records, since, quiet=True)
        return Received(records, since, quiet=False)

    def _room(self) -> bool:
        """Whether what is received and not handed over yet is less than all partitions together may hold."""
        return sum(owned.waiting_bytes() for owned in self.owned.values()) < self._spec.limits.backlog_bytes

    def _take(self, most: int) -> int:
        """Sort in what has arrived, up to `most`; how many records it was."""
        return sum(map(self._sort_in, self.consumer.consume(most, 0))) if most > 0 else 0

    def _sort_in(self, message: Message) -> bool:
        error = message.error()
        if error is not None:
            self._judge(message)
            return False
        topic, partition = str(message.topic()), int(message.partition() or 0)
        owned = self.owned.get((self._main_topic[topic], partition))
        if owned is None or not owned.serving:
            return False  # fetched for an earlier assignment; whoever serves the partition reads it from the committed offset
        if self._contiguous:
            self._refuse_dropped(owned, topic, int(message.offset() or 0))
        return owned.receive(message)

    def _refuse_dropped(self, owned: OwnedPartition, topic: str, offset: int) -> None:
        """A gap is the end of a transaction, or what the embedded broker dropped unread: then its oldest record lies behind the gap."""
        expected = owned.expected(topic)
        if offset <= expected:
            return
        oldest, _ = self.consumer.get_watermark_offsets(TopicPartition(topic, owned.partition), WATERMARK_SECONDS)
        if oldest > expected:
            raise EndsProcessError(
                f"the embedded broker dropped {topic}-{owned.partition} {expected} to {oldest - 1} before they were read"
            )

    def _judge(self, message: Message) -> None:
        """An error event of the consumer: most heal by themselves; a lost input or a fenced member does not."""
        error = message.error()
        if error is None:
            return
        name, topic, partition = error.name(), message.topic(), message.partition()
        owned = self.owned.get((self._main_topic.get(str(topic), ""), int(partition or 0)))
        if name in {"_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"}:
            if owned is not None and owned.serving:
                raise RefusedError(
                    f"input {topic}-{partition} no longer holds offset {owned.positions.get(str(topic))}: records were deleted before "
                    "they were read. Raise the topic's retention; reset the group's offset only if the loss is accepted"
                )
            return
        if error.fatal() or name in FORBIDDEN:
            raise EndsProcessError(f"consumer: {name}: {error.str()}")
        log.warning("consumer reports", error=name, topic=topic, partition=partition)

    # -- flow ------------------------------------------------------------------------------------------------------------------

    def serve(self, place: Place, taken: Taken) -> None:
        """The take-over is done: seek to its positions and let records come."""
        owned = self.owned[place]
        del self.take_overs[place]
        owned.serve(taken.state, taken.store, taken.header, taken.positions)
        self.hold(owned, set())
        log.info("partition serves", topic=place[0], partition=place[1], positions=taken.positions, rows=taken.restored_rows)

    def seek(self, owned: OwnedPartition, topics: Iterable[str]) -> None:
        """Read these topics of a partition on from where its backlog ends.

        Raises:
            EndsProcessError: the client refuses; reading on would skip or repeat records.
        """
        for topic in topics:
            offset = owned.expected(topic)
            try:
                self.consumer.seek(TopicPartition(topic, owned.partition, offset))
            except KafkaException as error:
                raise EndsProcessError(f"seek {topic}-{owned.partition} to {offset}: {kafka_error(error).name()}") from error

    def hold(self, owned: OwnedPartition, topics: set[str]) -> None:
        """Pause exactly these topics of a partition, resume its others.

        A resumed topic is sought explicitly: what the client remembers may be older than a rewind made meanwhile.
        """
        if topics == owned.held:
            return
        stop, go = topics - owned.held, owned.held - topics
        if stop:
            self.consumer.pause([TopicPartition(topic, owned.partition) for topic in stop])
        if go:
            self.consumer.resume([TopicPartition(topic, owned.partition) for topic in go])
            self.seek(owned, go)
        owned.held = set(topics)

    def close(self) -> None:
        """Leave; a static member keeps its partitions until its session ends, so that a restart finds them again."""
        owed = self._round.owed()
        self.consumer.close()
        if not owed:  # closing gives up too, but what is kept comes back
            self._round.paid()
        for owned in self.owned.values():
            owned.close()
        self.owned.clear()

    def lag(self) -> dict[str, int]:
        """Records behind the committed positions by input topic, as far as the last fetch saw the ends; asks no broker."""
        found = dict.fromkeys(self._main_topic, 0)
        for owned in self.owned.values():
            for topic, position in owned.committed.items() if owned.serving else ():
                _, end = self.consumer.get_watermark_offsets(TopicPartition(topic, owned.partition), cached=True)
                found[topic] += max(0, end - position)
        return found

    def metadata(self) -> Any:
        """Proof of membership for the transaction: the generation is checked when offsets are added.

        The broker does not check who owns a partition. After a session that ended in a rebalance the client joins as another member and
        keeps what it had, without calling it lost (docs/decisions/0009-a-member-that-came-back.md). A member's id never comes back, so
        it is asked after the proof.

        Raises:
            TransactionAbortedError: not a member just now; nothing of the open transaction may become visible.
            EndsProcessError: a member again, but not the one that was assigned our partitions.
        """
        proof = self.consumer.consumer_group_metadata()
        member = self.consumer.memberid()
        if member is None:
            raise TransactionAbortedError("not a member of the group")
        if member != self._member:
            raise EndsProcessError("the session ended while partitions changed hands: others may serve what this worker still holds")
        return proof


def _names(owned: Iterable[OwnedPartition]) -> list[str]:
    return [f"{item.source.topic}-{item.partition}" for item in owned]
