"""Documents other than the citizen number, employer codes and card serials."""

import pytest

from processors.identity.card_serial import read_card_serial
from processors.identity.credit_code import check_character, read_credit_code
from processors.identity.kinds import Document, Identifier, IdFault, IdKind
from processors.identity.recognise import recognise
from schemas.dates import day

AS_OF = day("2024-06-01")


@pytest.mark.parametrize(
    ("raw", "document", "country", "kind", "issuer"),
    [
        ("USA123456789012", Document.PR_CARD, "", IdKind.PR_CARD_OLD, "USA"),
        ("usa123456789012", Document.NUMBER, "", IdKind.PR_CARD_OLD, "USA"),
        ("FRA012AB34567", Document.NUMBER, "", IdKind.FOREIGN_NUMBER, "FRA"),
        ("E12345678", Document.PASSPORT, "DEU", IdKind.PASSPORT, "DEU"),
        ("E12345678", Document.PASSPORT, "", IdKind.PASSPORT, "ZZZ"),
        ("军字第1234567号", Document.OTHER, "", IdKind.OTHER, "ZZZ"),
        ("37010219900307001643", Document.DISABILITY, "", IdKind.CITIZEN, "CHN"),
        ("820000199003070017", Document.RESIDENT_ID, "", IdKind.HMT_PERMIT, "MAC"),
    ],
)
def test_documents(raw: str, document: Document, country: str, kind: IdKind, issuer: str) -> None:
    """Each document is read by its own rule of form; the number decides, not the declared type."""
    found = recognise(raw, document, country, AS_OF)
    assert isinstance(found, Identifier)
    assert (found.kind, found.country) == (kind, issuer)


def test_passport_characters() -> None:
    """A passport number has Latin letters and digits only."""
    assert recognise("护照123", Document.PASSPORT, "", AS_OF) is IdFault.CHARACTERS


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91370100MA3C000250", "N2370102MF0001234M", "91350100m000100y43"])
def test_valid_credit_codes(code: str) -> None:
    """The standard's example, the remainder-0 case and a letter as authority are all valid."""
    assert read_credit_code(code) == code.upper()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y4Z", IdFault.CHARACTERS),
        ("91350100M000100Y44", IdFault.CHECKSUM),
        ("91350100M000100Y4", IdFault.LENGTH),
        ("91350100I000100Y43", IdFault.CHARACTERS),
        (" ", IdFault.EMPTY),
    ],
)
def test_wrong_credit_codes(code: str, fault: IdFault) -> None:
    """I, O, S, V and Z are not in the alphabet; the check character is checked."""
    assert read_credit_code(code) is fault


def test_example_of_the_standard() -> None:
    """Sum 1640, remainder 28, value 3; and remainder 0 gives the character 0, not an index past the alphabet."""
    assert check_character("91350100M000100Y4") == "3"
    assert check_character("91370100MA3C00025") == "0"


@pytest.mark.parametrize(
    ("raw", "serial"), [("d12345678", "D12345678"), ("１２３４５６７８", "12345678"), ("D1", IdFault.CHARACTERS), ("", IdFault.EMPTY)]
)
def test_card_serials(raw: str, serial: str) -> None:
    """A serial is opaque: 8 to 20 letters and digits."""
    assert read_card_serial(raw) == serial
