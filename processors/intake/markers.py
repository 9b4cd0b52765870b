"""Reads completeness markers."""

import re

from processors.identity.kinds import Identifier, IdForm, IdKind, IdStrength
from processors.intake.change import Row
from processors.intake.context import Context
from processors.intake.fault import RecordFault
from processors.intake.outcome import Marker
from processors.intake.read import MarkerReader
from processors.intake.readers import day_reader, parsed_reader
from processors.intake.scope import Scope
from processors.intake.values import division_value, text_of
from schemas.errors import Code
from schemas.events import Identity
from schemas.fact_fields import FieldRule, Reading
from schemas.feed_file import HorizonSpec

SNAPSHOT = re.compile(r"(\d{1,20}):(\d{1,20}):[\d,]*", re.ASCII)
NOBODY = Identifier(IdKind.OTHER, "", "", IdForm.OTHER, IdStrength.WEAK)
_ANY_DAY = FieldRule(Reading.DAY_PAST, default=0)
_ANY_DIVISION = FieldRule(Reading.DIVISION, default=0)


def marker_reader(spec: HorizonSpec, context: Context) -> MarkerReader:
    """Reads a row of the marker table. A day that has not come yet cannot be complete, a division elsewhere is not ours: both are refused."""
    read_through = day_reader([spec.through], _ANY_DAY)
    read_division = parsed_reader(spec.division, _ANY_DIVISION, division_value)
    database = context.feed.wire.startswith("debezium")

    def read(row: Row, as_of_day: int) -> Marker:
        scope = Scope(as_of_day, b"", NOBODY, Identity(0, 0, 0), "", b"", [])
        through, division = read_through(row, scope), read_division(row, scope)
        if spec.feed and text_of(row.get(spec.feed)) not in {"", context.feed.feed}:
            through = 0  # another feed's day: here it only moves the watermark
        if through and division and not context.divisions.in_province(division):
            raise RecordFault(Code.DIVISION_NOT_SERVED, spec.division, f"a division of {context.divisions.province}")
        if not database:
            return Marker(division, through, 0, 0)
        snapshot = SNAPSHOT.fullmatch(text_of(row.get(spec.snapshot)))
        if snapshot is None:
            raise RecordFault(Code.REQUIRED, spec.snapshot, "pg_current_snapshot() as text, xmin:xmax:list")
        return Marker(division, through, int(snapshot[1]), int(snapshot[2]))

    return read
