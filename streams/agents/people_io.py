"""Between the people stage and Kafka: decoding its messages, sending what it decided, slices of the sweep, the brake on failures."""

import time
from collections import deque
from collections.abc import Mapping

import structlog
from msgspec import DecodeError

from processors.person.apply import Applied
from processors.rules.model import Numbers
from processors.stage import Output, PeopleStage
from schemas import metrics as m
from schemas.events import decode
from schemas.feed_file import load_feeds
from schemas.messages import alert_message, enrolment_message
from schemas.policy import load_policy
from schemas.topics import ALERTS, ENROLMENTS
from schemas.wire import Writer
from sinks.metrics import Metrics
from streams.engine.batch import Batch
from streams.engine.records import BatchReason, Record
from streams.registry import writer_for
from streams.settings import Settings

log = structlog.get_logger("canbao.people")

SWEEP_PERSONS = 25
SWEEP_SECONDS = 0.02
SWEEP_IDLE_SECONDS = 0.04
QUARANTINES_PER_MINUTE_MAX = 20
MINUTE_SECONDS = 60.0
RESULTS = frozenset(result.value for result in Applied)


class People:
    """What the agent needs besides its batches."""

    def __init__(
        self, policy: Numbers, topics: Mapping[str, str], writers: tuple[Writer, Writer], metrics: Metrics, *, ticks: bool
    ) -> None:
        self.policy = policy
        self.topics = topics
        self.alert_writer, self.enrolment_writer = writers
        self.metrics = metrics
        self.writes_ticks = ticks
        self.failures: deque[float] = deque(maxlen=QUARANTINES_PER_MINUTE_MAX + 1)


def people_of(settings: Settings, metrics: Metrics) -> People:
    """Policy, feeds and contracts of this process."""
    paths = sorted(settings.policy_folder.glob("*.yaml")) if settings.policy_folder else None
    topics = {name: feed.topic for name, feed in load_feeds().items()}
    writers = writer_for("alert", ALERTS, settings), writer_for("enrolment", ENROLMENTS, settings)
    return People(load_policy(paths), topics, writers, metrics, ticks=settings.clock == "calendar")


def take(stage: PeopleStage, batch: Batch, record: Record) -> Output:
    """Hand one record to the stage. What is not a message of ours ends the process: nobody else may write to canbao.events.

    Raises:
        DecodeError: names the position; the value is never shown.
    """
    if record.value is None:
        return Output()
    try:
        message = decode(record.value)
    except DecodeError as error:
        position = f"{record.topic}[{record.partition}]@{record.offset}"
        raise DecodeError(f"CB-901 {position} is not a message of canbao.events; see the runbook") from error
    return stage.handle(batch, message)


def send(people: People, batch: Batch, output: Output) -> None:
    """Produce alerts and public rows to the partition number of their person, count, and mind the brake."""
    for alert in output.alerts:
        message = alert_message(people.alert_writer, alert)
        batch.produce(ALERTS, message.key, message.value, message.headers, batch.partition)
        people.metrics.add(m.ALERTS_EMITTED, rule=alert.rule, severity=alert.severity, change=alert.change)
    for row in output.public:
        message = enrolment_message(people.enrolment_writer, row)
        batch.produce(ENROLMENTS, message.key, message.value, message.headers, batch.partition)
        people.metrics.add(m.PUBLIC_ROWS)
    _count(people, output)
    if output.faults:
        _mind(people, batch, output)


def _count(people: People, output: Output) -> None:
    for name, number in output.counts.items():
        if name in RESULTS:
            people.metrics.add(m.FACTS_APPLIED, number, result=name)
        elif name == "swept":
            people.metrics.add(m.SWEPT, number)
        elif name == "quarantined":
            people.metrics.add(m.QUARANTINED, number)


def _mind(people: People, batch: Batch, output: Output) -> None:
    """Log each failure; more of them a minute than one bad person explains hold this partition until an operator has looked."""
    now = time.monotonic()
    for fault in output.faults:
        log.error("person quarantined", person=fault.person.hex(), error=fault.error, where=fault.where, code="CB-900")
        people.failures.append(now)
    if sum(now - at < MINUTE_SECONDS for at in people.failures) > QUARANTINES_PER_MINUTE_MAX:
        log.error("quarantine brake", partition=batch.partition, code="CB-902")
        batch.pause()


def sweep_slice(stage: PeopleStage, batch: Batch) -> Output:
    """Advance the sweep for a slice of time: short after live records, longer when idle."""
    output = Output()
    until = time.monotonic() + (SWEEP_SECONDS if batch.reason is BatchReason.RECORDS else SWEEP_IDLE_SECONDS)
    while stage.sweeping and time.monotonic() < until:
        output.merge(stage.sweep(batch, SWEEP_PERSONS))
    return output
