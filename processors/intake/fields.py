"""The fields of a fact in one go: what was read before is looked up, what is new is read and kept.

A department repeats few codes, months, days and employers; looking them all up costs a fraction of asking a reader for each.
"""

from collections.abc import Callable, Sequence
from functools import partial
from operator import call
from typing import Any

from msgspec import Struct

from processors.intake.change import Row
from processors.intake.fault import RecordFault
from processors.intake.readers import VALUES_KEPT, Reader
from processors.intake.scope import Scope
from schemas.dates import month_of_day
from schemas.errors import Code


class Field(Struct, frozen=True):
    """How a field is read.

    Attributes:
        column: its value follows from this column alone; empty = it does not.
        past: it must not be in the future of the record.
        ahead_months: how many months after the record it may lie; 0 = no bound.
        constant: its value, whatever the row says; None = the row says it.
    """

    read: Reader
    column: str = ""
    past: bool = False
    constant: object = None
    ahead_months: int = 0


class _Memory:
    """What was read from the columns of the fields, each with a table of its own."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self.tables: list[dict[Any, Any]] = [{} for _ in fields]

    def recall(self) -> list[Callable[[Any], Any]]:
        """Per field, what a raw value means; None = not known."""
        pairs = zip(self.fields, self.tables, strict=True)
        return [table.get if field.constant is None else partial({None: field.constant}.get, None) for field, table in pairs]

    def learn(self, values: list[Any], row: Row, scope: Scope) -> None:
        """Read what is not known yet. What leaves a note is not kept: it leaves it every time."""
        for index, field in enumerate(self.fields):
            if values[index] is None:
                noted = len(scope.notes)
                values[index] = field.read(row, scope)
                if len(scope.notes) == noted:
                    self._keep(self.tables[index], row.get(field.column), values[index])

    def _keep(self, table: dict[Any, Any], raw: Any, value: Any) -> None:
        if len(table) >= VALUES_KEPT:
            table.clear()
        table[raw] = value


def fields_reader(fields: Sequence[Field]) -> Callable[[Row, Scope], list[Any]]:
    """Reads the fields in their order; raises what their readers raise."""
    memory = _Memory(fields)
    recall, learn, columns = memory.recall(), memory.learn, [field.column for field in fields]
    alone = [(index, field.read) for index, field in enumerate(fields) if not field.column and field.constant is None]
    past = [(index, field.read) for index, field in enumerate(fields) if field.past and field.column]
    ahead = [(index, field.column, field.ahead_months) for index, field in enumerate(fields) if field.ahead_months]

    def read(row: Row, scope: Scope) -> list[Any]:
        values = list(map(call, recall, map(row.get, columns)))
        for index, read_alone in alone:
            values[index] = read_alone(row, scope)
        if None in values:
            learn(values, row, scope)
        for index, read_day in past:
            if values[index] > scope.as_of_day:
                read_day(row, scope)  # raises
        for index, column, months in ahead:
            if values[index] > month_of_day(scope.as_of_day) + months:
                raise RecordFault(Code.TOO_FAR_AHEAD, column, f"at most {months} months after the record")
        return values

    return read
