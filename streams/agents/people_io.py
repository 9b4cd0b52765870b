"""Between the people stage and Kafka: decoding its messages, sending what it decided, slices of the sweep, the brake on failures."""

import time
from collections import deque
from collections.abc import Mapping

import structlog
from msgspec import DecodeError

from processors.intake.outcome import Rejected
from processors.output import Output
from processors.person.apply import Applied
from processors.rules.model import Numbers
from processors.stage import PeopleStage
from schemas import metrics as m
from schemas.decision import result_message
from schemas.errors import Code
from schemas.events import Facts, Message, decode
from schemas.feed_file import load_feeds
from schemas.kinds import Change
from schemas.messages import alert_message, enrolment_message
from schemas.topics import ALERTS, DEAD_LETTERS, DECISION_RESULTS, ENROLMENTS
from sinks.metrics import Metrics
from streams.agents.days import write_ticks
from streams.agents.dead_letters import ATTEMPTS_MAX, produce_dead_letter
from streams.engine.batch import Batch
from streams.engine.records import BatchReason, Record
from streams.policy import policy_of
from streams.registry import writer_for
from streams.sealing import sealer_of
from streams.settings import Settings

log = structlog.get_logger("canbao.people")

SWEEP_PERSONS = 25
SWEEP_SECONDS = 0.02
SWEEP_IDLE_SECONDS = 0.04
QUARANTINES_PER_MINUTE_MAX = 20
MINUTE_SECONDS = 60.0
DAY_SECONDS = 86_400
SHANGHAI_SECONDS = 8 * 3_600
DATA_ERROR = "DATA_ERROR"
"""The code by which clerks say that a source was wrong."""
RESULTS = frozenset(result.value for result in Applied)


class People:
    """What the agent needs besides its batches."""

    def __init__(self, policy: Numbers, topics: Mapping[str, str], metrics: Metrics, settings: Settings) -> None:
        self.policy = policy
        self.topics = topics
        self.alert_writer = writer_for(ALERTS, settings)
        self.enrolment_writer = writer_for(ENROLMENTS, settings)
        self.result_writer = writer_for(DECISION_RESULTS, settings)
        self.letter_writer = writer_for(DEAD_LETTERS, settings)
        self.sealer = sealer_of(settings)
        self.metrics = metrics
        self.writes_ticks = settings.clock == "calendar"
        self.failures: deque[float] = deque(maxlen=QUARANTINES_PER_MINUTE_MAX + 1)
        self.told: dict[int, int] = {}
        """Partition → number of the control record whose horizons were told last."""


def people_of(settings: Settings, metrics: Metrics) -> People:
    """Policy, feeds and contracts of this process."""
    topics = {name: feed.topic for name, feed in load_feeds().items()}
    return People(policy_of(settings), topics, metrics, settings)


def work(people: People, batch: Batch) -> None:
    """One batch. Once the brake trips nothing more is tried until a new owner begins, which reads the records again that were not handled."""
    if batch.paused:
        return
    stage = PeopleStage(people.policy, people.topics, leave=lambda output: send(people, batch, output))
    stage.load(batch)
    output = Output()
    for count, record in enumerate(batch.records, start=1):
        taken = take(people, stage, batch, record)
        mind(people, batch, taken)
        output.merge(taken)
        if batch.paused or taken.unfinished:
            batch.keep_first(count - taken.unfinished)
            break
    if people.writes_ticks:
        write_ticks(batch)
    if not batch.attempts:  # should the process die again, it is known to be of the record
        output.merge(sweep_slice(people, stage, batch))
    _count_sent(people, output)
    _count(people, output)
    batch.more = stage.sweeping and not batch.paused
    tell(people, stage, batch)


def take(people: People, stage: PeopleStage, batch: Batch, record: Record) -> Output:
    """Hand one record to the stage; what is not a message of ours is a dead letter and stops nobody."""
    if record.value is None:
        return Output()
    try:
        message = decode(record.value)
    except DecodeError:
        log.error("not a message of canbao.events", partition=record.partition, offset=record.offset, code=Code.NOT_AN_EVENT)  # noqa: TRY400 - a traceback may show values
        _dead(people, batch, record, Code.NOT_AN_EVENT)
        return Output()
    if batch.attempts >= ATTEMPTS_MAX:
        return divert(people, stage, batch, record, message)
    output = stage.part(batch, message)
    for fault in output.refused:
        place = {"partition": record.partition, "offset": record.offset}
        log.error("control record refused", **place, error=fault.error, place=fault.where, code=Code.CONTROL_REFUSED)
        _dead(people, batch, record, Code.CONTROL_REFUSED)
    return output


