"""A decoded record, before anybody asks what it means: one row change of one table."""

from enum import Enum
from typing import Any

from msgspec import Struct

Row = dict[str, Any]
UNAVAILABLE = "__debezium_unavailable_value"
"""What Debezium sends for a large column that an update left alone."""


class Op(Enum):
    """What happened to the row."""

    CREATED = "c"
    UPDATED = "u"
    DELETED = "d"
    READ = "r"
    TRUNCATED = "t"


class RowChange(Struct, gc=False):
    """One change of one row.

    Attributes:
        sequence, sub: version of the row within one incarnation of the source; rising per row.
        transaction: id of the source's transaction; 0 = unknown.
        recorded_day: day of the change in the source, Asia/Shanghai; 0 = unknown.
        source: identity of the source system, as the record names it; empty = it does not.
        new_key: the primary key that replaces this row's in a change of key; None otherwise.
        event_id: the source's own id of this change; empty = it has none.
        annulled: the record says that what it stated was never true.
        ended: the record says that it was true until now.
    """

    table: str
    op: Op
    before: Row | None
    after: Row | None
    sequence: int
    sub: int = 0
    transaction: int = 0
    snapshot: int = 0
    recorded_day: int = 0
    source: str = ""
    new_key: Row | None = None
    event_id: str = ""
    annulled: bool = False
    ended: bool = False

    def __repr__(self) -> str:
        """Table, operation and version only: rows are personal data, and a representation ends up in logs."""
        return f"RowChange(table={self.table!r}, op={self.op.value!r}, sequence={self.sequence}, sub={self.sub})"
