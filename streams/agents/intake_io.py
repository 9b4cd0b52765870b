"""Between the intake agent and Kafka: what is read, what is sent, when a feed stops."""

from collections import Counter
from collections.abc import Mapping

import structlog
from msgspec import Struct

from processors.intake.compile import CompiledFeed, Raw
from processors.intake.horizons import MOST_DIVISIONS
from processors.intake.outcome import Accepted, IdentitySeen, Marker, Outcome, Rejected, Skipped, SkipReason
from schemas import control
from schemas import metrics as m
from schemas.control import FeedControl, FeedState
from schemas.dates import date_of
from schemas.errors import Code
from schemas.events import FORMAT, Horizon, encode
from schemas.look_ups import Identity
from schemas.topics import CONTROL, EVENTS, IDENTITIES, IDENTITY_KEYS, RESTRICTIONS
from schemas.wire import Writer
from sinks.metrics import Metrics
from streams.agents.days import today
from streams.agents.dead_letters import ATTEMPTS_MAX, produce_dead_letter
from streams.agents.intake_state import PERSON, IntakeHeader, IntakeMemory, header_of, write_header
from streams.agents.quality import Quality
from streams.engine.batch import Batch
from streams.engine.partitioner import partition_of
from streams.engine.records import Record
from streams.sealing import Sealer
from streams.vault.envelopes import Envelopes

log = structlog.get_logger("canbao.intake")
DAY_SECONDS = 86_400
COUNTED = {one.name: one for one in (m.EVENTS_RECEIVED, m.EVENTS_REJECTED, m.FACTS_EMITTED, m.RECORDS_SKIPPED, m.UNKNOWN_CODES)}


class Stop(Struct, frozen=True):
    """Why a feed stops at a record; `again`: that record is read again after `canbao feed resume`."""

    code: Code
    again: bool = False


class Intake(Struct, frozen=True):
    """What the agent needs besides its batches; `feeds` by topic, `quality` by feed."""

    feeds: Mapping[str, CompiledFeed]
    writer: Writer
    quality: Mapping[str, Writer]
    sealer: Sealer
    envelopes: Envelopes
    metrics: Metrics
    events_partitions: int
    horizon_ms: int


