"""What a department is told about its own records, on `canbao.quality.<feed>`: position, code, field; never a value, never a person."""

from typing import Any

from msgspec import Struct

from processors.intake.outcome import Rejected
from schemas.errors import Code, load_errors
from schemas.topics import quality_topic
from schemas.wire import Writer
from streams.engine.batch import Batch
from streams.engine.records import Record

REFUSED, KEPT = "REFUSED", "KEPT_AS_UNKNOWN"


class Span(Struct):
    """Records of one batch that have the same thing to be told: from the first to the last, so many."""

    first: int
    last: int
    count: int = 0


class Quality:
    """Told in the batch's transaction: each refused record, and once a batch each field whose codes no table knows."""

    def __init__(self, batch: Batch, feed: str, writer: Writer, day: int) -> None:
        self._batch, self._feed, self._writer, self._day = batch, feed, writer, day
        self._unknown: dict[str, Span] = {}

    def refused(self, record: Record, why: Rejected) -> None:
        """A record that went to the dead letters."""
        self._tell(why.code, REFUSED, why.field, Span(record.offset, record.offset, 1))

    def unknown(self, record: Record, notes: list[str]) -> None:
        """A record that was kept with UNKNOWN; a note is `field=code`, and only the field is told."""
        for field in {note.partition("=")[0] for note in notes}:
            span = self._unknown.setdefault(field, Span(record.offset, record.offset))
            span.last = record.offset
            span.count += 1

    def finish(self) -> None:
        """Tell what was gathered over the batch."""
        for field, span in self._unknown.items():
            self._tell(Code.CODE_UNKNOWN, KEPT, field, span)

    def _tell(self, code: Code, effect: str, field: str, span: Span) -> None:
        told: dict[str, Any] = {
            "feed": self._feed,
            "code": str(code),
            "effect": effect,
            "field": field,
            "meaning": load_errors()[code].meaning_zh,
            "topic": self._batch.topic,
            "partition": self._batch.partition,
            "offset": span.first,
            "last_offset": span.last,
            "count": span.count,
            "day": self._day,
        }
        # the partition is the records' own: in order, and a transaction touches one partition more
        self._batch.produce(quality_topic(self._feed), str(code).encode(), self._writer.encode(told), partition=self._batch.partition)
