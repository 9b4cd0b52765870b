"""What goes to the stage together, and what becomes of it when the transaction is lost on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from streams.engine.attempts import Attempts
from streams.engine.batch import Batch, State
from streams.engine.errors import TransactionAbortedError
from streams.engine.header import Header
from streams.engine.health import Phase
from streams.engine.memory import MemoryRows
from streams.engine.observe import Unobserved
from streams.engine.owned import OwnedPartition
from streams.engine.records import BatchReason, Outgoing, Record
from streams.engine.serving import Hand, Serving
from streams.engine.spec import Input, Limits
from streams.engine.transaction import Transaction

TOPIC = "t"


class Queue:
    """Stands where the transaction does: keeps what is queued; the message numbered `breaks_at` finds the transaction lost."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.sent = list[Outgoing]()
        self._breaks_at = breaks_at

    def begin(self) -> None:
        """Open."""

    def produce(self, message: Outgoing) -> None:
        """Queue or break."""
        if len(self.sent) == self._breaks_at:
            raise TransactionAbortedError("lost")
        self.sent.append(message)

    def row(self, changelog: str, key: bytes, value: bytes | None, partition: int) -> None:
        """A changelog row is a message too."""
        self.produce(Outgoing(changelog, key, value, (), partition))

    def serve(self) -> None:
        """No reports."""


class Stage:
    """Sends each record on; remembers what it was given together."""

    def __init__(self) -> None:
        self.together = list[list[tuple[int, int]]]()

    def __call__(self, batches: Sequence[Batch], each: Callable[[], None]) -> None:
        """Work on all."""
        self.together.append([(batch.partition, len(batch.records)) for batch in batches])
        for batch in batches:
            for record in batch.records:
                batch.put(b"\x10" + (record.value or b""), b"1")
                batch.produce("out", record.key, record.value)
            each()


def partition(number: int, records: int, limits: Limits) -> OwnedPartition:
    """A partition that serves, with so many records waiting."""
    owned = OwnedPartition(Input(TOPIC, "changes"), number, limits)
    owned.serve(State(MemoryRows()), None, Header(), {TOPIC: 0})
    for offset in range(records):
        owned.backlog[TOPIC].append(Record(TOPIC, number, offset, b"k", b"%d" % offset, [], 0))
    return owned


def serving(stage: Hand, queue: Queue, attempts: Attempts, limits: Limits) -> Serving:
    """With nothing but what these tests ask of it."""
    return Serving(limits, stage, cast("Transaction", queue), attempts, {}, {TOPIC: 8}, Unobserved())


def serve_all(part: Serving, partitions: Sequence[OwnedPartition]) -> int:
    """All groups, as the cycle does; how many records."""
    return sum(map(part.hand_over, part.groups(partitions)))


def test_few_records_of_many_partitions_go_together(tmp_path: Path) -> None:
    """A group holds no more records than one batch may; who has nothing is not asked; every partition gets what is its own."""
    limits = Limits(batch_records=10, batch_seconds=60)
    stage, queue = Stage(), Queue()
    part = serving(stage, queue, Attempts(tmp_path / "a"), limits)
    owned = [partition(number, records, limits) for number, records in enumerate([3, 0, 4, 4, 25, 1])]
    handed = serve_all(part, owned)
    assert stage.together == [[(0, 3), (2, 4)], [(3, 4)], [(4, 10)], [(5, 1)]]
    assert handed == 22
    assert [item.positions[TOPIC] for item in owned] == [3, 0, 4, 4, 10, 1]
    assert [item.touched for item in owned] == [True, False, True, True, True, True]
    assert sum(message.topic == "out" for message in queue.sent) == handed
    assert {message.partition for message in queue.sent if message.topic == "changes"} == {0, 2, 3, 4, 5}


@pytest.mark.parametrize("breaks_at", [0, 3, 8])
def test_a_transaction_lost_on_the_way_takes_back_the_whole_group(tmp_path: Path, breaks_at: int) -> None:
    """Whichever message meets it: every partition of the group is rewound, so that its records are read again, none skipped."""
    limits = Limits(batch_records=10, batch_seconds=60)
    part = serving(Stage(), Queue(breaks_at), Attempts(tmp_path / "a"), limits)
    owned = [partition(number, records, limits) for number, records in enumerate([2, 2, 2, 9])]
    with pytest.raises(TransactionAbortedError):
        serve_all(part, owned)
    assert [item.touched for item in owned] == [True, True, True, False]
    assert [item.rewind() for item in owned[:3]] == [{TOPIC: 0}] * 3
    assert all(not list(item.state.writes.items()) for item in owned)
    assert owned[3].waiting() == 9, "the next group was not begun"


def test_a_paused_partition_is_called_by_its_timer_and_for_work_that_it_asks_for(tmp_path: Path) -> None:
    """No records; spare time only while the stage says that it has more (a replay); the batch tells the stage, the board why; a restart resumes."""
    limits = Limits(timer_seconds=1.0)

    class Pausing:
        """Pauses with its first batch."""

        more = False

        def __call__(self, batches: Sequence[Batch], each: Callable[[], None]) -> None:
            for batch in batches:
                if not batch.paused:
                    batch.pause("CB-503: look")
                batch.more = self.more
                each()

    stage = Pausing()
    part, owned = serving(stage, Queue(), Attempts(tmp_path / "a"), limits), partition(0, 3, limits)
    owned.positions[TOPIC] = owned.committed[TOPIC] = 0
    part.hand_over(part.spare([owned], 0.0, idle=True))
    assert not list(part.groups([owned]))
    (timer,) = part.spare([owned], 5.0, idle=True)
    assert (timer.batch.reason, timer.batch.paused) == (BatchReason.TIMER, True)
    assert owned.health().reason == "CB-503: look"
    assert owned.health().phase is Phase.READY
    assert not part.spare([owned], 5.1, idle=True), "nothing is left that the stage would do"
    assert part.wait_seconds([owned], 5.1) > 0
    stage.more = True
    part.hand_over([timer])
    assert [one.batch.reason for one in part.spare([owned], 5.2, idle=True)] == [BatchReason.IDLE]
    owned.rewind()
    assert not owned.paused, "the batch that paused was dropped with its transaction"
    assert not owned.health().reason


def test_a_suspect_goes_alone_and_only_it_is_counted(tmp_path: Path) -> None:
    """The process died with three batches at the stage: from then on each of the three goes alone, and who comes back is not counted again."""
    path, limits = tmp_path / "a", Limits(batch_records=10, batch_seconds=60)

    def dies(batches: Sequence[Batch], each: Callable[[], None]) -> None:
        """Of partition 1; partition 0 has come back before."""
        for batch in batches:
            if batch.partition == 1:
                raise KeyboardInterrupt
            each()

    for deaths in (1, 2, 3):
        attempts = Attempts(path)
        part = serving(dies, Queue(), attempts, limits)
        with pytest.raises(KeyboardInterrupt):
            serve_all(part, [partition(number, 2, limits) for number in range(3)])
        attempts.close()
        found = Attempts(path)
        times = [suspect.times if (suspect := found.suspect(TOPIC, number)) else 0 for number in range(3)]
        assert times == [0, deaths, 1], "partition 2 was at the stage once, when nobody was suspected yet"
        found.close()

    stage, attempts = Stage(), Attempts(path)
    part = serving(stage, Queue(), attempts, limits)
    serve_all(part, [partition(number, 2, limits) for number in range(4)])
    assert stage.together == [[(0, 2)], [(1, 1)], [(2, 2)], [(3, 2)]], "the record that kills is met alone"
