"""One table of a feed, compiled: from a row to what it states about whom."""

from collections.abc import Callable

from msgspec import UNSET, Struct

from processors.intake.change import UNAVAILABLE, Row
from processors.intake.context import Context, discreet, hashed
from processors.intake.fault import RecordFault
from processors.intake.outcome import IdentitySeen
from processors.intake.readers import Reader, code_reader, day_reader
from processors.intake.scope import Scope
from processors.intake.statement import FactBuilder, Version, fact_builder, field_reader
from processors.intake.subject import RecordedPerson, SubjectReader, recorded_reader, subject_reader
from processors.intake.values import text_of
from schemas.errors import Code
from schemas.events import Identity
from schemas.fact_fields import FieldRule, Reading
from schemas.facts import AnyFact, IdentityRecord
from schemas.feed_file import Constant, OnDelete, TableSpec
from schemas.kinds import FactStatus

_DIVISION = FieldRule(Reading.DIVISION)
_ANY_DAY = FieldRule(Reading.DAY, default=0)
_STATUS = FieldRule(Reading.CODE, FactStatus, int(FactStatus.ASSERTED))


class Statement(Struct, gc=False):
    """What one side of a record states."""

    scope: Scope
    identity: Identity
    facts: list[AnyFact]
    recorded_on: int


class CompiledTable(Struct, frozen=True):
    """The code of one table.

    Attributes:
        mapped: columns that some reader looks at.
        watched: columns that decide where facts are filed; equal before and after means that nothing is withdrawn.
    """

    spec: TableSpec
    on_delete: OnDelete
    row_key: Callable[[Row], bytes]
    natural_key: Callable[[Row], bytes] | None
    mapped: tuple[str, ...]
    watched: tuple[str, ...]
    state: Callable[[Row, Version, int], Statement]

    def unsent(self, row: Row) -> str:
        """The first mapped column whose unchanged value was not sent; empty when there is none."""
        if UNAVAILABLE not in row.values():
            return ""
        return next((column for column in self.mapped if row.get(column) == UNAVAILABLE), "")

    def identity_seen(self, scope: Scope) -> IdentitySeen:
        """Whom the row is about, with number and name."""
        found = scope.identifier
        return IdentitySeen(scope.person, found.kind, found.country, found.number, scope.name)


def compile_table(spec: TableSpec, context: Context) -> CompiledTable:
    """The code of one table with facts."""
    feed = context.feed
    natural = None
    if spec.natural_key:
        natural = _key_reader(f"{feed.feed}|{spec.name}|natural", spec.natural_key, spec, context)
    row_key = _key_reader(f"{feed.feed}|{spec.name}", spec.key, spec, context)
    state = _stating(spec, context, row_key)
    return CompiledTable(spec, spec.on_delete, row_key, natural, _mapped(spec), _watched(spec), state)


def _stating(spec: TableSpec, context: Context, row_key: Callable[[Row], bytes]) -> Callable[[Row, Version, int], Statement]:
    if spec.subject is UNSET:
        raise ValueError(f"table {spec.name} has no subject")
    read_subject: SubjectReader = subject_reader(spec.subject, context)
    read_recorded = recorded_reader(spec.subject, context) if spec.master else None
    read_division: Reader = field_reader("division", _DIVISION, spec.division, context)
    read_recorded_on = day_reader([spec.recorded_on], _ANY_DAY) if spec.recorded_on else None
    read_status = code_reader(spec.status, context.code_map(spec.status, "FactStatus"), _STATUS) if spec.status else None
    builders: list[FactBuilder] = [fact_builder(fact, context) for fact in spec.facts]
    read_record = _record_of(spec, context)
    must_have = tuple(column.name for column in spec.columns if column.required)
    source = int(context.feed.source_code)

    def state(row: Row, version: Version, as_of_day: int) -> Statement:
        if not all(map(row.get, must_have)):
            _require(row, must_have)
        scope = read_subject(row, as_of_day)
        division = read_division(row, scope)
        if read_status is not None and read_status(row, scope) == FactStatus.WITHDRAWN:
            version = Version(int(FactStatus.WITHDRAWN), version.incarnation, version.sequence, version.sub, version.offset)
        key = row_key(row)
        built = [build(row, scope, key, version, division) for build in builders]
        facts: list[AnyFact] = [fact for fact in built if fact is not None]
        if read_recorded is not None:
            record = read_record(row, scope) if read_record else b""
            facts.append(_identity_fact(read_recorded(row, scope), scope, key, version, source, division, record))
        recorded_on = read_recorded_on(row, scope) if read_recorded_on else 0
        return Statement(scope, scope.identity, facts, recorded_on)

    return state


def _require(row: Row, columns: tuple[str, ...]) -> None:
    """RecordFault at the first empty column; 0 is not empty."""
    for column in columns:
        if row.get(column) in (None, ""):
            raise RecordFault(Code.REQUIRED, column)


def _identity_fact(
    recorded: RecordedPerson, scope: Scope, key: bytes, version: Version, source: int, division: int, record: bytes
) -> IdentityRecord:
    return IdentityRecord(
        key,
        version.status,
        version.incarnation,
        version.sequence,
        version.sub,
        -1,
        version.offset,
        0,
        source,
        division,
        scope.name_key,
        recorded.birth_day,
        recorded.sex,
        scope.identity.id_form,
        record,
    )


def _record_of(spec: TableSpec, context: Context) -> Reader | None:
    """The reader of the enrolment or benefit record that a master row is about."""
    for fact in spec.facts:
        field = fact.fields.get("record")
        if field is not None:
            return field_reader("record", FieldRule(Reading.RECORD), field, context)
    return None


def _key_reader(label: str, columns: list[str], spec: TableSpec, context: Context) -> Callable[[Row], bytes]:
    """Hash of key columns: keyed where one of them is personal, because such numbers can be enumerated."""
    personal = any(column.personal for column in spec.columns if column.name in columns)
    keys = context.keys
    if personal:
        return lambda row: keys.serial_key(label, "\x1f".join([text_of(row.get(column)) for column in columns]))
    if len(columns) == 1:
        (only,) = columns
        return lambda row: hashed(label, discreet(text_of(row.get(only)), keys))
    return lambda row: hashed(label, *[discreet(text_of(row.get(column)), keys) for column in columns])


def _mapped(spec: TableSpec) -> tuple[str, ...]:
    found = {*spec.key, *spec.natural_key, spec.recorded_on, spec.status, spec.division if isinstance(spec.division, str) else ""}
    if spec.subject is not UNSET:
        found |= {getattr(spec.subject, name) for name in spec.subject.__struct_fields__}
    for fact in spec.facts:
        found.update(fact.deciding)
        for field in fact.fields.values():
            found |= set() if isinstance(field, Constant) else {field} if isinstance(field, str) else set(field)
    return tuple(sorted(found - {""}))


def _watched(spec: TableSpec) -> tuple[str, ...]:
    """Key, subject, conditions, and the columns of scheme, place, month and record."""
    found = set(spec.key)
    if spec.subject is not UNSET:
        found |= {spec.subject.number, spec.subject.document, spec.subject.country}
    for fact in spec.facts:
        found.update(fact.deciding)
        for name in ("scheme", "place", "month", "record"):
            field = fact.fields.get(name)
            if field is not None and not isinstance(field, Constant):
                found |= {field} if isinstance(field, str) else set(field)
    return tuple(sorted(found - {""}))
