"""From the text in a record to an identifier or the fault that it has."""

import re

from processors.identity.citizen import LENGTH_18, read_15, read_18
from processors.identity.kinds import Document, Identifier, IdFault, IdForm, IdKind, IdStrength
from processors.identity.text import normalise_number

OLD_PR_CARD = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
FOREIGN_NUMBER = re.compile(r"[A-Z]{3}[0-9A-Z]{4,29}", re.ASCII)
DOCUMENT_NUMBER = re.compile(r"[0-9A-Z]{4,32}", re.ASCII)
OTHER_DOCUMENT_NUMBER = re.compile(r"[\w()<>/-]{4,32}")
LENGTH_15 = 15
UNKNOWN_COUNTRY = "ZZZ"  # ISO 3166 user-assigned: the record does not say who issued the document
STRUCTURED = (Document.NUMBER, Document.RESIDENT_ID, Document.HMT_PERMIT, Document.PR_CARD, Document.DISABILITY)


def recognise(raw: str, document: Document, country: str, as_of_day: int) -> Identifier | IdFault:
    """The identifier that a record's number is.

    A text that starts with a digit must be 18 long and pass GB 11643 (GB/T 40217-2021 on AAC002), or be a 15-digit number of the first
    generation. The kind follows the number, not the declared type: one feed says 01, another 16, the next says nothing.

    Args:
        raw: the text in the record.
        document: declared type; NUMBER when the field is the 社会保障号码 itself.
        country: issuing country of a passport, ISO alpha-3, or "" when the record does not say.
        as_of_day: days since 1970; a birth after it is a fault.
    """
    number = normalise_number(raw)
    if not number:
        return IdFault.EMPTY
    if document not in STRUCTURED:
        return _by_document(number, document, country)
    if document is Document.DISABILITY:
        number = number[:LENGTH_18]
    if number[0].isdigit():
        return read_15(number, as_of_day) if len(number) == LENGTH_15 else read_18(number, as_of_day)
    if OLD_PR_CARD.fullmatch(number):
        return Identifier(IdKind.PR_CARD_OLD, number[:3], number, IdForm.OTHER, IdStrength.STRONG)
    if document is Document.NUMBER and FOREIGN_NUMBER.fullmatch(number):
        return Identifier(IdKind.FOREIGN_NUMBER, number[:3], number, IdForm.OTHER, IdStrength.STRONG)
    return IdFault.CHARACTERS


def _by_document(number: str, document: Document, country: str) -> Identifier | IdFault:
    if document is Document.PASSPORT:
        if DOCUMENT_NUMBER.fullmatch(number) is None:
            return IdFault.CHARACTERS
        return Identifier(IdKind.PASSPORT, country or UNKNOWN_COUNTRY, number, IdForm.OTHER, IdStrength.STRONG)
    if OTHER_DOCUMENT_NUMBER.fullmatch(number) is None:
        return IdFault.CHARACTERS
    return Identifier(IdKind.OTHER, country or UNKNOWN_COUNTRY, number, IdForm.OTHER, IdStrength.WEAK)