class Pass:
    """One batch of one feed on its way through intake."""

    def __init__(self, intake: Intake, batch: Batch) -> None:
        self.intake, self.batch = intake, batch
        self.feed = intake.feeds[batch.topic]
        self.name = self.feed.feed.feed
        self.memory = IntakeMemory(batch)
        self.header: IntakeHeader = header_of(batch)
        self.control: FeedControl = control.decode(batch.tables.get(CONTROL, {}).get(self.name.encode()))
        self.as_of_day = today(batch.now_ms)
        self.quality = Quality(batch, self.name, intake.quality[self.name], self.as_of_day)
        self.seen: dict[bytes, IdentitySeen] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self.received = self.emitted = 0
        intake.metrics.set(m.FEED_PAUSED, self.paused, feed=self.name)
        if self.header.sent:
            intake.metrics.set(m.WATERMARK, min(self.header.sent.values()) * DAY_SECONDS, feed=self.name)
        if batch.records:
            intake.metrics.set(m.SOURCE_LAST_EVENT, batch.records[-1].timestamp_ms / 1000, feed=self.name)

    @property
    def paused(self) -> bool:
        """Whether the feed is to wait: the control topic says so, or this partition's own pause is not answered yet."""
        return self.control.state is FeedState.PAUSED or self.header.paused_epoch > self.control.epoch

    def rest(self) -> None:
        """Read nothing; the same records come again after a resume."""
        self.batch.keep_first(0)
        self.batch.pause()

    def take(self, record: Record) -> Stop | None:
        """Read one record and send what it states; why the feed must stop here, or None."""
        self.received += 1
        outcome, source = self._read(record)
        if isinstance(outcome, Marker) and not self.memory.horizons().has_room(outcome.division):
            outcome = Rejected(Code.DIVISION_NOT_SERVED, allowed=f"at most {MOST_DIVISIONS} divisions of a feed")
        if source and not self._same_source(source):
            return Stop(Code.OTHER_SOURCE, again=True)
        refused = isinstance(outcome, Rejected)
        if isinstance(outcome, Accepted):
            self._send(outcome)
            if outcome.notes:
                self.counts[m.UNKNOWN_CODES.name, ""] += len(outcome.notes)
                self.quality.unknown(record, outcome.notes)
        elif isinstance(outcome, Marker):
            self.memory.keep_horizons(self.memory.horizons().accept(outcome))
        elif isinstance(outcome, Skipped):
            self.counts[m.RECORDS_SKIPPED.name, outcome.reason] += 1
        else:
            self._dead(record, outcome)
            if outcome.brakes:
                return Stop(outcome.code)
        code = self.header.brake.judge(self.feed.feed.brake, refused=refused)
        return None if code is None else Stop(code)

    def stop(self, index: int, why: Stop) -> None:
        """Stop the feed at a record of the batch: PAUSED goes to the control topic in this transaction."""
        record = self.batch.records[index]
        epoch = max(self.control.epoch, self.header.paused_epoch) + 1
        place = f"{record.topic}[{record.partition}]@{record.offset}"
        row = FeedControl(FeedState.PAUSED, str(why.code), self.control.incarnation, epoch, place)
        self.batch.produce(CONTROL, self.name.encode(), control.encode(row))
        self.header.paused_epoch = epoch
        self.header.brake = type(self.header.brake)()
        self.batch.keep_first(index if why.again else index + 1)
        self.batch.pause()
        self.intake.metrics.set(m.FEED_PAUSED, 1, feed=self.name)
        log.error("feed stopped by its brake", feed=self.name, code=str(why.code), place=place)

    def finish(self) -> None:
        """What is sent once a batch: new identities, horizons that are due, the header."""
        self._send_identities()
        self.quality.finish()
        standing = self.memory.horizons().standing
        if standing != self.header.sent and self.batch.now_ms - self.header.sent_ms >= self.intake.horizon_ms:
            self._send_horizons(standing)
        write_header(self.batch, self.header)
        self._count()

    def _count(self) -> None:
        """Counters once a batch: one look-up a record would cost as much as reading it."""
        self.counts[m.EVENTS_RECEIVED.name, ""] = self.received
        self.counts[m.FACTS_EMITTED.name, ""] = self.emitted
        for (name, label), amount in self.counts.items():
            metric = COUNTED[name]
            labels = dict(zip(metric.labels, (self.name, label), strict=False))
            self.intake.metrics.add(metric, amount, **labels)

    def _read(self, record: Record) -> tuple[Outcome, str]:
        """The outcome of a record. A fault of our own in it is contained: the record goes to the dead letters, its neighbours go on."""
        if self.batch.attempts >= ATTEMPTS_MAX:
            return Rejected(Code.OUR_FAULT, "", "the process died with it"), ""
        raw = Raw(record.key, record.value, dict(record.headers), record.partition, record.offset)
        try:
            return self.feed.read(raw, self.as_of_day, self.control.incarnation, self.memory)
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            log.error("intake failed on a record", feed=self.name, error=type(error).__name__, offset=record.offset)  # noqa: TRY400 - a traceback may show values
            return Rejected(Code.OUR_FAULT, "", type(error).__name__), ""

    def _same_source(self, source: str) -> bool:
        """The system behind a feed changes only with a raised incarnation."""
        header = self.header
        if source == header.source:
            return True
        if header.source and self.control.incarnation <= header.source_incarnation:
            return False
        header.source, header.source_incarnation = source, self.control.incarnation
        return True

    def _send(self, outcome: Accepted) -> None:
        sent = []
        for message in outcome.messages:
            data = encode(message)
            self.batch.produce(EVENTS, message.person, data)
            self.emitted += len(message.facts)
            sent.append((message, data))
        if not outcome.messages:
            self.counts[m.RECORDS_SKIPPED.name, SkipReason.DELETE_OF_UNKNOWN_ROW] += 1
        if outcome.identity is not None:
            self.seen[outcome.identity.person] = outcome.identity
        for row, stated in outcome.remember:
            self.memory.remember(row, stated, next((data for message, data in sent if message is stated), None))
        if outcome.deletion is not None:
            self.memory.delete(outcome.deletion)

    def _send_identities(self) -> None:
        """Seal and send the identities that this partition has not sent yet, or whose name is new."""
        keys = [PERSON + person for person in self.seen]
        for key, known, identity in zip(keys, self.batch.get_many(keys), self.seen.values(), strict=True):
            mark = self.feed.keys.name_key(identity.name)
            if known == mark:
                continue
            self._send_identity(identity)
            self.batch.put(key, mark)

    def _send_identity(self, seen: IdentitySeen) -> None:
        """The identity and its data key, both on the person's partition; of a restricted person nothing is kept."""
        if seen.person in self.batch.tables.get(RESTRICTIONS, {}):
            return
        sealed = self.intake.envelopes.seal(seen.person, Identity(seen.kind, seen.country, seen.number, seen.name))
        partition = partition_of(seen.person, self.intake.events_partitions)
        self.batch.produce(IDENTITY_KEYS, sealed.key_row, sealed.wrapped, partition=partition)
        self.batch.produce(IDENTITIES, seen.person, sealed.envelope, partition=partition)

    def _send_horizons(self, standing: dict[int, int]) -> None:
        """To every events partition, in the transaction that holds what they cover."""
        for division, through in standing.items():
            if self.header.sent.get(division) == through:
                continue
            message = encode(Horizon(FORMAT, self.name, division, self.batch.partition, self.feed.feed.partitions, through))
            for partition in range(self.intake.events_partitions):
                self.batch.produce(EVENTS, None, message, partition=partition)
        self.header.sent, self.header.sent_ms = dict(standing), self.batch.now_ms
        self.intake.metrics.set(m.WATERMARK, min(standing.values()) * DAY_SECONDS, feed=self.name)
        log.info("horizon", feed=self.name, partition=self.batch.partition, through=str(date_of(min(standing.values()))))

    def _dead(self, record: Record, why: Rejected) -> None:
        produce_dead_letter(self.batch, record, self.name, why, self.intake.writer, self.intake.sealer)
        self.counts[m.EVENTS_REJECTED.name, str(why.code)] += 1
        self.quality.refused(record, why)
