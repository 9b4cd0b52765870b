"""A local copy whose files turn out to be unreadable while it serves: the process ends once, nothing is built on it, the next one begins anew."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streams.engine.database import Identity, SharedMemory
from streams.engine.distrust import Why
from streams.engine.errors import EndsProcessError
from streams.engine.local_copy import LocalCopy
from streams.engine.store import Store
from tests.streams.engine.lab import PARTITIONS, Lab, wait_for

IDENTITY = Identity("cluster", "people-changelog", "topic-id", 8, 1)
MEMORY = SharedMemory(4 << 20, 4 << 20)
DAY = 86_400.0
ROWS = 5_000
KEYS = 4_000


def key(number: int) -> bytes:
    """In order of the number."""
    return b"\x10%08d" % number


def filled(folder: Path) -> None:
    """A copy with a file of many blocks."""
    store = Store(folder, IDENTITY, MEMORY)
    store.write([(key(number), bytes(range(200))) for number in range(ROWS)], 5)
    store.close()


def scratch(folder: Path) -> int:
    """Overwrite the middle of each file of rows, as a bad sector does; how many there were."""
    files = list(folder.glob("**/*.sst"))
    for path in files:
        data = bytearray(path.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 100] = b"\xff" * 100
        path.write_bytes(data)
    return len(files)


def each(store: Store) -> None:
    """Get one by one."""
    for number in range(ROWS):
        store.get(key(number))


def together(store: Store) -> None:
    """Get all at once."""
    store.get_many([key(number) for number in range(ROWS)])


def walk(store: Store) -> None:
    """To the end: a block that can't be read must not look like it."""
    for _ in store.walk(b"", b"\xff"):
        pass


def write(store: Store) -> None:
    """What is merged on the way reads the files too."""
    for number in range(3):
        store.write([(key(row), b"%d" % number) for row in range(ROWS)], 6 + number)
        store._db.flush()
        store._db.compact_range(None, None)


@pytest.mark.parametrize("use", [each, together, walk, write])
@pytest.mark.logs_errors("local copy can't be read")
def test_it_ends_the_process_and_is_thrown_away_by_the_next(use: Callable[[Store], None], tmp_path: Path) -> None:
    """Else a worker would end of the same files again and again, or a sweep would end early and ask nobody behind the block."""
    folder = tmp_path / "s"
    filled(folder)
    assert scratch(folder) == 1
    copy = LocalCopy(IDENTITY, 3, folder, DAY)
    store = copy.open(MEMORY, 0, 9, lambda: None)
    assert store.position == 5
    with pytest.raises(EndsProcessError, match="Corruption: ") as raised:
        use(store)
    assert store.failed is raised.value
    store.close()
    del store, raised  # the error holds what it was raised in, an iterator that keeps the folder locked; the process ends of it
    gc.collect()
    with capture_logs() as logs:
        anew = copy.open(MEMORY, 0, 9, lambda: None)
    assert (anew.position, anew.failed, list(anew.walk(b"", b"\xff"))) == (0, None, [])
    anew.close()
    (line,) = logs
    assert (line["event"], line["code"]) == ("local copy discarded", Why.TORN)
    assert line["reason"].startswith("found while it was read: Corruption: ")
    assert copy.open(MEMORY, 0, 9, lambda: None).torn is None


def test_what_says_nothing_against_the_files_leaves_them(tmp_path: Path) -> None:
    """A full disk ends the process too; the copy is whole up to its position and is gone on with."""
    folder = tmp_path / "s"
    filled(folder)
    store = Store(folder, IDENTITY, MEMORY)
    failed = store._given_up(Exception("IO error: No space left on device: While appending to file"))
    assert store.failed is failed
    store.close()
    again = Store(folder, IDENTITY, MEMORY)
    assert (again.torn, again.failed, again.position) == (None, None, 5)
    again.close()


def test_on_kafka_nothing_is_built_on_it(lab: Lab) -> None:
    """A stage that contains one person's failure takes the block for that too, and would set the person aside; none of it is committed."""
    lab.fill(2 * KEYS, keys=KEYS)
    first = lab.start("a")
    lab.drained()
    assert first.terminate() == 0
    assert scratch(lab.folder / "a") >= PARTITIONS
    lab.fill(2 * KEYS, keys=KEYS, seed=2)
    ends = 0
    while lab.lag():
        worker = lab.start("a", misdeed="contain")
        wait_for(lambda: worker.process.poll() is not None or not lab.lag(), 120, lab.logs)  # noqa: B023 - asked before the next is started
        ends += worker.process.poll() == 1
        assert ends <= PARTITIONS, lab.logs()
    assert ends, lab.logs()
    assert first.log.count("found while it was read: Corruption: ") >= ends
    assert lab.verdict().right, lab.verdict()
