"""One reader per field: a closure from (row, scope) to the fact's value, built once from the feed file.

A reader raises RecordFault with the column's name and what is allowed; a raw code that no map knows becomes the map's harmless value and a
note, never a guess.
"""

from collections.abc import Callable
from typing import Any

from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from processors.intake.change import Row
from processors.intake.fault import RecordFault
from processors.intake.scope import Scope
from processors.intake.values import day_number, day_value, is_day_number, partial_day, text_of
from schemas.code_maps import CodeMap
from schemas.errors import Code
from schemas.fact_fields import FieldRule, Reading

Reader = Callable[[Row, Scope], Any]
RAW_CODE_SHOWN = 8
VALUES_KEPT = 65_536
"""Values that one reader keeps parsed; when they are more, it starts anew."""


def required(column: str, rule: FieldRule) -> RecordFault:
    """The fault of an empty column that has no default."""
    return RecordFault(Code.REQUIRED, column, rule.reading.value)


def blank_or_fault(text: str, code: Code, column: str, rule: FieldRule) -> int:
    """A value that could not be read: the default where it is only blanks or 0, else its fault."""
    if not text or (text == "0" and rule.default is not None):
        return default_of(column, rule)
    raise RecordFault(code, column, rule.reading.value)


def default_of(column: str, rule: FieldRule) -> int:
    """The value of an empty column; RecordFault where it must not be empty."""
    if rule.default is None:
        raise required(column, rule)
    return rule.default  # type: ignore[return-value]  # the default of a field read as a number is a number


def empties(rule: FieldRule) -> dict[Any, int]:
    """What empty columns mean, as the start of a reader's table of known values."""
    return {} if rule.default is None else {None: rule.default, "": rule.default}  # type: ignore[dict-item]  # the default of a field read as a number is a number


def constant_reader(value: object) -> Reader:
    """A value that the feed file states."""
    return lambda _row, _scope: value


def code_note(column: str, raw: str) -> str:
    """A raw code that no map knows; what does not look like a code may be a shifted column and is not shown."""
    return f"{column}={raw if len(raw) <= RAW_CODE_SHOWN and raw.isalnum() and raw.isascii() else '?'}"


def note_code(scope: Scope, column: str, raw: str) -> None:
    """Keep a raw code that no map knows."""
    scope.notes.append(code_note(column, raw))


def code_reader(column: str, code_map: CodeMap, rule: FieldRule) -> Reader:
    """A code of this source, as the canonical enum's number."""
    values, unknown = code_map.values, code_map.unknown
    known = empties(rule) | values

    def read(row: Row, scope: Scope) -> int:
        found = known.get(row.get(column))
        return translate(text_of(row.get(column)), scope) if found is None else found

    def translate(text: str, scope: Scope) -> int:
        if not text:
            return default_of(column, rule)
        found = values.get(text, unknown)
        if found is None:
            raise RecordFault(Code.CODE_NOT_ALLOWED, column, code_map.allowed())
        if text not in values:
            note_code(scope, column, text)
        return found

    return read


def day_reader(columns: list[str], rule: FieldRule) -> Reader:
    """The first date among the columns that is not empty."""
    past = rule.reading is Reading.DAY_PAST

    def read(row: Row, scope: Scope) -> int:
        for column in columns:
            raw = row.get(column)
            if raw is None or raw == "":
                continue
            found = day_value(raw) if isinstance(raw, str) else day_number(raw) if is_day_number(raw) else day_value(text_of(raw))
            if isinstance(found, Code):
                if text_of(raw):
                    raise RecordFault(found, column, rule.reading.value)
                continue
            if past and found > scope.as_of_day:
                raise RecordFault(Code.FUTURE_DATE, column, rule.reading.value)
            return found
        return default_of(columns[0], rule)

    return read


def partial_reader(columns: list[str], rule: FieldRule, part: int) -> Reader:
    """A day of death, of which only month or year may be known: part 0 the day, part 1 the precision. Nobody dies before the birth in the number."""

    def read(row: Row, scope: Scope) -> int:
        for column in columns:
            raw = row.get(column)
            if raw is None or raw == "":
                continue
            if is_day_number(raw):
                days = day_number(raw)
                found = days if isinstance(days, Code) else (days, 0)
            else:
                found = partial_day(text_of(raw))
            if isinstance(found, Code):
                if text_of(raw):
                    raise RecordFault(found, column, rule.reading.value)
                continue
            if found[0] > scope.as_of_day and not found[1]:
                raise RecordFault(Code.FUTURE_DATE, column, rule.reading.value)
            if scope.identity.birth_day and found[0] < scope.identity.birth_day:
                raise RecordFault(Code.BEFORE_BIRTH, column, rule.reading.value)
            return int(found[part]) if part else min(found[0], scope.as_of_day)
        return default_of(columns[0], rule)

    return read


def parsed_reader(column: str, rule: FieldRule, parse: Callable[[str], int | Code]) -> Reader:
    """A number made of the column's text: months, money, counts, codes' digits, divisions. A feed repeats few values: they are kept."""
    known = empties(rule)

    def read(row: Row, _scope: Scope) -> int:
        found = known.get(row.get(column))
        return learn(row.get(column)) if found is None else found

    def learn(raw: Any) -> int:
        text = text_of(raw)
        found = parse(text)
        if isinstance(found, Code):
            return blank_or_fault(text, found, column, rule)
        if len(known) >= VALUES_KEPT:
            known.clear()
            known.update(empties(rule))
        known[raw] = found
        return found

    return read


def remembering(columns: list[str], read: Reader) -> Reader:
    """The same reader, for one whose value follows from these columns alone: a feed repeats few of their combinations."""
    known: dict[tuple[Any, ...], Any] = {}

    def recall(row: Row, scope: Scope) -> Any:
        raw = tuple(map(row.get, columns))
        found = known.get(raw)
        return learn(raw, row, scope) if found is None else found

    def learn(raw: tuple[Any, ...], row: Row, scope: Scope) -> Any:
        noted = len(scope.notes)
        found = read(row, scope)
        if len(known) >= VALUES_KEPT:
            known.clear()
        if len(scope.notes) == noted:  # what leaves a note leaves it every time
            known[raw] = found
        return found

    return recall


def same_person_reader(columns: list[str], same: int, other: int) -> Reader:
    """Whether a second number column is empty or the same person's (15 and 18 digits are one)."""
    own_column, second_column = columns

    def read(row: Row, scope: Scope) -> int:
        second = row.get(second_column)
        if second is None or second == "" or second == row.get(own_column):
            return same
        found = recognise(text_of(second), Document.NUMBER, "", scope.as_of_day)
        return same if isinstance(found, Identifier) and found.number == scope.identifier.number else other

    return read
