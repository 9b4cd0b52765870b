"""What is read ahead is bounded in bytes too, and nothing is lost when fetching rests."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from streams.engine.backlog import Backlog
from streams.engine.batch import Batch
from streams.engine.cycle import Cycle
from streams.engine.health import HealthBoard
from streams.engine.observe import Unobserved
from streams.engine.owned import OwnedPartition
from streams.engine.records import Record
from streams.engine.spec import Input, Limits, StageSpec
from streams.engine.watchdog import Watchdog
from tests.streams.engine.lab import PARTITIONS, Lab
from tests.streams.engine.toy import settings_of

MEGABYTE = 1 << 20
SENT = 120
SHARE = 8 * MEGABYTE
ONE_LOOK = (32 + 8 + 1) * MEGABYTE
"""What one look may add: the client's queue, a fetch that it was just about to add, and a record."""


def record(offset: int, value: bytes | None, headers: list[tuple[str, bytes]] | None = None) -> Record:
    """With a key of one byte."""
    return Record("t", 0, offset, b"k", value, headers or [], 0)


def test_bytes_follow_what_comes_and_goes() -> None:
    """Values, keys and headers count; cut, given back and forgotten ones are taken off and put on again."""
    backlog = Backlog()
    for offset, item in enumerate((b"1234", None, b"")):
        backlog.append(record(offset, item))
    backlog.append(record(3, b"12", [("name", b"value")]))
    assert backlog.bytes == 5 + 1 + 1 + 12
    cut = backlog.cut(10, most_bytes=6)
    assert ([item.offset for item in cut], backlog.bytes) == ([0, 1], 13)
    backlog.give_back(cut)
    assert ([item.offset for item in backlog.records], backlog.bytes) == ([0, 1, 2, 3], 19)
    backlog.cut(10, most_bytes=100)
    assert backlog.bytes == 0
    backlog.give_back(cut)
    backlog.clear()
    assert (len(backlog.records), backlog.bytes) == (0, 0)


def test_a_topic_whose_records_are_large_is_held() -> None:
    """Each topic has its part of the share: what waits of the first loads does not keep live input from being fetched."""
    owned = OwnedPartition(Input("live", side_topics=("bulk",)), 0, Limits())
    owned.backlog["bulk"].append(record(0, bytes(SHARE // 2 - 2)))
    assert owned.to_hold(SHARE) == set()
    owned.backlog["bulk"].append(record(1, None))
    assert owned.to_hold(SHARE) == {"bulk"}


class SlowStage:
    """Counts records and looks how much waits beside them."""

    def __init__(self) -> None:
        self.seen: Counter[bytes] = Counter()
        self.most_bytes = 0
        self.waiting: Callable[[], int] = lambda: 0

    def __call__(self, batches: Sequence[Batch], each: Callable[[], None]) -> None:
        """Slower than any broker."""
        self.most_bytes = max(self.most_bytes, self.waiting())
        for batch in batches:
            self.seen.update(item.key or b"" for item in batch.records)
            each()
        time.sleep(0.05)


@pytest.mark.kafka
def test_large_records_of_a_slow_stage_wait_on_the_broker(lab: Lab, tmp_path: Path) -> None:
    """120 records of 0.9 MB, of which a worker may hold 8 MB: each comes once, and at no time do more wait than that and one look at the client's queue."""
    for number in range(SENT):
        lab.send(b"key-%d" % number, os.urandom(900_000), partition=number % PARTITIONS)
    lab.flush()
    lab.job.instance, lab.job.folder = "a", str(tmp_path / "a")
    spec = StageSpec("toy", lab.job.group, (Input(lab.job.source),), limits=Limits(backlog_bytes=SHARE, timer_seconds=0))
    stage, halt = SlowStage(), threading.Event()
    cycle = Cycle(spec, settings_of(lab.job), stage, HealthBoard(60), Unobserved(), halt, Watchdog(60))
    stage.waiting = lambda: sum(owned.waiting_bytes() for owned in cycle._group.owned.values())
    thread = threading.Thread(target=cycle.run, daemon=True)
    thread.start()
    try:
        lab.drained()
    finally:
        halt.set()
        thread.join(30)
    assert stage.seen == Counter(key for key, _ in lab.read(lab.job.source))
    assert stage.seen.total() > SENT / 2
    assert 0 < stage.most_bytes < SHARE + ONE_LOOK
