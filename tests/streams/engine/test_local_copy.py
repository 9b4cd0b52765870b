"""A local copy that can't be built upon is thrown away with a reason in the log and a count; one that only could not be opened is kept."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from schemas import metrics as m
from sinks.metrics import Metrics
from streams.engine.database import Identity, SharedMemory
from streams.engine.distrust import Why
from streams.engine.errors import RefusedError
from streams.engine.local_copy import LocalCopy
from streams.engine.observe import Unobserved
from streams.engine.rows import IDENTITY_KEY
from streams.engine.store import Store
from streams.health import CountedEngine

IDENTITY = Identity("cluster", "people-changelog", "topic-id", 8, 1)
MEMORY = SharedMemory(4 << 20, 4 << 20)
DAY = 86_400.0


class Counting(Unobserved):
    """Keeps why copies were thrown away."""

    def __init__(self) -> None:
        self.why: list[Why] = []

    def discarded(self, why: Why) -> None:
        """One more."""
        self.why.append(why)


def filled(folder: Path) -> None:
    """A copy that reaches offset 5, with a file of rows and its log."""
    store = Store(folder, IDENTITY, MEMORY)
    store.load([(b"\x10a", b"1")], 4)
    store.settle()
    store.write([(b"\x10b", b"1")], 5)
    store.close()


def gone(pattern: str) -> Callable[[Path], None]:
    """Delete files of a copy."""

    def damage(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.unlink()

    return damage


def cut(pattern: str) -> Callable[[Path], None]:
    """Lose the second half of files of a copy."""

    def damage(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def nameless(folder: Path) -> None:
    """Lose the row that says what it is a copy of."""
    store = Store(folder, IDENTITY, MEMORY)
    store._db.delete(IDENTITY_KEY)
    store.close()


def whole(_folder: Path) -> None:
    """Nothing is wrong with the files."""


@pytest.mark.parametrize(
    ("damage", "identity", "low", "high", "keeps", "why", "words"),
    [
        (gone("CURRENT"), IDENTITY, 0, 9, DAY, Why.TORN, "Corruption"),
        (gone("MANIFEST*"), IDENTITY, 0, 9, DAY, Why.TORN, "No such file"),
        (gone("*.sst"), IDENTITY, 0, 9, DAY, Why.TORN, "Corruption"),
        (cut("*.sst"), IDENTITY, 0, 9, DAY, Why.TORN, "size mismatch"),
        (cut("MANIFEST*"), IDENTITY, 0, 9, DAY, Why.TORN, "lost the list"),
        (nameless, IDENTITY, 0, 9, DAY, Why.UNNAMED, "does not say"),
        (whole, Identity("cluster", "people-changelog", "made again", 8, 1), 0, 9, DAY, Why.FOREIGN, "copy of"),
        (whole, IDENTITY, 0, 4, DAY, Why.AHEAD, "ends at 4"),
        (whole, IDENTITY, 6, 9, DAY, Why.BEHIND, "begins at 6"),
        (whole, IDENTITY, 0, 9, 0.0, Why.OLD, "tombstones"),
    ],
)
def test_what_is_thrown_away_is_told_and_counted(
    tmp_path: Path, damage: Callable[[Path], None], identity: Identity, low: int, high: int, keeps: float, why: Why, words: str
) -> None:
    """Once, with the place and the reason; what is left is empty and can be filled."""
    filled(tmp_path / "s")
    damage(tmp_path / "s")
    counting = Counting()
    with capture_logs() as logs:
        store = LocalCopy(identity, 3, tmp_path / "s", keeps, counting).open(MEMORY, low, high, lambda: None)
    assert (store.position, store.get(b"\x10a")) == (0, None)
    store.close()
    assert counting.why == [why]
    (line,) = logs
    assert (line["event"], line["topic"], line["partition"], line["code"]) == ("local copy discarded", "people-changelog", 3, why)
    assert words in line["reason"]


def test_a_good_copy_and_a_first_one_are_not_told(tmp_path: Path) -> None:
    """A copy that is opened again, and a folder that was not there: nothing is thrown away."""
    filled(tmp_path / "s")
    counting = Counting()
    with capture_logs() as logs:
        for folder, position in ((tmp_path / "s", 5), (tmp_path / "new", 0), (tmp_path / "new", 0)):
            store = LocalCopy(IDENTITY, 3, folder, DAY, counting).open(MEMORY, 0, 9, lambda: None)
            assert store.position == position
            store.close()
    assert (counting.why, logs) == ([], [])


def test_a_copy_that_can_not_be_opened_just_now_is_kept(tmp_path: Path) -> None:
    """No file may be opened any more: that says nothing against the copy, which is whole when they may again."""
    filled(tmp_path / "s")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    released: list[float] = []
    copy = LocalCopy(IDENTITY, 3, tmp_path / "s", DAY, Counting())
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises((OSError, RefusedError)):
            copy.open(MEMORY, 0, 9, lambda: released.append(time.time()))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(released) == 1
    store = copy.open(MEMORY, 0, 9, lambda: None)
    assert (store.position, store.get(b"\x10a")) == (5, b"1")
    store.close()


def test_what_rocksdb_says_of_the_machine_refuses_the_partition(tmp_path: Path) -> None:
    """A folder where a file should be: RocksDB's words are passed on, and nothing is deleted."""
    filled(tmp_path / "s")
    (tmp_path / "s" / "CURRENT").rename(tmp_path / "s" / "kept")
    (tmp_path / "s" / "CURRENT").mkdir()
    with pytest.raises(RefusedError, match=r"left as it is: IO error: .*Is a directory"):
        LocalCopy(IDENTITY, 3, tmp_path / "s", DAY).open(MEMORY, 0, 9, lambda: None)
    assert (tmp_path / "s" / "kept").exists()


def test_the_counter_has_every_reason() -> None:
    """Its series start at 0, and each kind has one."""
    assert m.COPIES_DISCARDED.labels["reason"] == tuple(Why)
    metrics = Metrics()
    CountedEngine(metrics).discarded(Why.TORN)
    assert 'canbao_engine_copies_discarded_total{reason="torn"} 1.0' in metrics.text().decode()
