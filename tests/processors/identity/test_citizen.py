"""Citizen numbers against the vectors of the standard and the traps that real numbers set."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.identity.citizen import check_character, widen
from processors.identity.kinds import Document, Identifier, IdFault, IdForm, IdKind, IdStrength, Sex
from processors.identity.recognise import recognise
from schemas.dates import day
from schemas.divisions import AreaStanding, load_divisions

AS_OF = day("2024-06-01")


def read(raw: str, document: Document = Document.NUMBER) -> Identifier | IdFault:
    """The identifier a text is on the fixed day."""
    return recognise(raw, document, "", AS_OF)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("370102199003070016", IdKind.CITIZEN),
        ("371725195501010024", IdKind.CITIZEN),  # the county got its code long after this birth
        ("372801194503120041", IdKind.CITIZEN),  # dissolved prefecture
        ("810000199003070015", IdKind.HMT_PERMIT),
        ("830000198512310012", IdKind.HMT_PERMIT),
        ("911124198108030024", IdKind.PR_CARD),
        ("37060219800101999X", IdKind.CITIZEN),
        ("379999199001010010", IdKind.CITIZEN),  # unassigned area: a warning, never a refusal
    ],
)
def test_valid_numbers(number: str, kind: IdKind) -> None:
    """Every valid vector is read, with its kind, and stands unchanged."""
    found = read(number)
    assert isinstance(found, Identifier)
    assert (found.kind, found.number, found.form, found.strength) == (kind, number, IdForm.FULL_18, IdStrength.STRONG)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("370102199003070017", IdFault.CHECKSUM),
        ("37010219900307001", IdFault.LENGTH),
        ("3701021990030700161", IdFault.LENGTH),
        ("070102199003070016", IdFault.CHARACTERS),
        ("37010219900307001Y", IdFault.CHARACTERS),
        ("", IdFault.EMPTY),
        ("\ufeff \u200b", IdFault.EMPTY),
        ("X70102199003070016", IdFault.CHARACTERS),
        ("张伟", IdFault.CHARACTERS),
    ],
)
def test_faults(raw: str, fault: IdFault) -> None:
    """Each way of being wrong has its own name."""
    assert read(raw) is fault


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        ("37010219900230001", IdFault.NO_SUCH_DATE),
        ("37010219901307001", IdFault.NO_SUCH_DATE),
        ("37010218791231001", IdFault.BEFORE_1880),
        ("37010220240602001", IdFault.FUTURE_DATE),
    ],
)
def test_impossible_dates_with_a_right_checksum(digits: str, fault: IdFault) -> None:
    """A right check character does not save an impossible birth date; the day of judgement itself is allowed."""
    assert read(digits + check_character(digits)) is fault
    born_today = "37010220240601001"
    assert isinstance(read(born_today + check_character(born_today)), Identifier)


@pytest.mark.parametrize("area", ["371725", "371202", "371402"])
def test_county_code_newer_than_birth(area: str) -> None:
    """Codes follow the county at issue, not at birth: the elderly of 菏泽, 莱芜 and 德州 are accepted, where a county-by-year check refuses them."""
    digits = area + "19550101002"
    assert isinstance(read(digits + check_character(digits)), Identifier)


@pytest.mark.parametrize(
    "raw",
    [
        "３７０６０２１９８００１０１９９９ｘ",
        "37060219800101999x",
        " 370602 19800101 999X ",
        "\ufeff37060219800101999X",
        "370602\u200b19800101999X\u3000",
    ],
)
def test_spellings_of_one_number(raw: str) -> None:
    """Full width, lower case, blanks, BOM and zero-width characters are spellings of one number."""
    found = read(raw)
    assert isinstance(found, Identifier)
    assert found.number == "37060219800101999X"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("110105491231002", "11010519491231002X"),
        ("370102550101001", "370102195501010018"),
        ("370102050101999", "370102180501019993"),
    ],
)
def test_widening(old: str, new: str) -> None:
    """15 digits become 18: century 19, but 18 for sequences 996 to 999."""
    assert widen(old) == new


def test_fifteen_digits_are_weak() -> None:
    """A 15-digit number is the same person's 18-digit one, marked WEAK because nothing in it shows a typing error."""
    found = read("110105491231002")
    assert isinstance(found, Identifier)
    assert (found.number, found.form, found.strength) == ("11010519491231002X", IdForm.OLD_15, IdStrength.WEAK)
    assert read("370102050101999") is IdFault.BEFORE_1880


def test_what_the_number_says() -> None:
    """Birth day and sex are read from the number."""
    found = read("370102199003070016")
    assert isinstance(found, Identifier)
    assert (found.birth_day, found.sex) == (day("1990-03-07"), Sex.MALE)
    other = read("371725195501010024")
    assert isinstance(other, Identifier)
    assert other.sex is Sex.FEMALE


def test_area_is_a_warning() -> None:
    """The area table knows dissolved prefectures and the permits; it only ever warns."""
    divisions = load_divisions()
    known = ["370102", "372801", "371202", "810000", "110105", "379001"]
    assert {number: divisions.area_standing(number) for number in known} == dict.fromkeys(known, AreaStanding.KNOWN)
    assert divisions.area_standing("379999") is AreaStanding.UNKNOWN
    assert divisions.area_standing("991124") is AreaStanding.UNKNOWN


def test_no_number_in_a_representation() -> None:
    """Representations end up in logs, so they carry no number."""
    found = read("370102199003070016")
    assert "19900307" not in repr(found) + str(found)


@given(st.text(max_size=40))
def test_any_text_is_an_identifier_or_a_fault(raw: str) -> None:
    """No text makes the reader fail."""
    for document in Document:
        assert isinstance(read(raw, document), Identifier | IdFault)


@given(
    st.integers(100000, 899999),
    st.dates(dt.date(1900, 1, 1), dt.date(2024, 6, 1)),
    st.integers(0, 999),
    st.integers(0, 16),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_seen(area: int, born: dt.date, sequence: int, place: int, shift: int) -> None:
    """MOD 11-2 sees every single wrong digit."""
    digits = f"{area}{born:%Y%m%d}{sequence:03d}"
    number = digits + check_character(digits)
    assert isinstance(read(number), Identifier)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert isinstance(read(wrong), IdFault)
