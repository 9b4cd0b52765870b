"""Readers of an enrolment's state: one code, or the pair (AAC008, AAC031), which only together says what the record is (domain 1.4)."""

from processors.intake.change import Row
from processors.intake.context import Context
from processors.intake.readers import Reader, code_reader, note_code
from processors.intake.scope import Scope
from processors.intake.values import text_of
from schemas.fact_fields import FieldRule
from schemas.kinds import EnrolState

NOT_REPORTED = 99


def state_reader(columns: list[str], rule: FieldRule, context: Context) -> Reader:
    """The canonical state; a pair that no table knows is UNKNOWN with a note, and never means that the person left."""
    if len(columns) == 1:
        return code_reader(columns[0], context.code_map(columns[0], rule), rule)
    first, second = columns
    name = "+".join(columns)
    values = context.code_map(name, rule).values

    def read(row: Row, scope: Scope) -> int:
        pair = f"{text_of(row.get(first))},{text_of(row.get(second))}"
        found = values.get(pair)
        if found is None:
            note_code(scope, name, pair.replace(",", ""))
            return int(EnrolState.UNKNOWN)
        return found

    return read


def raw_pair_reader(columns: list[str]) -> Reader:
    """AAC008 * 10 + AAC031 as reported; 99 where one of them is not."""
    first, second = columns

    def read(row: Row, _scope: Scope) -> int:
        pair = text_of(row.get(first)) + text_of(row.get(second))
        return int(pair) if len(pair) == len(columns) and pair.isascii() and pair.isdigit() else NOT_REPORTED

    return read
