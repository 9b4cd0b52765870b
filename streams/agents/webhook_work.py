"""What one batch of a webhook target does: rest, send what is new, try again what was refused, or go on with a replay."""

import asyncio
import datetime as dt
import functools
import time
from collections import Counter
from collections.abc import Sequence

import structlog
from confluent_kafka import KafkaException
from msgspec import Struct, structs

from schemas import metrics as m
from schemas.delivery import Delivery, read_delivery
from schemas.errors import Code
from schemas.targets import TargetRow, TargetState
from schemas.topics import ALERTS
from schemas.wire import NotAvroError, Reader, UnknownSchemaError
from sinks.metrics import Metrics
from sinks.webhooks.address import Network
from sinks.webhooks.fan import fan_out
from sinks.webhooks.schedule import park_seconds
from sinks.webhooks.send import Answer, Sender, Verdict
from streams.agents import webhook_state as state
from streams.agents.webhook_history import History
from streams.agents.webhook_row import Rows
from streams.agents.webhook_standing import LOOK_SECONDS, Standing
from streams.engine.batch import Batch
from streams.engine.records import BatchReason, Record
from streams.registry import RegistryDownError

log = structlog.get_logger("canbao.deliver")

REPLAY_SLICE = 300
PARKED_SLICE = 10
PARKED_SECONDS = 3.0
NONE = (0, 0)
"""Before the first version."""
WAITS = (RegistryDownError, UnknownSchemaError, KafkaException)


class Group(Struct):
    """One alert's revisions in a batch, in order: places among the records, and deliveries."""

    places: list[int]
    revisions: list[Delivery]


