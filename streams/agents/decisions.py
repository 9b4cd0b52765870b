"""intake of decisions: canbao.decisions → canbao.events at the person. Only the form is checked here; whether it applies is the people stage's.

canbao.decisions ─► decode, check the form ─► canbao.events (DECISION, at the person)
                                 └──► canbao.dead-letters (sealed original bytes, CB-nnn)
"""

from msgspec import Struct

from processors.intake.outcome import Rejected
from schemas import metrics as m
from schemas.decision import Decision, malformed, read_decision
from schemas.errors import Code
from schemas.events import FORMAT, Decided, encode
from schemas.topics import DEAD_LETTERS, EVENTS
from schemas.wire import NotAvroError, Reader, UnknownSchemaError, Writer
from sinks.metrics import Metrics
from streams.agents.dead_letters import produce_dead_letter
from streams.engine.batch import Batch
from streams.engine.records import Record
from streams.registry import reader_for, writer_for
from streams.sealing import Sealer, sealer_of
from streams.settings import Settings

FEED = "decisions"
"""Its name among the feeds: in metrics, dead letters and the role `intake:decisions`."""


class DecisionIntake(Struct, frozen=True):
    """What the intake of decisions needs besides its batches."""

    reader: Reader
    letters: Writer
    sealer: Sealer
    metrics: Metrics


def decision_intake(settings: Settings, metrics: Metrics) -> DecisionIntake:
    """The intake of decisions of this process."""
    return DecisionIntake(reader_for("decision", settings), writer_for(DEAD_LETTERS, settings), sealer_of(settings), metrics)


def work(of_decisions: DecisionIntake, batch: Batch) -> None:
    """One batch of decisions; RegistryDownError where the writer's schema cannot be asked for now."""
    for record in batch.records:
        if record.value is None:
            continue
        read = _read(of_decisions, record)
        if isinstance(read, Rejected):
            produce_dead_letter(batch, record, FEED, read, of_decisions.letters, of_decisions.sealer)
            of_decisions.metrics.add(m.EVENTS_REJECTED, feed=FEED, code=read.code.value)
        else:
            batch.produce(EVENTS, read.person_key, encode(Decided(FORMAT, read.person_key, read)))
    of_decisions.metrics.add(m.EVENTS_RECEIVED, len(batch.records), feed=FEED)


def _read(of_decisions: DecisionIntake, record: Record) -> Decision | Rejected:
    """The decision of a record, or why it is none."""
    try:
        decision = read_decision(of_decisions.reader, record.value or b"")
    except UnknownSchemaError:
        return Rejected(Code.UNKNOWN_SCHEMA)
    except NotAvroError:
        return Rejected(Code.NOT_DECODABLE)
    wrong = malformed(decision)
    if wrong is not None:
        return Rejected(Code.NOT_OF_FORM, wrong.field, wrong.allowed)
    return decision if record.key == decision.person_key else Rejected(Code.KEY_DIFFERS, "person_key", "the record's key")
