"""What one row states: its facts about one person, under one version."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from msgspec import Struct

from processors.intake.change import Row
from processors.intake.context import Context
from processors.intake.fields import Field, fields_reader
from processors.intake.hashes import bill_reader, card_reader, employer_reader, opaque_reader, payer_reader, record_reader
from processors.intake.readers import (
    Reader,
    code_reader,
    constant_reader,
    day_reader,
    parsed_reader,
    partial_reader,
    remembering,
    same_person_reader,
)
from processors.intake.scope import Scope
from processors.intake.states import raw_pair_reader, state_reader
from processors.intake.values import count_value, digits_value, division_value, fen_value, month_value
from schemas import facts
from schemas.errors import Code
from schemas.fact_fields import FIELDS, FieldRule, Reading
from schemas.facts import AnyFact, Fact
from schemas.feed_file import Constant, FactSpec, FieldSpec
from schemas.kinds import Kind

COMMON_FIELDS = len(Fact.__struct_fields__)
OF_SUBJECT: dict[str, Reader] = {
    "name_key": lambda _row, scope: scope.name_key,
    "id_form": lambda _row, scope: scope.identity.id_form,
}
"""Fields that say how the record names whom it is about."""
STRUCTS: dict[Kind, type[Fact]] = {
    Kind(int(struct.__struct_config__.tag or 0)): struct
    for struct in vars(facts).values()
    if isinstance(struct, type) and issubclass(struct, Fact) and struct is not Fact
}
PARSERS: dict[Reading, Callable[[str], int | Code]] = {
    Reading.MONTH: month_value,
    Reading.FEN: fen_value,
    Reading.COUNT: count_value,
    Reading.DIGITS: digits_value,
    Reading.DIVISION: division_value,
}
OF_ONE_COLUMN = frozenset({*PARSERS, Reading.DAY, Reading.DAY_PAST, Reading.CODE, Reading.EMPLOYER, Reading.HASHED})
"""Readings whose value follows from their column alone, whoever the record is about."""
PLACES: dict[type[Fact], Callable[[Any], Any]] = {
    facts.Contribution: attrgetter("scheme", "place", "month", "record"),
    facts.ContribRefund: attrgetter("scheme", "place", "month"),
    facts.BenefitPayment: attrgetter("record", "month"),
    facts.BenefitRecovery: attrgetter("record", "month"),
}
"""Facts that are filed by more than their row: one that moves is withdrawn at the old place and asserted at the new."""


class Version(Struct, frozen=True, gc=False):
    """What every fact of one record carries besides what it says."""

    status: int
    incarnation: int
    sequence: int
    sub: int
    offset: int


FactBuilder = Callable[[Row, Scope, bytes, Version, int], AnyFact | None]


def place_of(fact: AnyFact) -> tuple[Any, ...]:
    """Where a fact is filed within its person."""
    where = PLACES.get(type(fact))
    return (type(fact), fact.row, where(fact) if where else None)


def fact_builder(spec: FactSpec, context: Context) -> FactBuilder:
    """Builds one fact of a row, or None where the row does not state it."""
    kind = Kind[spec.kind]
    struct: Any = STRUCTS[kind]
    read_fields = fields_reader([_named_field(kind, name, spec, context) for name in _read_names(struct, kind)])
    conditions = [(column, frozenset(values)) for column, values in spec.when.items()]
    present, absent, source = spec.present, spec.absent, int(context.feed.source_code)

    def build(row: Row, scope: Scope, row_key: bytes, version: Version, division: int) -> AnyFact | None:
        if conditions and not any(row.get(column) in values for column, values in conditions):
            return None
        if (present and not row.get(present)) or (absent and row.get(absent)):
            return None
        return struct(  # type: ignore[no-any-return]  # the struct of a kind: one of AnyFact
            row_key,
            version.status,
            version.incarnation,
            version.sequence,
            version.sub,
            -1,
            version.offset,
            0,
            source,
            division,
            *read_fields(row, scope),
        )

    return build


def _read_names(struct: type[Fact], kind: Kind) -> list[str]:
    """A fact's own fields up to the last one that a record fills; those behind it are set when the fact is applied."""
    names = list(struct.__struct_fields__[COMMON_FIELDS:])
    while names[-1] not in OF_SUBJECT and names[-1] not in FIELDS[kind]:
        names.pop()
    return names


def _named_field(kind: Kind, name: str, spec: FactSpec, context: Context) -> Field:
    if name in OF_SUBJECT:
        return Field(OF_SUBJECT[name])
    if name not in FIELDS[kind]:
        return Field(constant_reader(0), constant=0)  # set when the fact is applied
    rule, field = FIELDS[kind][name], spec.fields.get(name)
    if field is None:
        return Field(constant_reader(rule.default), constant=rule.default)
    read = field_reader(name, rule, field, context)
    if isinstance(field, Constant):
        return Field(read, constant=_constant_of(rule, field))
    column = field if isinstance(field, str) else field[0] if len(field) == 1 else ""
    return Field(read, column if rule.reading in OF_ONE_COLUMN else "", rule.reading is Reading.DAY_PAST, ahead_months=rule.ahead_months)


def field_reader(name: str, rule: FieldRule, field: FieldSpec, context: Context) -> Reader:
    """The reader that a rule and a feed file's field ask for."""
    if isinstance(field, Constant):
        return constant_reader(_constant_of(rule, field))
    columns = [field] if isinstance(field, str) else field
    column = columns[0]
    if rule.reading in PARSERS:
        return parsed_reader(column, rule, PARSERS[rule.reading])
    several: dict[Reading, Callable[[], Reader]] = {
        Reading.DAY: lambda: day_reader(columns, rule),
        Reading.DAY_PAST: lambda: day_reader(columns, rule),
        Reading.DAY_PARTIAL: lambda: partial_reader(columns, rule, 0),
        Reading.PRECISION: lambda: partial_reader(columns, rule, 1),
        Reading.CODE: lambda: code_reader(column, context.code_map(column, rule), rule),
        Reading.EMPLOYER: lambda: employer_reader(column, rule, context),
        Reading.CARD_SERIAL: lambda: card_reader(column, rule, context),
        Reading.KEYED: lambda: opaque_reader(column, rule, name, context),
        Reading.HASHED: lambda: opaque_reader(column, rule, name, context),
        Reading.RECORD: lambda: remembering(columns, record_reader(columns, context, rule)),
        Reading.BILL: lambda: bill_reader(columns, context),
        Reading.PAYER: lambda: payer_reader(column, context),
        Reading.STATE: lambda: remembering(columns, state_reader(columns, rule, context)),
        Reading.RAW_PAIR: lambda: remembering(columns, raw_pair_reader(columns)),
        Reading.SAME_PERSON: lambda: same_person_reader(columns, 1, 0),
        Reading.OTHER_PERSON: lambda: same_person_reader(columns, 0, 1),
    }
    return several[rule.reading]()


def _constant_of(rule: FieldRule, field: Constant) -> int:
    return int(rule.enum[field.const]) if rule.enum else int(field.const)