class Work:
    """One target's worker. What must not be forgotten is in the partition's state."""

    def __init__(
        self,
        name: str,
        reader: Reader,
        rows: Rows,
        history: History,
        metrics: Metrics,
        networks: Sequence[Network],
        *,
        plain: bool,
        longest_hold: float,
    ) -> None:
        self._name, self._reader, self._rows, self._history, self._metrics = name, reader, rows, history, metrics
        self._standing = Standing(name, metrics, longest_hold)
        self._sender = functools.cache(lambda: Sender(networks, plain=plain))  # made on the loop that uses it

    async def take(self, batch: Batch) -> None:
        """Work on a batch; its records are done, kept back, or the whole of it comes again."""
        row = self._rows.row(batch)
        self._standing.tell(row)
        if row is None or row.state is TargetState.PAUSED or self._standing.held():
            self._rest(batch)
            return
        try:
            progress = await self._progress(batch, row)
            if progress.active and batch.records:
                batch.keep_first(0)
                batch.pause()
                batch.more = True
            elif progress.active:
                await self._replay(batch, row, progress)
            elif batch.records:
                batch.keep_first(await self._send(batch, row, batch.records, again=False))
            elif batch.reason is BatchReason.TIMER:
                await self._try_parked(batch, row)
        except WAITS as error:
            self._standing.failed(type(error).__name__)
            self._rest(batch)

    async def close(self) -> None:
        """Close the connections."""
        await self._sender().close()
        self._history.close()

    # -- what is new -----------------------------------------------------------------------------------------------------------

    async def _send(self, batch: Batch, row: TargetRow, records: Sequence[Record], *, again: bool) -> int:
        """Send what the target wants and has not; how many of the records, from the first on, are done. `again`: also what it has."""
        found = await asyncio.to_thread(self._read_all, records)  # a new schema is asked of the registry, which may be slow
        groups, passed = self._groups(batch, row, records, found, again=again)
        outlet = self._rows.outlet(row, batch.now_ms)
        sender = self._sender()
        answers = await fan_out(
            {alert: group.revisions for alert, group in groups.items()},
            lambda one: sender.deliver(outlet, one, dt.datetime.now(dt.UTC)),
            row.concurrency,
        )
        done = min(self._settle(batch, row, records, groups, answers), default=len(records))
        for result, count in Counter(result for place, result in passed.items() if place < done).items():  # the others come again
            self._metrics.add(m.DELIVERED, count, sink=self._name, result=result)
        return done

    def _groups(
        self, batch: Batch, row: TargetRow, records: Sequence[Record], found: dict[int, Delivery], *, again: bool
    ) -> tuple[dict[bytes, Group], dict[int, str]]:
        """What is to be sent, by alert; a parked alert's newer revision takes its place there. And what becomes of the other records, by place."""
        ids = list({bytes.fromhex(one.alert_id) for one in found.values()})
        held, parked = state.versions(batch, ids), state.parked(batch, ids)
        groups: dict[bytes, Group] = {}
        passed: dict[int, str] = {}
        for place, one in found.items():
            alert = bytes.fromhex(one.alert_id)
            waiting, group = parked.get(alert), groups.get(alert, Group([], []))
            newest = max(
                held.get(alert, NONE), waiting.version if waiting else NONE, group.revisions[-1].version if group.revisions else NONE
            )
            if not (one.released and (row.filter.wants(one) or newest > NONE)):
                passed[place] = "filtered"
            elif not again and one.version <= newest:
                passed[place] = "repeated"
            elif waiting and not again:
                parked[alert] = structs.replace(waiting, offset=records[place].offset, version=one.version)
                state.park(batch, alert, parked[alert])
                passed[place] = "superseded"
            else:
                groups[alert] = group
                group.places.append(place)
                group.revisions.append(one)
        return groups, passed

    def _settle(
        self, batch: Batch, row: TargetRow, records: Sequence[Record], groups: dict[bytes, Group], answers: dict[bytes, list[Answer]]
    ) -> list[int]:
        """Note what the target has, park what it refused; the places of records that are not done."""
        said = [answer for some in answers.values() for answer in some]
        self._standing.judge(batch, row, said)
        taken = any(answer.verdict is Verdict.TAKEN for answer in said)
        room = state.MOST_PARKED - len(state.all_parked(batch)) if len(said) > sum(one.verdict is Verdict.TAKEN for one in said) else 0
        left: list[int] = []
        for alert, group in groups.items():
            some = answers[alert]
            done = sum(answer.verdict is Verdict.TAKEN for answer in some)
            if done:
                state.took(batch, alert, group.revisions[done - 1].version)
                self._observe(records, group, done)
            failed = some[-1].verdict if done < len(some) else None
            if room > 0 and (failed is Verdict.REFUSED or (failed is Verdict.DOWN and taken)):
                room -= 1
                self._park(batch, row, alert, records[group.places[-1]].offset, group.revisions[-1].version)
            elif done < len(group.revisions):
                left.append(group.places[done])
        return left

    def _observe(self, records: Sequence[Record], group: Group, done: int) -> None:
        now = time.time()
        self._metrics.add(m.DELIVERED, done, sink=self._name, result="kept")
        for place in group.places[:done]:
            self._metrics.observe(m.DELIVERY_SECONDS, max(now - records[place].timestamp_ms / 1000, 0), sink=self._name)

    def _read_all(self, records: Sequence[Record]) -> dict[int, Delivery]:
        return {place: one for place, record in enumerate(records) if (one := self._read(record)) is not None}

    def _read(self, record: Record) -> Delivery | None:
        """The delivery of a record; a tombstone means nothing, and what is no alert is counted, named by position, and stays in Kafka."""
        try:
            return read_delivery(self._reader, record.value, record.headers) if record.value else None
        except NotAvroError as error:
            self._metrics.add(m.UNDECODABLE, sink=self._name)
            log.error("not an alert", topic=record.topic, partition=record.partition, offset=record.offset, reason=str(error))  # noqa: TRY400 - the reason says all
            return None

    # -- what was refused ------------------------------------------------------------------------------------------------------

    def _park(self, batch: Batch, row: TargetRow, alert: bytes, offset: int, version: state.Version) -> None:
        wait = park_seconds(1) or 0
        state.park(batch, alert, state.Parked(offset, version, 1, batch.now_ms + wait * 1000, row.epoch))
        self._metrics.add(m.DELIVERED, sink=self._name, result="parked")
        log.warning("the target refuses an alert, it is tried again later", target=self._name, alert_id=alert.hex(), seconds=wait)

    async def _try_parked(self, batch: Batch, row: TargetRow) -> None:
        """Send again what is due; after a change of the target's row, everything is."""
        rows = state.all_parked(batch)
        self._metrics.set(m.TARGET_PARKED, len(rows), sink=self._name, partition=str(batch.partition))
        due = [(alert, one) for alert, one in rows.items() if one.due_ms <= batch.now_ms or one.epoch != row.epoch]
        until = time.monotonic() + PARKED_SECONDS
        for alert, one in sorted(due, key=lambda item: item[1].due_ms)[:PARKED_SLICE]:
            if time.monotonic() > until or self._standing.held():
                return
            await self._try_one(batch, row, alert, one)

    async def _try_one(self, batch: Batch, row: TargetRow, alert: bytes, one: state.Parked) -> None:
        records, _ = await asyncio.to_thread(self._history.read, batch.partition, one.offset, one.offset + 1, 1)
        found = (await asyncio.to_thread(self._read_all, records)).get(0)
        if found is None:
            log.warning("a parked alert is no longer in Kafka: a newer revision took its place", target=self._name, alert_id=alert.hex())
            state.unpark(batch, alert)
            return
        answer = await self._sender().deliver(self._rows.outlet(row, batch.now_ms), found, dt.datetime.now(dt.UTC))
        self._standing.judge(batch, row, [answer], hold=False)
        if answer.verdict is Verdict.TAKEN:
            state.took(batch, alert, found.version)
            self._metrics.add(m.DELIVERED, sink=self._name, result="kept")
        elif answer.verdict not in {Verdict.BUSY, Verdict.GONE}:
            self._again(batch, row, alert, one, answer)

    def _again(self, batch: Batch, row: TargetRow, alert: bytes, one: state.Parked, answer: Answer) -> None:
        """Later; at the end of the schedule never, if the target lives and answers."""
        wait = park_seconds(one.attempts + 1)
        if wait is None and answer.status:
            state.unpark(batch, alert)
            self._metrics.add(m.DELIVERED, sink=self._name, result="given_up")
            log.error("the target never took an alert", code=Code.GIVEN_UP, target=self._name, alert_id=alert.hex(), reason=answer.reason)
            return
        attempts = one.attempts + 1 if wait is not None else one.attempts
        due = batch.now_ms + 1000 * (wait or park_seconds(one.attempts) or 0)
        state.park(batch, alert, structs.replace(one, attempts=attempts, due_ms=due, epoch=row.epoch))

    # -- replay ----------------------------------------------------------------------------------------------------------------

    async def _progress(self, batch: Batch, row: TargetRow) -> state.Progress:
        """The replay that is going on; one that was ordered begins here, and ends where this partition had come to."""
        held = state.progress(batch)
        if row.replay.number <= held.number:
            return held
        end = batch.position(ALERTS)
        start = await asyncio.to_thread(self._history.offset_at, batch.partition, row.replay.from_ms, end)
        begun = state.Progress(row.replay.number, start, end)
        state.set_progress(batch, begun)
        log.info("replay begins", target=self._name, partition=batch.partition, count=end - start)
        return begun

    async def _replay(self, batch: Batch, row: TargetRow, progress: state.Progress) -> None:
        """A slice of the past; live records wait until it is over, so an older revision never comes behind a newer one of the same replay."""
        records, reached = await asyncio.to_thread(self._history.read, batch.partition, progress.next, progress.end, REPLAY_SLICE)
        done = await self._send(batch, row, records, again=True)
        after = reached if done == len(records) else records[done].offset
        progress = structs.replace(progress, next=after)
        state.set_progress(batch, progress)
        batch.more = progress.active and not self._standing.held()
        if not progress.active:
            batch.resume()
            log.info("replay is over", target=self._name, partition=batch.partition)

    def _rest(self, batch: Batch) -> None:
        """Nothing now: records come again, spare time is not asked for."""
        batch.more = False
        if batch.records:
            batch.retry_after(min(self._standing.left() or LOOK_SECONDS, LOOK_SECONDS))
