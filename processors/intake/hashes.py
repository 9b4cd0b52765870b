"""Readers whose value is a hash: the record, the bill, the payer, and opaque numbers."""

from collections.abc import Callable
from functools import lru_cache

from processors.identity.card_serial import read_card_serial
from processors.identity.credit_code import read_credit_code
from processors.identity.keys import KeyMaker
from processors.identity.kinds import IdFault
from processors.identity.text import normalise_number
from processors.intake.change import Row
from processors.intake.context import Context, discreet, hashed, hashed_bytes
from processors.intake.fault import RecordFault
from processors.intake.readers import Reader, note_code, parsed_reader, required
from processors.intake.scope import Scope
from processors.intake.values import division_value, text_of
from schemas.errors import Code
from schemas.fact_fields import FieldRule, Reading

LONGEST_NUMBER = 64
_DIVISION = FieldRule(Reading.DIVISION)


@lru_cache(maxsize=16)
def employer_codes(keys: KeyMaker) -> Callable[[str], tuple[str, IdFault | None]]:
    """The uniform code in its one spelling; a code that is none is kept as written, with its fault, unless it may be a person's."""

    @lru_cache(maxsize=65_536)
    def code(raw: str) -> tuple[str, IdFault | None]:
        found = read_credit_code(raw)
        return (discreet(normalise_number(raw)[:LONGEST_NUMBER], keys), found) if isinstance(found, IdFault) else (found, None)

    return code


def employer_reader(column: str, rule: FieldRule, context: Context) -> Reader:
    """The employer as reported. A wrong code is a note, not a refusal: the person's money is real all the same."""
    employer_code = employer_codes(context.keys)

    def read(row: Row, scope: Scope) -> str:
        raw = row.get(column)
        text = raw if isinstance(raw, str) else text_of(raw)
        if not text or not text.strip():
            if rule.default is None:
                raise required(column, rule)
            return ""
        code, fault = employer_code(text)
        if fault is not None:
            note_code(scope, column, fault.value)
        return code

    return read


def payer_reader(column: str, context: Context) -> Reader:
    """The payer: the employer's code, or the person where the column is empty."""
    employer_code = employer_codes(context.keys)

    @lru_cache(maxsize=65_536)
    def payer_hash(raw: str) -> bytes:
        return hashed("payer", employer_code(raw)[0])

    def read(row: Row, scope: Scope) -> bytes:
        raw = row.get(column)
        text = raw if isinstance(raw, str) else text_of(raw)
        return payer_hash(text) if text and text.strip() else hashed_bytes(b"payer", scope.person)

    return read


def bill_reader(columns: list[str], context: Context) -> Reader:
    """(payer, bill number): equal numbers of two payers are two bills; empty without a number."""
    payer, (_, number_column) = payer_reader(columns[0], context), columns

    def read(row: Row, scope: Scope) -> bytes:
        number = text_of(row.get(number_column))
        return hashed_bytes(b"bill", payer(row, scope), number_text(number, number_column, context).encode()) if number else b""

    return read


def record_reader(columns: list[str], context: Context, rule: FieldRule) -> Reader:
    """(source, scheme, person number, city): one record, also when its agency was merged into another of the same city."""
    scheme_column, number_column, division_column = columns
    schemes = context.code_map(scheme_column, "Scheme").values
    division = parsed_reader(division_column, _DIVISION, division_value)
    city_of = lru_cache(maxsize=4_096)(lambda place: str(context.divisions.city_of(place)))
    source = str(int(context.feed.source_code))

    def read(row: Row, scope: Scope) -> bytes:
        number = text_of(row.get(number_column))
        if not number:
            if rule.default is None:
                raise RecordFault(Code.REQUIRED, number_column, rule.reading.value)
            return b""
        scheme = text_of(row.get(scheme_column))
        city = city_of(division(row, scope))
        return hashed(source, str(schemes.get(scheme, scheme)), number_text(number, number_column, context), city)

    return read


def opaque_reader(column: str, rule: FieldRule, purpose: str, context: Context) -> Reader:
    """A card serial or certificate number (keyed), or a system's own number such as a run (plain hash)."""
    keyed, serial_key = rule.reading is not Reading.HASHED, context.keys.serial_key

    def read(row: Row, _scope: Scope) -> bytes:
        text = text_of(row.get(column))
        if not text:
            if rule.default is None:
                raise required(column, rule)
            return b""
        number = number_text(text, column, context)
        return serial_key(purpose, number) if keyed else hashed(purpose, number)

    return read


def card_reader(column: str, rule: FieldRule, context: Context) -> Reader:
    """A card's serial, keyed. Another form than expected is a note, not a refusal: none is published, and the card is there all the same."""
    keyed = opaque_reader(column, rule, "card", context)

    def read(row: Row, scope: Scope) -> bytes:
        serial: bytes = keyed(row, scope)
        found = read_card_serial(text_of(row.get(column)))
        if isinstance(found, IdFault):
            note_code(scope, column, found.value)
        return serial

    return read


def number_text(raw: str, column: str, context: Context) -> str:
    """A system's own number in its one spelling, of bounded length; keyed where it may be a person's."""
    number = normalise_number(raw)
    if len(number) > LONGEST_NUMBER:
        raise RecordFault(Code.TOO_LONG, column, f"at most {LONGEST_NUMBER} characters")
    return discreet(number, context.keys)
