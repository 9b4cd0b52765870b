"""The envelope in which a department sends canonical events itself (schemas/avro/canonical_event.avsc): one event as one row change."""

from collections.abc import Mapping
from typing import Any

from processors.intake.chains import CHAIN, PREVIOUS, chain_digest
from processors.intake.change import Op, Row, RowChange
from processors.intake.fault import RecordFault
from schemas.dates import date_of
from schemas.errors import Code
from schemas.feed_file import Feed

DEATHS, DEATH_DATE = "death", "death_date"
"""The table whose `valid_from` is a date of death, and the column that says how much of it is known."""
LETTERS_KEPT = {"MONTH": len("YYYY-MM"), "YEAR": len("YYYY")}
"""How much of a date is known under a coarse precision."""
CHANGES = {"CREATED": Op.UPDATED, "CORRECTED": Op.UPDATED, "SNAPSHOT": Op.READ, "ANNULLED": Op.UPDATED, "ENDED": Op.UPDATED}


class CanonicalDecoder:
    """Finds an event's table by its type, and lays the envelope's fields beside those of `after`."""

    def __init__(self, feed: Feed) -> None:
        self._tables = {event: spec.name for spec in feed.tables for event in spec.events}
        self._money = {spec.name: [column.name for column in spec.columns if column.type.startswith("numeric")] for spec in feed.tables}

    def change_of(self, event: Mapping[str, Any]) -> RowChange:
        """The change that an event is. ANNULLED or ENDED without `after` speaks of what the chain stated before.

        Raises:
            RecordFault: unknown event or change type, no subject.
        """
        kind, change = str(event["event_type"]), str(event["change_type"])
        table, op = self._tables.get(kind), CHANGES.get(change)
        if table is None:
            raise RecordFault(Code.UNKNOWN_TABLE, "event_type", ", ".join(self._tables))
        if op is None:
            raise RecordFault(Code.UNKNOWN_OPERATION, "change_type", ", ".join(CHANGES))
        after = event["after"]
        row = self._row(event, kind, table, after or {})
        closing = change in {"ANNULLED", "ENDED"}
        if after is None and not closing and table != "complete":
            raise RecordFault(Code.NOT_A_CHANGE, "after")
        gone = after is None and closing
        return RowChange(
            table,
            Op.DELETED if gone else op,
            before=row if gone else None,
            after=None if gone else row,
            sequence=max(int(event["source_seq"]), 0),
            snapshot=int(op is Op.READ),
            recorded_day=int(event["recorded_on"]),
            event_id=str(event["event_id"]),
            annulled=change == "ANNULLED",
            ended=change == "ENDED",
        )

    def _row(self, event: Mapping[str, Any], kind: str, table: str, after: Mapping[str, Any]) -> Row:
        row: Row = dict(after)
        for name in self._money[table]:
            fen = row.get(name)
            if isinstance(fen, int) and not isinstance(fen, bool):
                row[name] = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
        row |= {name: event[name] for name in ("source_system", "chain_id", "source_seq", "source_org")}
        row |= {name: event[name] or None for name in ("recorded_on", "valid_from", "valid_to")}
        row["event_type"], row[PREVIOUS] = kind, event["previous_event_id"] or ""
        row[CHAIN] = chain_digest(str(row[CHAIN]))
        kept = LETTERS_KEPT.get(str(event["valid_precision"]))
        if kept and event["valid_from"] and table == DEATHS and DEATH_DATE not in row:
            row[DEATH_DATE] = date_of(event["valid_from"]).isoformat()[:kept]
        ids = event["subject_ids"]
        if ids:
            row |= {"id_type": ids[0]["type"], "id_value": ids[0]["value"], "id_country": ids[0]["country"]}
        return row
