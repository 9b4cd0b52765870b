"""The cycle of one worker, on its own thread: receive, hand over, commit, store; and what happens when one of them fails."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from confluent_kafka import KafkaException, TopicPartition

from streams.engine import clients, topics
from streams.engine.attempts import Attempts
from streams.engine.bounded import Bounded, CallHungError
from streams.engine.broadcast import Broadcast
from streams.engine.contact import Contact
from streams.engine.database import Identity, SharedMemory
from streams.engine.errors import EndsProcessError, HaltedError, RefusedError, TransactionAbortedError
from streams.engine.folders import Folders
from streams.engine.group import LOOK_SECONDS, Group, Received
from streams.engine.health import HealthBoard, Phase
from streams.engine.local_copy import LocalCopy
from streams.engine.lost_clients import LostClients
from streams.engine.observe import Observe
from streams.engine.owed_round import OWED_ROUND, OwedRound
from streams.engine.owned import OwnedPartition
from streams.engine.pace import SHORT_SECONDS, Pace
from streams.engine.restorer import Restorer
from streams.engine.serving import Hand, Serving
from streams.engine.spec import ATTEMPTS, ROWS, EngineSettings, StageSpec
from streams.engine.standby import Standby
from streams.engine.takeover import TakeOver
from streams.engine.transaction import Transaction
from streams.engine.watchdog import Watchdog

log = structlog.get_logger("canbao.engine")

_RECORDS_A_TURN = 4_000
_SHORTEST_LOOK_SECONDS = 0.0005
_TELL_SECONDS = 0.1
_SAY_AGAIN_SECONDS = 30.0
"""A reason that stays the same is on the board; the log has it that often."""

T = TypeVar("T")


class Cycle:
    """One stage in one process. `hand` gives batches to the stage and returns when they are done; `watchdog` rests in every long call."""

    def __init__(
        self,
        spec: StageSpec,
        settings: EngineSettings,
        hand: Hand,
        board: HealthBoard,
        observe: Observe,
        halt: threading.Event,
        watchdog: Watchdog,
    ) -> None:
        spec.check()
        settings.check()
        self._spec, self._settings = spec, settings
        self._board, self._observe = board, observe
        self._halt, self._watchdog = halt, watchdog
        self._hand = hand
        self._halted_at: float | None = None
        self._rewind_reason: str | None = None
        self._told = 0.0
        self._phase = Phase.STARTING
        self._failed = False
        self._memory = SharedMemory(settings.cache_bytes, settings.write_buffer_bytes)
        self._lost = LostClients()
        self._restorer = Restorer(settings.parallel_restores)
        self._folders = Folders()
        self._standby: Standby | None = None
        self._since = 0.0
        self._contact = Contact(board, settings.timeouts.unanswered_after_ms / 1000)
        self._pace = Pace(settings.timeouts.transaction_ms / 4000)

    def run(self) -> None:
        """Start, serve until halted, finish. Returns only after an ordered end; every other end raises."""
        try:
            self._start()
        except HaltedError:
            return
        except EndsProcessError:
            if self._halt.is_set():
                return  # asked to stop while the broker was away; nothing was served
            raise
        try:
            while not self._halt.is_set():
                self._turn()
            self._finish()
        except BaseException:
            self._break_off()
            raise

    # -- start -----------------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Clients, checks, fencing of an earlier life. A broker that is away is waited for: alive, not ready."""
        settings, spec = self._settings, self._spec
        if settings.embedded:
            shutil.rmtree(settings.state_folder / ROWS, ignore_errors=True)
            (settings.state_folder / ATTEMPTS).unlink(missing_ok=True)
        settings.state_folder.mkdir(parents=True, exist_ok=True)
        flush_seconds = settings.timeouts.message_ms / 1000 + settings.timeouts.request_seconds
        self._transaction = Transaction(
            lambda: clients.transactional_producer(settings, spec.group, self._lost),
            clients.Patience(self._between, self._breathe),
            settings.timeouts.request_seconds,
            flush_seconds,
        )
        self._cluster = self._until_answered("describe topics", lambda: topics.describe(self._transaction.producer, settings, spec))
        topics.check(self._cluster, spec)
        self._transaction.start()
        watch = self._lost.watch("the reader of broadcast topics") if spec.tables else None
        reader = clients.reading_consumer(settings, f"{spec.group}-broadcast", committed=True, watch=watch)
        self._broadcast = Broadcast(
            reader, {name: self._cluster.partitions[name] for name in spec.tables}, settings.timeouts.request_seconds
        )
        self._until_answered("read broadcast topics", lambda: self._broadcast.load(lambda: self._between(0)))
        self._attempts = Attempts(settings.state_folder / ATTEMPTS)
        self._serving = Serving(
            spec.limits, self._hand, self._transaction, self._attempts, self._broadcast.tables, self._cluster.partitions, self._observe
        )
        consumer = clients.group_consumer(settings, spec.group, self._lost, self._contact.report)
        self._group = Group(
            consumer,
            spec,
            self._take_over,
            self._before_revoke,
            self._after_loss,
            counts=self._cluster.partitions,
            contiguous=settings.embedded,
            owed=OwedRound(settings.state_folder / OWED_ROUND if settings.static_member and not settings.embedded else None),
        )
        self._standby = self._make_standby()
        self._restorer.start()
        self._group.join()

    def _until_answered(self, what: str, action: Callable[[], T]) -> T:
        delay, logged = 0.1, ("", 0.0)
        while True:
            try:
                return action()
            except KafkaException as error:
                kafka = clients.kafka_error(error)
                if kafka.fatal():
                    raise EndsProcessError(f"{what}: {kafka.name()}") from error
                if kafka.name() != logged[0] or time.monotonic() - logged[1] >= _SAY_AGAIN_SECONDS:
                    logged = kafka.name(), time.monotonic()
                    log.warning("broker does not answer", doing=what, error=kafka.name())
                self._board.tell(Phase.STARTING, f"{what}: {kafka.name()}")
            if not self._between(delay):
                raise HaltedError
            delay = min(2 * delay, 2.0)

    def _breathe(self) -> None:
        """Before each attempt of a call to the broker: it may be the hundredth, of a client that has nobody to ask."""
        self._watchdog.rest()
        self._board.turned()
        self._transaction.serve()
        self._lost.check()
        self._contact.trying()

    def _between(self, seconds: float) -> bool:
        """Between two attempts of a call: wait, and say whether to try again. Once halted, for the request time-out more."""
        if self._failed:
            return False
        self._breathe()
        if not self._halt.wait(seconds):
            return True
        if self._halted_at is None:
            self._halted_at = time.monotonic()
        time.sleep(min(seconds, 0.1))
        return time.monotonic() - self._halted_at < self._settings.timeouts.request_seconds

    def _take_over(self, owned: OwnedPartition) -> TakeOver:
        self._claim()
        changelog = owned.source.changelog
        copy = self._copy_of(changelog, owned.partition) if changelog is not None else None
        take_over = TakeOver(owned, self._spec, self._settings, copy, self._folders, self._memory, self._observe, self._lost)
        self._restorer.begin(take_over)
        return take_over

    def _copy_of(self, changelog: str, partition: int) -> LocalCopy:
        cluster = self._cluster
        topic_id = cluster.topic_ids.get(changelog, "")
        identity = Identity(cluster.cluster_id, changelog, topic_id, cluster.partitions[changelog], self._spec.index_version)
        keeps = cluster.keeps_tombstones_seconds(changelog, self._settings.delete_retention_seconds)
        return LocalCopy(identity, partition, self._settings.state_folder / ROWS / f"{changelog}-{partition}", keeps, self._observe)

    def _make_standby(self) -> Standby | None:
        """None where it can be of no use: an embedded broker has one worker."""
        if self._settings.embedded or not self._settings.standby_partitions or not any(item.changelog for item in self._spec.inputs):
            return None
        partitions = sum(self._cluster.partitions[item.topic] for item in self._spec.inputs)
        return Standby(self._spec, self._settings, self._copy_of, partitions, self._folders, self._observe)

    def _claim(self) -> None:
        """Which partitions are ours: told before a take-over begins, so that a standby lets go, and again as they are given up."""
        owned = self._group.owned.values()
        self._folders.own((item.source.changelog, item.partition) for item in owned if item.source.changelog)

    # -- turn ------------------------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """One turn: admit restored partitions, receive, hand over, commit when due."""
        self._watchdog.turned()
        self._board.turned()
        self._lost.check()
        self._contact.begins()
        began = time.monotonic()
        self._admit()
        serving = [owned for owned in self._group.owned.values() if owned.serving]
        wait = self._wait_seconds(serving, began)
        received = self._group.receive(_RECORDS_A_TURN, wait, self._gather_seconds(began) if wait > 0 else 0.0)
        waited = time.monotonic() - began if wait > 0 else 0.0
        self._broadcast.look()
        if not self._transaction.open:
            self._since = received.since
        if self._rewind_reason is None:
            self._guarded(lambda: self._work(received))
        if self._rewind_reason is not None:
            self._rewind()
        busy = time.monotonic() - began - waited
        self._pace.turned(busy, waited)
        self._observe.turned(busy)
        self._tell()

    def _wait_seconds(self, serving: list[OwnedPartition], now: float) -> float:
        wait = self._serving.wait_seconds(serving, now)
        if self._transaction.open and wait > 0:
            wait = min(wait, max(_SHORTEST_LOOK_SECONDS, min(LOOK_SECONDS, self._due_at() - now)))
        return wait

    def _gather_seconds(self, now: float) -> float:
        """How long records may come together before they are handed over.

        The first of a transaction go at once: what they write is on its way to the broker while more come. The others
        would wait for the commit anyway.
        """
        return min(SHORT_SECONDS, self._due_at() - now) if self._transaction.open else 0.0

    def _due_at(self) -> float:
        """When the open transaction is committed at the latest: its first record has waited since `_since`."""
        return self._since + self._pace.interval_seconds()

    def _guarded(self, action: Callable[[], None]) -> None:
        """Run `action`; a transaction that is lost on the way is aborted, and its input is read again."""
        try:
            action()
        except TransactionAbortedError as error:
            self._abort(str(error))

    def _work(self, received: Received) -> None:
        now = time.monotonic()
        serving = [owned for owned in self._group.owned.values() if owned.serving]
        for owned in serving:
            if owned.retry_at and now >= owned.retry_at:
                owned.retry_at = 0.0
        handed = 0
        for group in self._serving.groups(serving):
            handed += self._serving.hand_over(group)
            if self._transaction.rows >= self._spec.limits.transaction_rows:
                self._commit()
        idle = not received.records and not handed
        self._serving.hand_over(self._serving.spare(serving, now, idle=idle))
        for owned in serving:
            self._group.hold(owned, owned.to_hold(self._spec.limits.backlog_bytes // len(serving)))
        quiet = idle or (received.quiet and not any(owned.waiting() for owned in serving))
        if self._transaction.open and (quiet or self._due()):
            self._commit()

    def _due(self) -> bool:
        return time.monotonic() >= self._due_at() or self._transaction.rows >= self._spec.limits.transaction_rows

    def _admit(self) -> None:
        """Take-overs that ended: serve, or fail with them. One for a partition that is gone again is dropped."""
        for finished in self._restorer.finished():
            take_over = finished.take_over
            place = take_over.owned.place
            if take_over.cancelled:
                if finished.taken is not None and finished.taken.store is not None:
                    finished.taken.store.close()
                continue
            if finished.taken is None:
                error = finished.error or EndsProcessError("a take-over ended without an outcome")
                if isinstance(error, RefusedError):
                    log.error("partition refused", topic=place[0], partition=place[1], reason=str(error))
                raise error
            self._group.serve(place, finished.taken)

    # -- commit ----------------------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        """The order is in the docstring of `transaction`."""
        if not self._transaction.open:
            return
        self._contact.begins()
        touched = [owned for owned in self._group.owned.values() if owned.touched]
        for owned in touched:
            header = owned.header_message()
            if header is not None:
                self._transaction.produce(header, owned.header_delivered)
        offsets = [TopicPartition(topic, owned.partition, offset) for owned in touched for topic, offset in owned.positions.items()]
        seconds = self._transaction.commit(offsets, self._group.metadata())
        for owned in touched:
            owned.store_commit()
            for topic, position in owned.positions.items():
                self._attempts.committed(topic, owned.partition, position, self._spec.limits.batch_records)
        self._pace.committed(seconds)
        self._observe.committed(seconds, len(self._transaction.places), self._spec.limits.partitions_aim)

    def _abort(self, reason: str) -> None:
        """Drop the open transaction; its partitions are rewound after the callbacks that may be running."""
        log.warning("transaction dropped, input is read again", reason=reason)
        self._observe.aborted(reason)
        self._rewind_reason = reason
        try:
            self._transaction.abort()
        except TransactionAbortedError as error:
            raise EndsProcessError(f"abort failed: {error}") from error

    def _rewind(self) -> None:
        """Every touched partition reads on from its committed position; the others go on as they are."""
        self._rewind_reason = None
        for owned in self._group.owned.values():
            if owned.touched:
                owned.rewind()
                self._group.seek(owned, owned.topics)

    def _before_revoke(self) -> None:
        """Partitions change hands with nothing open: commit, or drop."""
        if not self._failed:
            self._guarded(self._commit)

    def _after_loss(self) -> None:
        """The session ended: others may serve our partitions already, so nothing of the open transaction may become visible."""
        if self._transaction.open and not self._failed:
            self._abort("partitions were lost")

    # -- end -------------------------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Ordered end: what is done is committed, then the group is left."""
        self._board.tell(Phase.STOPPING)
        self._guarded(self._commit)
        self._release()
        log.info("worker stopped", stage=self._spec.name)

    def _break_off(self) -> None:
        """Disordered end: release what blocks others; the broker aborts what is open at the latest at its time-out."""
        self._failed = True
        try:
            self._transaction.abort()
        except (EndsProcessError, TransactionAbortedError) as error:
            log.warning("open transaction is left to the broker", reason=str(error))
        try:
            Bounded().run("leaving the group", self._release, self._settings.timeouts.request_seconds)
        except CallHungError as error:
            log.warning("the session is left to its time-out", reason=str(error))

    def _release(self) -> None:
        if self._standby is not None:
            self._standby.stop()
        self._restorer.stop()
        self._group.close()
        self._broadcast.close()
        self._attempts.close()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told < _TELL_SECONDS:
            return
        self._told = now
        self._transaction.serve()  # an idle producer reports too
        self._claim()
        if self._standby is not None and self._group.joined:
            self._standby.tell(len(self._group.owned), busy=bool(self._group.take_overs))
        if self._group.owes_round():
            self._observe.joined_anew()
            self._group.join_anew()
        take_overs = self._group.take_overs
        partitions = tuple(
            take_overs[place].health() if place in take_overs else owned.health() for place, owned in sorted(self._group.owned.items())
        )
        phases = {item.phase for item in partitions}
        reason = "; ".join(sorted({item.reason for item in partitions if item.reason}))
        calm = Phase.READY if self._group.joined else Phase.STARTING
        phase = next((phase for phase in (Phase.BLOCKED, Phase.RESTORING) if phase in phases), calm)
        if phase is not self._phase:
            self._phase = phase
            (log.error if phase is Phase.BLOCKED else log.info)("worker is", stage=self._spec.name, phase=str(phase), reason=reason)
        self._board.tell(phase, reason, partitions)
        for topic, records in self._group.lag().items():
            self._observe.lagging(topic, records)
