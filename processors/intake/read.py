"""From a decoded change to an outcome: the way of every record, whatever its wire form."""

import re
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, structs

from processors.intake import chains
from processors.intake.change import Op, Row, RowChange
from processors.intake.fault import RecordFault
from processors.intake.outcome import Accepted, Deletion, Marker, Outcome, Rejected, Skipped, SkipReason
from processors.intake.statement import Version, place_of
from processors.intake.table import CompiledTable, Statement
from schemas.errors import Code
from schemas.events import FORMAT, Facts, Identity
from schemas.facts import FORM_NOT_KEPT, AnyFact, DeathClaim, IdentityRecord
from schemas.kinds import FactStatus

STATUS_OF_DELETE = {"ignore": FactStatus.ROW_GONE, "ended": FactStatus.ENDED, "annulled": FactStatus.WITHDRAWN}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.$]{0,63}", re.ASCII)
DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
MarkerReader = Callable[[Row, int], Marker]


def shown(name: str) -> str:
    """The name of a table or column as a source wrote it, or ? where it is none: a shifted value would be shown for years in a header."""
    return name if NAME.fullmatch(name) and not DIGITS.search(name) else "?"


class Memory(Protocol):
    """What intake remembers of a feed; the agent keeps it in its state store."""

    def stated(self, row: bytes) -> Facts | None:
        """What was last stated for a source row (feeds without before-images)."""

    def deleting(self, transaction: int) -> bool:
        """Whether this transaction has deleted a row that is remembered."""

    def deleted(self, transaction: int, natural: bytes) -> Facts | None:
        """What a row that this transaction deleted had stated."""


class Place(Struct, frozen=True, gc=False):
    """Where a record stands and under which incarnation of its source."""

    partition: int
    offset: int
    incarnation: int
    as_of_day: int


