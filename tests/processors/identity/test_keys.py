"""Pseudonymous keys: their form, what they join, and what they keep apart."""

import hashlib
import hmac
import itertools

import pytest

from processors.identity.keys import KeyMaker
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise
from schemas.dates import day
from schemas.variant_characters import load_variants

AS_OF = day("2024-06-01")
KEYS = KeyMaker(1, b"a pepper for tests only", load_variants())


def identifier(raw: str, document: Document = Document.NUMBER) -> Identifier:
    """The valid identifier that a text is."""
    found = recognise(raw, document, "", AS_OF)
    assert isinstance(found, Identifier)
    return found


def test_form_of_a_person_key() -> None:
    """Version byte, then the first 16 bytes of HMAC-SHA-256(pepper, type ‖ 0x1F ‖ country ‖ 0x1F ‖ number)."""
    expected = hmac.new(b"a pepper for tests only", b"CITIZEN\x1fCHN\x1f370102199003070016", hashlib.sha256).digest()[:16]
    assert KEYS.person_key(identifier("370102199003070016")) == b"\x01" + expected


def test_fifteen_and_eighteen_are_one_person() -> None:
    """Records under the 15-digit and the 18-digit number meet under one key."""
    assert KEYS.person_key(identifier("110105491231002")) == KEYS.person_key(identifier("11010519491231002x"))


def test_twins_stay_two() -> None:
    """Adjacent numbers never share a key."""
    assert KEYS.person_key(identifier("370102199003070016")) != KEYS.person_key(identifier("370102199003070032"))


def test_one_number_of_two_kinds_of_document() -> None:
    """A passport whose number looks like another document's is another person."""
    assert KEYS.person_key(identifier("USA123456789012")) != KEYS.person_key(identifier("USA123456789012", Document.PASSPORT))


def test_pepper_and_version_change_the_key() -> None:
    """Another pepper gives unrelated keys, told apart by the version byte."""
    person = identifier("370102199003070016")
    other = KeyMaker(2, b"another pepper", {})
    assert other.person_key(person)[0] == 2
    assert other.person_key(person)[1:] != KEYS.person_key(person)[1:]


@pytest.mark.parametrize(
    "names",
    [
        ("买买提·艾力", "买买提•艾力", "买买提艾力", "买买提 · 艾力", "买买提・艾力"),
        ("张伟", "張偉", " 张　伟 ", "\ufeff张伟"),
        ("\ue863龙", "䶮龙", "䶮龍"),
        ("Smith John", "SMITH JOHN", "ＳＭＩＴＨ ＪＯＨＮ"),
        ("\U00020bb7田", "吉田"),
        ("罗昇", "羅升"),
    ],
)
def test_spellings_of_one_name(names: tuple[str, ...]) -> None:
    """Spacing, middle dots, width, traditional and variant characters and old private-use code points do not split a name."""
    assert {KEYS.name_key(name) for name in names} == {KEYS.name_key(names[0])}


def test_names_that_differ() -> None:
    """Different names have different keys of 8 bytes; no name has no key."""
    keys = [KEYS.name_key(name) for name in ("王芳", "王方", "张伟", "李娜")]
    assert all(len(key) == 8 for key in keys)
    assert all(one != other for one, other in itertools.combinations(keys, 2))
    assert KEYS.name_key(" · ") == b""


def test_a_name_is_no_serial() -> None:
    """Keys of one text for two purposes cannot be joined."""
    assert KEYS.name_key("D12345678") != KEYS.serial_key("card", "D12345678") != KEYS.serial_key("account", "D12345678")


def test_dictionary_attack_without_the_pepper() -> None:
    """All numbers of one county and birth day, hashed without the pepper, recover nobody."""
    leaked = {KEYS.person_key(identifier("370102199003070016"))[1:]}
    guesses = (f"37010219900307{sequence:03d}" for sequence in range(1000))
    recovered = [guess for guess in guesses for check in "0123456789X" if hashlib.sha256((guess + check).encode()).digest()[:16] in leaked]
    assert recovered == []


def test_no_pepper_in_a_representation() -> None:
    """The pepper is a secret and stays out of representations."""
    assert "pepper" not in repr(KEYS)
