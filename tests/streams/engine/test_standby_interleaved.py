"""A take-over that comes in the middle of a standby's lot, again and again: every copy it finds is a prefix of the changelog."""

import random
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition

from streams.engine import standby_copies
from streams.engine.clients import reading_consumer
from streams.engine.database import Identity, SharedMemory
from streams.engine.folders import Folders
from streams.engine.local_copy import LocalCopy
from streams.engine.rows import LOCAL_KIND
from streams.engine.spec import StageSpec
from streams.engine.standby_copies import StandbyCopies
from streams.engine.store import Store
from tests.streams.engine.lab import PARTITIONS, Lab, wait_for
from tests.streams.engine.toy import settings_of

MEMORY = SharedMemory(4 << 20, 4 << 20)
TIMES = 20
MOST_LOTS = 40
"""Written at most before the next take-over: counted, for a slow machine writes fewer in a given time."""
LOT_SECONDS = 0.005
"""A fast machine would be at the end before anybody asks."""
Log = list[tuple[int, bytes, bytes | None]]


def prefix(log: Log, position: int) -> dict[bytes, bytes]:
    """The rows that a copy at this position holds."""
    rows = {key: value for offset, key, value in log if offset < position}
    return {key: value for key, value in rows.items() if value is not None}


def held(store: Store) -> dict[bytes, bytes]:
    """The rows of a copy, without what it keeps for itself."""
    return dict(store.walk(b"\x00", bytes((LOCAL_KIND,))))


class Lots:
    """Counts what the standby writes."""

    def __init__(self) -> None:
        self._count = 0

    def written(self, _point: object) -> None:
        """One more lot."""
        self._count += 1
        time.sleep(LOT_SECONDS)

    def wait(self, more: int, end: threading.Event) -> None:
        """Until so many more are written, or there is no more to write."""
        until = self._count + more
        wait_for(lambda: self._count >= until or end.is_set(), 60)


def test_a_take_over_in_the_middle_of_a_lot(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Owner and standby ask for the same copy at random moments: one has it at a time, and what each leaves is right for the other."""
    monkeypatch.setattr(standby_copies, "_CHUNK_ROWS", 50)
    lots = Lots()
    monkeypatch.setattr(standby_copies, "reach", lots.written)
    lab.fill(20_000, keys=5000)
    worker = lab.start()
    lab.drained()
    assert worker.terminate() == 0
    changelog = str(lab.job.changelog)
    log: Log = [(int(m.offset() or 0), m.key() or b"", m.value()) for m in lab.messages(changelog) if m.partition() == 0]
    copy = LocalCopy(Identity("c", changelog, "t", PARTITIONS, 1), 0, tmp_path / "copy", 86_400.0)
    lab.job.instance, lab.job.folder = "standby", str(tmp_path)
    with closing(reading_consumer(settings_of(lab.job), lab.job.group, committed=False)) as reader:
        _, high = reader.get_watermark_offsets(TopicPartition(changelog, 0), 20)
    folders, ended, whole, pick, found = Folders(), threading.Event(), threading.Event(), random.Random(1), set()
    copies = StandbyCopies(StageSpec("toy", lab.job.group, ()), settings_of(lab.job), folders)

    def stand_by() -> None:
        while not ended.is_set():
            copies.let_go()
            if not copies.places:
                copies.open(copy, 0, high)
            copies.read()
            (whole.set if copies.places and copies.lag() == 0 else whole.clear)()
        copies.close(copies.places)

    thread = threading.Thread(target=stand_by)
    thread.start()
    try:
        for _ in range(TIMES):
            lots.wait(pick.randrange(MOST_LOTS), whole)
            folders.own([copy.place])
            wait_for(lambda: folders.take(copy.place), 60)
            store = copy.open(MEMORY, 0, high, lambda: folders.back(copy.place))
            assert held(store) == prefix(log, store.position)
            found.add(store.position)
            if store.position == high:
                store.discard()  # and begin again, so that the next ones meet it on its way too
            store.close()
            folders.own([])
        whole.clear()
        assert whole.wait(60)
    finally:
        ended.set()
        thread.join(60)
    assert not copies.failed
    assert len(found) > 3, "too few places in the middle to prove anything"
    store = copy.open(MEMORY, 0, high, lambda: None)
    assert held(store) == prefix(log, high)
    store.close()