class FeedReader(Struct, frozen=True):
    """A compiled feed: reads changes. It keeps nothing; what must be kept goes through `Memory` and comes back in `Accepted`."""

    feed: str
    tables: dict[str, CompiledTable]
    marker_table: str
    read_marker: MarkerReader | None
    has_before: bool

    def read(self, change: RowChange, place: Place, memory: Memory) -> Outcome:
        """The outcome of one change; never raises for what a record contains."""
        try:
            return self._read(change, place, memory)
        except RecordFault as fault:
            return Rejected(fault.code, fault.field, "", fault.allowed)
        except TypeError:
            nested = self._nested(change)
            if not nested:
                raise
            return Rejected(Code.NOT_A_CHANGE, shown(nested), "a list or an object", "a plain value")

    def _nested(self, change: RowChange) -> str:
        """The first column that is read (of a marker: any) whose value is no plain one; readers look values up, and such values cannot be."""
        table = self.tables.get(change.table)
        rows = [row for row in (change.after, change.before) if row is not None]
        return next(
            (column for row in rows for column in (table.mapped if table is not None else row) if isinstance(row.get(column), list | dict)),
            "",
        )

    def _read(self, change: RowChange, place: Place, memory: Memory) -> Outcome:
        if change.op is Op.TRUNCATED:
            return Rejected(Code.TRUNCATED, shown(change.table), brakes=True)
        if change.table == self.marker_table and self.read_marker is not None:
            return Skipped(SkipReason.NO_FACTS) if change.after is None else self.read_marker(change.after, place.as_of_day)
        table = self.tables.get(change.table)
        if table is None:
            raise RecordFault(Code.UNKNOWN_TABLE, shown(change.table), ", ".join([*self.tables, self.marker_table]))
        if change.event_id:
            return self._chained(change, table, place, memory)
        return self._changed(change, table, place, memory)

    def _chained(self, change: RowChange, table: CompiledTable, place: Place, memory: Memory) -> Outcome:
        """An event: it is of its own chain, or of the chain of the event that it speaks of; its id leads to that chain from now on."""
        row = chains.row_of(change)
        previous = str(row.get(chains.PREVIOUS) or "")
        if not row.get(chains.CHAIN) and previous:
            row[chains.CHAIN] = chains.chain_of(memory.stated(chains.pointer_key(row, previous)), previous)
        outcome = self._changed(change, table, place, memory)
        if isinstance(outcome, Accepted):
            pointer = chains.pointer_to(change, self.feed, place.partition, place.offset)
            outcome.remember.append((chains.pointer_key(row, change.event_id), pointer))
        return outcome

    def _changed(self, change: RowChange, table: CompiledTable, place: Place, memory: Memory) -> Outcome:
        if change.op is Op.DELETED:
            return self._deleted(change, table, place, memory)
        if change.after is None:
            raise RecordFault(Code.NOT_A_CHANGE, "after")
        return self._asserted(change, change.after, table, place, memory)

    def _asserted(self, change: RowChange, after: Row, table: CompiledTable, place: Place, memory: Memory) -> Outcome:
        if self.has_before and change.op is Op.UPDATED and change.before is None:
            raise RecordFault(Code.NO_BEFORE_IMAGE, "before")
        after = _filled(after, change.before, table)
        version = _version(change, place, _status(change))
        statement = table.state(after, version, place.as_of_day)
        now = self._message(statement, change, place)
        remember: list[tuple[bytes, Facts | None]] = []
        if self.has_before:
            earlier = self._before(change, after, table, place) + _recreated(change, after, table, memory)
        else:
            row = table.row_key(after)
            known = memory.stated(row)
            early = memory.stated(table.row_key(chains.awaited(after, change.event_id))) if known is None and change.event_id else None
            known = known or early
            stale = _stale(known, version, now) if known is not None and known.facts else None
            if stale is not None:
                return stale if early is None else Accepted([], None, [], [(row, early)])
            earlier = [known] if known is not None else []
            remember = [(row, structs.replace(now) if earlier else now)]  # what was stated before may change the message
        messages = _merged(now, earlier, version)
        if not messages:
            return Skipped(SkipReason.NO_FACTS)
        return Accepted(messages, table.identity_seen(statement.scope), statement.scope.notes, remember)

    def _before(self, change: RowChange, after: Row, table: CompiledTable, place: Place) -> list[Facts]:
        """What the row stated before an update, where that may be filed elsewhere; a row that could not be read stated nothing."""
        before = change.before
        if change.op is not Op.UPDATED or before is None:
            return []
        if list(map(before.get, table.watched)) == list(map(after.get, table.watched)):
            return []
        try:
            statement = table.state(before, _version(change, place, FactStatus.ASSERTED), place.as_of_day)
        except RecordFault:
            return []
        return [self._message(statement, change, place)]

    def _deleted(self, change: RowChange, table: CompiledTable, place: Place, memory: Memory) -> Outcome:
        before = change.before
        if before is None:
            raise RecordFault(Code.NO_BEFORE_IMAGE, "before")
        status = _status_of_delete(change, table)
        if not self.has_before:
            return self._deleted_unseen(change, table.row_key(before), _version(change, place, status), place, memory)
        if any(before.get(column) in (None, "") for column in _must_have(table)):
            raise RecordFault(Code.NO_BEFORE_IMAGE, "before", "REPLICA IDENTITY FULL")
        statement = table.state(before, _version(change, place, status), place.as_of_day)
        for fact in statement.facts:
            fact.status = int(status)
        message = self._message(statement, change, place)
        deletion = None
        if table.natural_key is not None and change.transaction and change.new_key is None:
            deletion = Deletion(change.transaction, table.natural_key(before), message)
        return Accepted([message], None, statement.scope.notes, [], deletion) if message.facts else Skipped(SkipReason.NO_FACTS)

    def _deleted_unseen(self, change: RowChange, row: bytes, version: Version, place: Place, memory: Memory) -> Outcome:
        """A delete without the old row: what was last stated for it. Of an unknown row a stub stays, so that its late creation is absorbed."""
        known = memory.stated(row)
        if known is None:
            mark = IdentityRecord(
                row, version.status, version.incarnation, version.sequence, version.sub, -1, version.offset, 0, 0, 0, b"", 0, 0, 0, b""
            )
            stub = Facts(FORMAT, b"", b"", b"", self.feed, place.partition, place.offset, "", 0, 0, 0, Identity(0, 0, 0), [mark])
            return Accepted([], None, [], [(row, stub)])
        old = known.facts[0]
        if (version.incarnation, version.sequence, version.sub) <= (old.incarnation, old.sequence, old.sub):
            return Skipped(SkipReason.STALE)
        status = FactStatus(version.status)
        facts = [_restated(fact, version, status) for fact in known.facts]
        gone = structs.replace(
            known,
            event_id=change.event_id.encode(),
            feed_partition=place.partition,
            offset=place.offset,
            recorded_on=change.recorded_day,
            facts=facts,
        )
        messages = [gone] if gone.person else []
        return Accepted(messages, None, [], [(row, gone)])

    def _message(self, statement: Statement, change: RowChange, place: Place) -> Facts:
        person = statement.scope.person
        return Facts(
            FORMAT,
            person,
            person,
            change.event_id.encode(),
            self.feed,
            place.partition,
            place.offset,
            str(change.transaction) if change.transaction else "",
            change.snapshot,
            0,
            statement.recorded_on or change.recorded_day,
            statement.identity,
            statement.facts,
            statement.scope.notes,
        )


