"""quality.md 7.4, 7: person keys that leaked, and every number of one district and birth year: without the pepper none is recovered."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterator

import pytest

from processors.identity.citizen import check_character
from processors.identity.keys import KeyMaker
from processors.identity.kinds import Document, Identifier
from processors.identity.recognise import recognise

PEPPER = b"a secret that the attacker has not"
DISTRICT, YEAR = "379999", 1948
LEAKED = 40
Attack = Callable[[str], bytes]


def numbers(days: int) -> Iterator[str]:
    """Every number of the district for the first `days` days of the year: 999 a day."""
    first = dt.date(YEAR, 1, 1)
    for offset in range(days):
        day = first + dt.timedelta(days=offset)
        for sequence in range(1, 1000):
            first_17 = f"{DISTRICT}{day:%Y%m%d}{sequence:03d}"
            yield first_17 + check_character(first_17)


def key(maker: KeyMaker, number: str) -> bytes:
    """The person key of a number."""
    found = recognise(number, Document.NUMBER, "", 20_000)
    assert isinstance(found, Identifier)
    return maker.person_key(found)


def message(number: str) -> bytes:
    """What the key is made of: no secret, it stands in the source code."""
    return b"CITIZEN\x1fCHN\x1f" + number.encode()


ATTACKS: dict[str, Attack] = {
    "sha256": lambda number: hashlib.sha256(number.encode()).digest(),
    "sha256 of the message": lambda number: hashlib.sha256(message(number)).digest(),
    "no pepper": lambda number: hmac.digest(b"", message(number), "sha256"),
    "pepper 0": lambda number: hmac.digest(bytes(32), message(number), "sha256"),
    "pepper of the demo": lambda number: hmac.digest(b"demo-city-pepper-protects-nobody-0", message(number), "sha256"),
}


def recovered(leaked: set[bytes], days: int, attacks: dict[str, Attack]) -> dict[str, int]:
    """How many of the keys each attack gives back."""
    bare = {one[1:] for one in leaked}
    counts = dict.fromkeys(attacks, 0)
    for number in numbers(days):
        for name, attack in attacks.items():
            counts[name] += attack(number)[:16] in bare
    return counts


def leaked(days: int) -> set[bytes]:
    """Keys of persons of these days."""
    every = list(numbers(days))
    maker = KeyMaker(1, PEPPER, {})
    return {key(maker, number) for number in every[:: len(every) // LEAKED]}


def attack(days: int) -> None:
    """Nothing without the pepper; everything with it, so the attack is one."""
    keys = leaked(days)
    assert len(keys) >= LEAKED
    assert recovered(keys, days, ATTACKS) == dict.fromkeys(ATTACKS, 0)
    with_pepper = {"pepper": lambda number: hmac.digest(PEPPER, message(number), "sha256")}
    assert recovered(keys, days, with_pepper) == {"pepper": len(keys)}


def test_nothing_without_the_pepper() -> None:
    """The numbers of three weeks."""
    attack(21)


@pytest.mark.proof
def test_nothing_of_a_year_without_the_pepper() -> None:
    """All 364 635 numbers of the year."""
    attack(365)
