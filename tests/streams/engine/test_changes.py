"""What a restore writes: after any lots, rows and derived index are those of the newest rows alone."""

import random
from pathlib import Path

import pytest

from streams.engine import changes
from streams.engine.changes import Changes
from streams.engine.rows import HEADER_KEY, INDEX_PREFIX, after
from streams.engine.spec import StageSpec
from streams.engine.store import Store
from tests.streams.engine.test_store import IDENTITY, MEMORY

KINDS = b"\x10\x12"
LOTS = 60


def derive(key: bytes, value: bytes) -> list[bytes]:
    """One entry for each letter of the value."""
    return [bytes((letter,)) + key for letter in set(value)]


def lot(pick: random.Random) -> dict[bytes, bytes | None]:
    """Some rows of kinds with and without an index, new ones, changed ones and deletions; the header among them."""
    rows: dict[bytes, bytes | None] = {HEADER_KEY: b"head"}
    for _ in range(20):
        key = bytes((pick.choice(b"\x01\x10\x11\x12\x13"),)) + b"%d" % pick.randrange(40)
        rows[key] = None if pick.random() < 0.3 else bytes(pick.choices(b"abcdef", k=pick.randrange(4)))
    return rows


@pytest.mark.parametrize("kinds", [KINDS, b""], ids=["some kinds", "all kinds"])
@pytest.mark.parametrize("most_seen", [250_000, 30, 0], ids=["all keys seen are known", "too many after a while", "none are known"])
def test_the_index_is_that_of_the_newest_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: bytes, most_seen: int) -> None:
    """From an empty store, over a reopening in the middle: no entry of an older value stays, none of the newest is missing."""
    monkeypatch.setattr(changes, "_MOST_SEEN", most_seen)
    spec = StageSpec("toy", "toy", (), derive=derive, derived_kinds=kinds)
    pick, newest = random.Random(1), dict[bytes, bytes]()
    for life in range(2):
        store = Store(tmp_path / "s", IDENTITY, MEMORY)
        made = Changes(store, spec)
        for number in range(LOTS):
            rows = lot(pick)
            store.load(made.of(rows), life * LOTS + number + 1)
            for key, value in rows.items():
                newest.pop(key, None)
                if value is not None:
                    newest[key] = value
        store.settle()
        held = dict(store.walk(b"\x00", INDEX_PREFIX))
        index = [key for key, _ in store.walk(INDEX_PREFIX, after(INDEX_PREFIX))]
        store.close()
        held.pop(b"\xf0identity")
        assert held == newest
        wanted = {INDEX_PREFIX + entry for key, value in newest.items() if not kinds or key[0] in kinds for entry in derive(key, value)}
        assert set(index) == wanted - {INDEX_PREFIX + entry for entry in derive(HEADER_KEY, b"head")}