def _must_have(table: CompiledTable) -> list[str]:
    return [column.name for column in table.spec.columns if column.required]


def _status_of_delete(change: RowChange, table: CompiledTable) -> FactStatus:
    """A change of key withdraws the old key's facts; else the record's own word, else what the feed file says of a delete."""
    if change.new_key is not None or change.annulled:
        return FactStatus.WITHDRAWN
    return FactStatus.ENDED if change.ended else STATUS_OF_DELETE[table.on_delete]


def _recreated(change: RowChange, after: Row, table: CompiledTable, memory: Memory) -> list[Facts]:
    """What the same transaction deleted under the same natural key: delete and insert are one correction."""
    if table.natural_key is None or change.op is not Op.CREATED or not change.transaction or not memory.deleting(change.transaction):
        return []
    gone = memory.deleted(change.transaction, table.natural_key(after))
    return [gone] if gone is not None else []


def _status(change: RowChange) -> FactStatus:
    if change.annulled:
        return FactStatus.WITHDRAWN
    return FactStatus.ENDED if change.ended else FactStatus.ASSERTED


def _version(change: RowChange, place: Place, status: FactStatus) -> Version:
    return Version(int(status), place.incarnation, change.sequence, change.sub, place.offset)


def _filled(after: Row, before: Row | None, table: CompiledTable) -> Row:
    """The row after, with unchanged values that were not sent taken from the row before."""
    column = table.unsent(after)
    while column:
        if before is None or column not in before or before[column] == after[column]:
            raise RecordFault(Code.VALUE_NOT_SENT, column)
        after = {**after, column: before[column]}
        column = table.unsent(after)
    return after


def _stale(known: Facts, version: Version, now: Facts) -> Outcome | None:
    """For feeds without before-images: an older version of the row is stale, an equal one a repeat, or a fault of the source."""
    old = known.facts[0]
    order = (version.incarnation, version.sequence, version.sub)
    known_order = (old.incarnation, old.sequence, old.sub)
    if order > known_order:
        return None
    if order < known_order:
        return Skipped(SkipReason.STALE)
    if known.person == now.person and len(known.facts) == len(now.facts) and all(map(_says_again, now.facts, known.facts)):
        return Skipped(SkipReason.DUPLICATE)
    return Rejected(Code.EQUAL_VERSION, brakes=True)


def _says_again(fact: AnyFact, known: AnyFact) -> bool:
    """Whether a fact says what is known: everything but where the record stood, and a form that was not kept."""
    left_out = {"offset", "ref", "known_on"}
    if isinstance(known, DeathClaim) and known.id_form == FORM_NOT_KEPT:
        left_out.add("id_form")
    said = [name for name in fact.__struct_fields__ if name not in left_out]
    return type(fact) is type(known) and all(getattr(fact, name) == getattr(known, name) for name in said)


def _merged(now: Facts, earlier: list[Facts], version: Version) -> list[Facts]:
    """One message per person: at another person what is withdrawn there, then here what is withdrawn elsewhere in the ledger and what holds."""
    standing = {place_of(fact) for fact in now.facts}
    others: list[Facts] = []
    for known in earlier:
        here = known.person == now.person
        gone = [fact for fact in known.facts if fact.status != FactStatus.WITHDRAWN and not (here and place_of(fact) in standing)]
        withdrawn = [_restated(fact, version, FactStatus.WITHDRAWN) for fact in gone]
        if here:
            now.facts = withdrawn + now.facts
        elif withdrawn:
            others.append(_elsewhere(known, withdrawn, now))
    return [*others, now] if now.facts else others


def _restated(fact: AnyFact, version: Version, status: FactStatus) -> AnyFact:
    """The same statement under a later version and another status."""
    return structs.replace(
        fact,
        status=int(status),
        incarnation=version.incarnation,
        sequence=version.sequence,
        sub=version.sub,
        offset=version.offset,
    )


def _elsewhere(known: Facts, facts: list[AnyFact], now: Facts) -> Facts:
    """A message of this record to the person under whom the row was filed before."""
    return structs.replace(now, person=known.person, origin=known.origin, identity=known.identity, facts=facts, unmapped=[])
