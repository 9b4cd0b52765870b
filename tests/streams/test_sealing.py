"""Sealed envelopes: opened by their key and at their place only, and silent about content."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from streams.sealing import Sealer, SealError, sealer_of
from streams.settings import SettingsError, load_settings

CONTENT = "379999194811200016 王建国".encode()


@pytest.fixture
def sealer() -> Sealer:
    """A sealer with an old and a current key."""
    return Sealer({"k1": b"1" * 32, "k2": b"2" * 32}, "k2")


def test_round_trip(sealer: Sealer) -> None:
    """What is sealed can be opened, twice sealed looks different, and nothing of it shows."""
    envelope = sealer.seal(CONTENT, b"topic[0]@7")
    assert sealer.open(envelope, b"topic[0]@7") == CONTENT
    assert envelope != sealer.seal(CONTENT, b"topic[0]@7")
    assert b"379999" not in envelope


def test_an_older_key_still_opens(sealer: Sealer) -> None:
    """After a change of key what was sealed before can still be opened."""
    old = Sealer({"k1": b"1" * 32}, "k1")
    assert sealer.open(old.seal(CONTENT, b"x"), b"x") == CONTENT


@pytest.mark.parametrize(
    "spoil", [lambda one: one[:-1] + bytes((one[-1] ^ 1,)), lambda one: one[:6], lambda one: b"", lambda one: b"\x02" + one[1:]]
)
def test_altered_envelopes(sealer: Sealer, spoil: Callable[[bytes], bytes]) -> None:
    """Any alteration is noticed, and the error shows nothing."""
    envelope = spoil(sealer.seal(CONTENT, b"x"))
    with pytest.raises(SealError) as caught:
        sealer.open(envelope, b"x")
    assert "王建国" not in str(caught.value)


def test_an_envelope_belongs_to_its_place(sealer: Sealer) -> None:
    """An envelope moved to another record does not open; one of a key that is not given names that key."""
    envelope = sealer.seal(CONTENT, b"topic[0]@7")
    with pytest.raises(SealError, match="altered, or belongs to another"):
        sealer.open(envelope, b"topic[0]@8")
    with pytest.raises(SealError, match="'k2'"):
        Sealer({"k1": b"1" * 32}, "k1").open(envelope, b"topic[0]@7")


def test_a_wrong_key_is_refused() -> None:
    """A short key is a setting that is wrong, named without its value."""
    with pytest.raises(SettingsError, match="CANBAO_SEAL_KEY"):
        sealer_of(load_settings({}, seal_key=SecretStr("abc")))
    with pytest.raises(SealError, match="32 bytes"):
        Sealer({"k1": b"short"}, "k1")