def divert(people: People, stage: PeopleStage, batch: Batch, record: Record, message: Message) -> Output:
    """The process died with this record alone: its person is set aside, or it becomes a dead letter; the partition goes on."""
    if isinstance(message, Facts):
        return stage.divert(batch, message)
    log.error(
        "control record refused",
        partition=record.partition,
        offset=record.offset,
        error="the process died with it",
        code=Code.CONTROL_REFUSED,
    )
    _dead(people, batch, record, Code.CONTROL_REFUSED)
    return Output()


def _dead(people: People, batch: Batch, record: Record, code: Code) -> None:
    produce_dead_letter(batch, record, "people", Rejected(code), people.letter_writer, people.sealer)
    people.metrics.add(m.EVENTS_REJECTED, feed="people", code=code.value)


def send(people: People, batch: Batch, output: Output) -> None:
    """Produce alerts, public rows and answers to the partition number of their person. Called inside the unit of that person."""
    for alert in output.alerts:
        message = alert_message(people.alert_writer, alert)
        batch.produce(ALERTS, message.key, message.value, message.headers, batch.partition)
    for row in output.public:
        message = enrolment_message(people.enrolment_writer, row)
        batch.produce(ENROLMENTS, message.key, message.value, message.headers, batch.partition)
    for result in output.results:
        message = result_message(people.result_writer, result)
        batch.produce(DECISION_RESULTS, message.key, message.value, message.headers, batch.partition)


def tell(people: People, stage: PeopleStage, batch: Batch) -> None:
    """Set what an operator watches: age of the events, the day, how far the sweep is behind."""
    if batch.records:
        people.metrics.observe(m.EVENT_AGE, max(batch.now_ms - batch.records[0].timestamp_ms, 0) / 1000)
    people.metrics.set(m.SWEEP_PENDING, len(stage.world.pending), partition=str(batch.partition))
    people.metrics.set(m.TICK_DAY, stage.world.as_of * DAY_SECONDS - SHANGHAI_SECONDS)
    if people.told.get(batch.partition) != stage.world.numbered:  # only a tick or a horizon changes it
        people.told[batch.partition] = stage.world.numbered
        for clock, through in stage.world.horizons().items():
            feed, _, division = clock.partition("@")
            people.metrics.set(m.HORIZON, through * DAY_SECONDS, feed=feed, division=division)


def _count_sent(people: People, output: Output) -> None:
    for alert in output.alerts:
        people.metrics.add(m.ALERTS_EMITTED, rule=alert.rule, severity=alert.severity, change=alert.change)
        if alert.change == Change.HANDLED and alert.handling_code == DATA_ERROR:
            for feed in {one.feed for one in alert.evidence}:
                people.metrics.add(m.DATA_ERRORS_FOUND, feed=feed)
    people.metrics.add(m.PUBLIC_ROWS, len(output.public))
    for result in output.results:
        people.metrics.add(m.DECISIONS, action=result.action, verdict=result.verdict)


def _count(people: People, output: Output) -> None:
    for name, number in output.counts.items():
        if name in RESULTS:
            people.metrics.add(m.FACTS_APPLIED, number, result=name)
        elif name == "swept":
            people.metrics.add(m.SWEPT, number)
        elif name == "quarantined":
            people.metrics.add(m.QUARANTINED, number)
    for feed, number in output.conflicts.items():
        people.metrics.add(m.VERSION_CONFLICTS, number, feed=feed)
    for feed, number in output.unmatched.items():
        people.metrics.add(m.LEDGER_UNMATCHED, number, feed=feed)


def mind(people: People, batch: Batch, output: Output) -> None:
    """Log each failure; more of them a minute than one bad person explains hold this partition until an operator has looked."""
    if not output.faults:
        return
    now = time.monotonic()
    for fault in output.faults:
        log.error("person quarantined", person_key=fault.person.hex(), error=fault.error, place=fault.where, code=Code.POISON_PERSON)
        people.failures.append(now)
    if sum(now - at < MINUTE_SECONDS for at in people.failures) > QUARANTINES_PER_MINUTE_MAX:
        log.error("quarantine brake", partition=batch.partition, code=Code.BRAKE_QUARANTINE)
        batch.pause(f"{Code.BRAKE_QUARANTINE}: more than {QUARANTINES_PER_MINUTE_MAX} persons were quarantined within a minute")


def sweep_slice(people: People, stage: PeopleStage, batch: Batch) -> Output:
    """Advance the sweep for a slice of time, short after live records, longer when idle, or until the brake trips."""
    output = Output()
    until = time.monotonic() + (SWEEP_SECONDS if batch.reason is BatchReason.RECORDS else SWEEP_IDLE_SECONDS)
    while stage.sweeping and not batch.paused and time.monotonic() < until:
        swept = stage.sweep(batch, SWEEP_PERSONS)
        mind(people, batch, swept)
        output.merge(swept)
    return output
