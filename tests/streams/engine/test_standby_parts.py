"""Small parts of the standby: heirs, who may open a copy, how old a copy is, what is swept."""

import os
import time
from pathlib import Path

import pytest

from streams.engine.database import SharedMemory
from streams.engine.folders import Folders
from streams.engine.members import Member, heirs
from streams.engine.observe import Unobserved
from streams.engine.spec import Input, StageSpec
from streams.engine.standby_sweep import delete_forgotten
from streams.engine.store import Store
from tests.streams.engine.test_store import IDENTITY, MEMORY

PLACE = ("people-changelog", 3)


def member(name: str, machine: str, *partitions: int) -> Member:
    """A member with these partitions of one topic."""
    return Member(f"{name}-id", name, machine, tuple(("people", partition) for partition in partitions))


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([member("a", "m", 0, 1)], {}),
        ([member("a", "m", 0), member("b", "m", 1)], {}),
        ([member("a", "m", 0), member("b", "n", 1)], {0: "b", 1: "a"}),
        ([member("a", "m", 0, 1), member("b", "n", 2), member("c", "o", 3)], {1: "b", 0: "c", 2: "c", 3: "b"}),
        ([member("a", "m", 0), member("b", "m", 1), member("c", "n", 2)], {0: "c", 1: "c", 2: "a"}),
    ],
    ids=["one worker", "one machine", "two machines", "three machines", "two workers on a machine"],
)
def test_the_heir_is_on_another_machine(members: list[Member], found: dict[int, str]) -> None:
    """Whoever has least gets the last partition first, and nobody on the owner's machine gets any."""
    assert {partition: name for (_, partition), name in heirs(members).items()} == found


def test_one_at_a_time_and_the_owner_first() -> None:
    """An owner waits for a standby to let go; a standby gets nothing that is taken or ours."""
    folders = Folders()
    assert folders.take_spare(PLACE)
    folders.own([PLACE])
    assert folders.owned(PLACE), "the standby is told to let go"
    assert not folders.take(PLACE), "the owner waits until it has"
    folders.back(PLACE)
    assert not folders.take_spare(PLACE), "and the standby does not come in between"
    assert folders.take(PLACE)
    folders.own([])
    assert not folders.take_spare(PLACE), "given up, but not closed yet"
    assert not folders.take(PLACE)
    folders.back(PLACE)
    assert folders.take_spare(PLACE)


def test_a_copy_ages_until_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows on the way to the end don't make it younger, logged or not: tombstones before the end may be gone when it gets there."""
    clock = [1_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    store = Store(tmp_path / "s", IDENTITY, MEMORY)
    for step in (lambda: store.load([(b"\x10a", b"1")], 1), lambda: store.write([(b"\x10b", b"1")], 2, whole=False)):
        clock[0] += 100
        step()
        assert "tombstones" in str(store.distrust(0, 9, 1_050.0))
    store.close()
    store = Store(tmp_path / "s", IDENTITY, MEMORY)
    store.load([(b"\x10c", b"1")], 3)
    assert "tombstones" in str(store.distrust(0, 9, 1_050.0)), "nor does opening it again"
    store.write((), 9)
    assert store.distrust(0, 9, 1_050.0) is None
    store.close()


def test_closing_gives_back_once(tmp_path: Path) -> None:
    """A store that is closed late can't give away what another has opened meanwhile."""
    given: list[int] = []
    store = Store(tmp_path / "s", IDENTITY, SharedMemory(4 << 20, 4 << 20), lambda: given.append(1))
    store.close()
    with pytest.raises(Exception, match="closed"):
        store.close()
    assert given == [1]


def test_forgotten_copies_are_deleted_one_at_a_time(tmp_path: Path) -> None:
    """Old, of this stage, not ours, not open, not to be kept: all of it, or it stays."""
    spec = StageSpec("people", "people", (Input("people", "people-changelog"),))
    for name in ("people-changelog-0", "people-changelog-1", "people-changelog-2", "people-changelog-3", "people-changelog-4", "other-0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "CURRENT").touch()
        os.utime(tmp_path / name / "CURRENT", (1.0, 1.0))
    (tmp_path / "people-changelog-4" / "LOG").touch()
    folders = Folders()
    folders.own([("people-changelog", 0)])
    assert folders.take_spare(("people-changelog", 1))
    for _ in range(3):
        delete_forgotten(tmp_path, spec, folders, keep=[("people-changelog", 2)], observe=Unobserved())
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"people-changelog-0", "people-changelog-1", "people-changelog-2", "people-changelog-4", "other-0"}
