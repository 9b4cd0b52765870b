"""A changelog that loses its beginning or its end while it is restored: judged anew, never built upon."""

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from streams.engine import takeover
from streams.engine.database import Identity
from streams.engine.errors import RefusedError
from streams.engine.folders import Folders
from streams.engine.header import Header, encode_header
from streams.engine.local_copy import LocalCopy
from streams.engine.lost_clients import LostClients
from streams.engine.observe import Unobserved
from streams.engine.owned import OwnedPartition
from streams.engine.rows import HEADER_KEY
from streams.engine.spec import EngineSettings, Input, Limits, StageSpec
from streams.engine.takeover import Steps, Taken, TakeOver
from tests.streams.engine.lab import PARTITIONS, Lab
from tests.streams.engine.test_store import MEMORY
from tests.streams.engine.toy import COUNT, settings_of

BATCHES = 50
ROWS = 20
VALUE = bytes(1000)
READ = 7
"""Offset of the input that the state contains and the group has committed."""


def filled(lab: Lab, *, committed: bool) -> int:
    """A changelog of many small batches, its header last; the offset behind it."""
    producer = Producer({"bootstrap.servers": lab.bootstrap})
    for batch in range(BATCHES):
        for row in range(ROWS):
            producer.produce(str(lab.job.changelog), VALUE, COUNT + b"%d-%d" % (batch, row), partition=0)
        assert producer.flush(20) == 0
    positions = {lab.job.source: READ} if committed else {}
    producer.produce(str(lab.job.changelog), encode_header(Header(positions=positions)), HEADER_KEY, partition=0)
    assert producer.flush(20) == 0
    if committed:
        group = Consumer({"bootstrap.servers": lab.bootstrap, "group.id": lab.job.group})
        group.commit(offsets=[TopicPartition(lab.job.source, 0, READ)], asynchronous=False)
        group.close()
    return BATCHES * ROWS + 1


def reads_little(settings: EngineSettings, group: str, *, committed: bool, watch: dict[str, Any]) -> Consumer:
    """A reader that has no more than a batch or two in advance."""
    return Consumer(
        {
            "bootstrap.servers": settings.bootstrap,
            **watch,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed" if committed else "read_uncommitted",
            "enable.partition.eof": True,
            "max.partition.fetch.bytes": 1,
            "queued.min.messages": 1,
            "queued.max.messages.kbytes": 1,
        }
    )


def take_over_of(lab: Lab, folder: Path) -> TakeOver:
    """Of partition 0, in this process."""
    lab.job.instance, lab.job.folder = "heir", str(folder)
    source = Input(lab.job.source, lab.job.changelog)
    owned = OwnedPartition(source, 0, Limits(), partitions=PARTITIONS)
    copy = LocalCopy(Identity("c", str(lab.job.changelog), "t", PARTITIONS, 1), 0, folder / "copy", 86_400.0)
    return TakeOver(
        owned, StageSpec("toy", lab.job.group, (source,)), settings_of(lab.job), copy, Folders(), MEMORY, Unobserved(), LostClients()
    )


def ended(steps: Steps[Taken]) -> Taken:
    """The outcome."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            taken: Taken = end.value
            return taken


def begun(take_over: TakeOver) -> Steps[Taken]:
    """Its steps, from the moment on that some rows are restored, but not all."""
    steps = take_over.run()
    while not take_over.health().restored_rows:
        next(steps)
    assert take_over.health().restored_rows < BATCHES * ROWS / 2
    return steps


def test_rows_deleted_ahead_of_the_reader_are_missed(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state without them would look whole; what the group has committed says that they were needed."""
    monkeypatch.setattr(takeover, "reading_consumer", reads_little)
    end = filled(lab, committed=True)
    steps = begun(take_over_of(lab, tmp_path))
    lab.delete_records([0], end - ROWS)
    with pytest.raises(RefusedError, match=f"begins at {end - ROWS}: rows before it are gone"):
        ended(steps)


@pytest.mark.logs_errors("was cut while it was restored")
def test_rows_deleted_of_a_group_that_read_nothing(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says that they were needed: the restore begins again, and the state is what the log holds now, without a row of before."""
    monkeypatch.setattr(takeover, "reading_consumer", reads_little)
    end = filled(lab, committed=False)
    steps = begun(take_over_of(lab, tmp_path))
    lab.delete_records([0], end - 1 - ROWS)
    taken = ended(steps)
    assert taken.store is not None
    assert [key for key, _ in taken.store.walk(COUNT, b"\x11")] == sorted(COUNT + b"%d-%d" % (BATCHES - 1, row) for row in range(ROWS))
    taken.store.close()


def test_an_end_that_is_not_there_any_more_is_not_waited_for(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end that was asked for at first was a leader's that has lost it since."""
    monkeypatch.setattr(takeover, "_LOOK_AGAIN_SECONDS", 0.1)
    end = filled(lab, committed=True)
    take_over = take_over_of(lab, tmp_path)
    ask, asked = take_over._ends, list[tuple[int, int]]()

    def first_too_far(ends: Consumer, place: TopicPartition) -> Steps[tuple[int, int]]:
        low, high = yield from ask(ends, place)
        asked.append((low, high))
        return (low, high + 100) if len(asked) == 1 else (low, high)

    monkeypatch.setattr(take_over, "_ends", first_too_far)
    taken = ended(take_over.run())
    assert asked == [(0, end)] * 3, "at first, where it stood still, and when it began again"
    assert taken.store is not None
    assert (taken.positions, taken.store.position) == ({lab.job.source: READ}, end)
    taken.store.close()
