"""Whom a row is about."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from processors.identity.kinds import Document, Identifier, IdFault, IdForm
from processors.identity.recognise import recognise
from processors.intake.change import Row
from processors.intake.context import Context
from processors.intake.fault import RecordFault
from processors.intake.readers import code_note, note_code
from processors.intake.scope import Scope
from processors.intake.values import day_number, day_value, is_day_number, text_of
from schemas.errors import Code
from schemas.events import Identity
from schemas.feed_file import Subject

LONGEST_NAME = 200
LONGEST_IDENTIFIER = 64
PERSONS_KEPT = 65_536
"""Numbers that one reader keeps recognised and hashed; when they are more, it starts anew."""
CODE_OF_FAULT = {
    IdFault.EMPTY: Code.NO_NUMBER,
    IdFault.LENGTH: Code.NUMBER_LENGTH,
    IdFault.CHARACTERS: Code.NUMBER_CHARACTERS,
    IdFault.CHECKSUM: Code.NUMBER_CHECKSUM,
    IdFault.NO_SUCH_DATE: Code.NUMBER_DATE,
    IdFault.FUTURE_DATE: Code.NUMBER_FUTURE,
    IdFault.BEFORE_1880: Code.NUMBER_TOO_OLD,
}
NUMBER_ALLOWED = "18 characters by GB 11643, 15 digits, or a foreigner's number"
SubjectReader = Callable[[Row, int], Scope]
_Known = tuple[Identifier, bytes, Identity]
"""A recognised number: itself, its person key, what it says."""


class RecordedPerson(Struct, frozen=True, gc=False):
    """What a master row says of the person beside the number."""

    sex: int
    birth_day: int


def subject_reader(subject: Subject, context: Context) -> SubjectReader:
    """Reads a row's person: a scope with identifier, keys and no notes yet."""
    name_column, name_key, recognised = subject.name, context.keys.name_key, _recogniser(subject, context)
    columns = [column for column in (subject.number, subject.document, subject.country) if column]
    seen: dict[tuple[Any, ...], _Known] = {}

    def read(row: Row, as_of_day: int) -> Scope:
        notes: list[str] = []
        raw = tuple(map(row.get, columns))
        known = seen.get(raw)
        if known is None or (known[0].birth_day or 0) > as_of_day:
            known = recognised(row, as_of_day, notes)
            if not notes:  # what leaves a note leaves it every time
                keep(raw, known)
        name = text_of(row.get(name_column))
        if len(name) > LONGEST_NAME:
            raise RecordFault(Code.TOO_LONG, name_column, f"at most {LONGEST_NAME} characters")
        return Scope(as_of_day, known[1], known[0], known[2], name, name_key(name), notes)

    def keep(raw: tuple[Any, ...], known: _Known) -> None:
        if len(seen) >= PERSONS_KEPT:
            seen.clear()
        seen[raw] = known

    return read


def _recogniser(subject: Subject, context: Context) -> Callable[[Row, int, list[str]], _Known]:
    """Recognises a row's number and hashes it; an unknown document type becomes a note."""
    known = context.code_map(subject.document, "Document").values if subject.document else {}
    documents = {raw: Document(value) for raw, value in known.items()} if subject.document else None
    person_key = context.keys.person_key

    def recognised(row: Row, as_of_day: int, notes: list[str]) -> _Known:
        document = Document.NUMBER
        if documents is not None:
            raw = text_of(row.get(subject.document))
            if raw:
                document = documents.get(raw, Document.NUMBER)
                if raw not in documents:
                    notes.append(code_note(subject.document, raw))
        number = text_of(row.get(subject.number))
        country = text_of(row.get(subject.country)).upper() if subject.country else ""
        found = recognise(number, document, country, as_of_day) if len(number) <= LONGEST_IDENTIFIER else IdFault.LENGTH
        if isinstance(found, IdFault):
            raise RecordFault(CODE_OF_FAULT[found], subject.number, NUMBER_ALLOWED)
        return found, person_key(found), identity_of(found)

    return recognised


def recorded_reader(subject: Subject, context: Context) -> Callable[[Row, Scope], RecordedPerson]:
    """Reads sex and birth date as the record has them; what cannot be read is not stated, with a note."""
    sexes = context.code_map(subject.sex, "Sex").values if subject.sex else {}

    def read(row: Row, scope: Scope) -> RecordedPerson:
        raw = row.get(subject.birth) if subject.birth else None
        birth = day_number(raw) if raw is not None and is_day_number(raw) else day_value(text_of(raw)) if raw else 0
        if isinstance(birth, Code):
            scope.notes.append(f"{subject.birth}=?")
            birth = 0
        sex = text_of(row.get(subject.sex)) if subject.sex else ""
        if sex and sex not in sexes:
            note_code(scope, subject.sex, sex)
        return RecordedPerson(sexes.get(sex, 0), birth)

    return read


def identity_of(identifier: Identifier) -> Identity:
    """What the number itself says."""
    form = identifier.form
    number = 18 if form is IdForm.FULL_18 else 15 if form is IdForm.OLD_15 else 0
    return Identity(identifier.birth_day or 0, int(identifier.sex), number)
