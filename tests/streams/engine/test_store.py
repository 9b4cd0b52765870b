"""The local cache is right for what it says it is a copy of, or it is thrown away."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.engine import store as store_module
from streams.engine.database import Identity, SharedMemory
from streams.engine.store import Store
from tests.streams.engine.lab import wait_for

IDENTITY = Identity("cluster", "people-changelog", "topic-id", 8, 1)
MEMORY = SharedMemory(4 << 20, 4 << 20)
FILES_MERGED_WHEN_SERVING = 4


def filled(folder: Path) -> None:
    """A store with one row, at position 5, closed."""
    store = Store(folder, IDENTITY, MEMORY)
    store.write([(b"\x10a", b"1"), (b"\x10b", None)], 5)
    store.close()


def test_rows_and_position_survive_together(tmp_path: Path) -> None:
    """What one WriteBatch wrote is there after reopening: rows, deletions and the position they reach."""
    filled(tmp_path / "s")
    store = Store(tmp_path / "s", IDENTITY, MEMORY)
    assert (store.get(b"\x10a"), store.get_many([b"\x10b", b"\x10a"]), store.position) == (b"1", [None, b"1"], 5)
    assert list(store.walk(b"\x10", b"\x11")) == [(b"\x10a", b"1")]
    assert store.distrust(0, 9, 0.0) is None
    store.close()


@pytest.mark.parametrize(
    ("identity", "low", "high", "oldest", "why"),
    [
        (Identity("other", "people-changelog", "topic-id", 8, 1), 0, 9, 0.0, "copy of"),
        (Identity("cluster", "people-changelog", "made again", 8, 1), 0, 9, 0.0, "copy of"),
        (Identity("cluster", "people-changelog", "topic-id", 16, 1), 0, 9, 0.0, "copy of"),
        (Identity("cluster", "people-changelog", "topic-id", 8, 2), 0, 9, 0.0, "copy of"),
        (IDENTITY, 0, 4, 0.0, "ends at 4"),
        (IDENTITY, 6, 9, 0.0, "begins at 6"),
        (IDENTITY, 0, 9, 1e12, "tombstones"),
    ],
)
def test_a_foreign_copy_is_distrusted(tmp_path: Path, identity: Identity, low: int, high: int, oldest: float, why: str) -> None:
    """Another cluster, topic, partition count or index, a position outside the log, a copy older than its tombstones: each is told."""
    filled(tmp_path / "s")
    store = Store(tmp_path / "s", identity, MEMORY)
    assert why in str(store.distrust(low, high, oldest))
    store.discard()
    assert (store.position, store.get(b"\x10a"), store.distrust(low, high, oldest)) == (0, None, None)
    store.close()


def tear(folder: Path) -> None:
    """Damage the manifest as a lost write would."""
    for manifest in folder.glob("MANIFEST-*"):
        manifest.write_bytes(b"torn")


def lose(folder: Path) -> None:
    """Delete the pointer to the manifest."""
    (folder / "CURRENT").unlink()


def flip(folder: Path) -> None:
    """What another program's rocksdict leaves behind when it opens the folder with its own settings."""
    (folder / "rocksdict-config.json").write_text('{"raw_mode":false,"prefix_extractors":{}}')


@pytest.mark.parametrize(("damage", "position"), [(tear, 0), (lose, 0), (flip, 5)])
def test_a_damaged_folder_never_stops_the_worker(tmp_path: Path, damage: Callable[[Path], None], position: int) -> None:
    """A torn database begins anew; a flipped configuration file is put right and the state is kept."""
    filled(tmp_path / "s")
    damage(tmp_path / "s")
    store = Store(tmp_path / "s", IDENTITY, MEMORY)
    assert store.position == position
    store.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from streams.engine.store import Store
from tests.streams.engine.test_store import IDENTITY, MEMORY, chunk
store = Store(Path(sys.argv[1]), IDENTITY, MEMORY)
for number in range(40):
    store.load(chunk(number), number + 1)
if sys.argv[2] == "settled":
    store.write([(b"last", b"1")], 41)
os.kill(os.getpid(), signal.SIGKILL)
"""


def chunk(number: int) -> list[tuple[bytes, bytes | None]]:
    """Rows of one chunk of a restore: large enough that some are flushed to disk on the way."""
    return [(b"\x10%d-%d" % (number, row), bytes(2000)) for row in range(100)]


@pytest.mark.parametrize("end", ["unsettled", "settled"])
def test_a_restore_that_is_killed_keeps_rows_and_position_together(tmp_path: Path, end: str) -> None:
    """Unlogged chunks are lost from the end, with their position; a logged write after them loses none."""
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "s"), end], check=False)
    assert run.returncode == -signal.SIGKILL
    store = Store(tmp_path / "s", IDENTITY, MEMORY)
    reached = store.position
    kept = [number for number in range(40) if store.get(b"\x10%d-99" % number) is not None]
    assert kept == list(range(min(reached, 40)))
    assert (reached, store.get(b"last")) == (41, b"1") if end == "settled" else reached <= 40
    store.close()


def test_files_of_a_long_restore_are_merged_once_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merging them again and again on the way would cost more than writing them; left as they are they would slow down each read."""
    monkeypatch.setattr(store_module, "_LOADS_OF_A_LONG_RESTORE", 1)
    store = Store(tmp_path / "s", IDENTITY, MEMORY)
    for number in range(2 * FILES_MERGED_WHEN_SERVING):
        store.load(chunk(number), number + 1)
        store._db.flush()  # as RocksDB does when its buffer is full
    assert store.new_files >= FILES_MERGED_WHEN_SERVING
    store.write((), number + 1)
    wait_for(lambda: store.new_files < FILES_MERGED_WHEN_SERVING, 120)
    assert store.get(b"\x10%d-99" % number) == bytes(2000)
    store.close()
