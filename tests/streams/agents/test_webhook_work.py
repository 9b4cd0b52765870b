"""What a batch of a webhook target does, without Kafka, towards a real receiver: parking and its end, filters, rows that are missing or gone."""

import asyncio
import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from msgspec import structs

from schemas import targets
from schemas.alert import Alert
from schemas.messages import alert_message
from schemas.targets import Filter, Replay, Secret, TargetRow, TargetState, belongs_to
from schemas.topics import ALERTS, TARGETS
from schemas.wire import Reader, Writer
from sinks.metrics import Metrics
from sinks.webhooks.schedule import PARK_SECONDS
from streams.agents import webhook_state as state
from streams.agents.webhook_row import Rows
from streams.agents.webhook_work import Work
from streams.engine.memory import MemoryPartition
from streams.engine.records import BatchReason, Record
from streams.sealing import Sealer
from tests.schemas.samples import sample_alert
from tests.sinks.webhooks.receiver import KEY, Receiver, receiving

SEALER = Sealer({"t1": b"t" * 32}, "t1")
NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
START_MS = 1_700_000_000_000


class Past:
    """Reading back, from the records that this test handed in."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def offset_at(self, _partition: int, time_ms: int, end: int) -> int:
        """First offset of that time."""
        return next((one.offset for one in self._records if one.timestamp_ms >= time_ms), end)

    def read(self, _partition: int, start: int, end: int, most: int) -> tuple[list[Record], int]:
        """As `History.read`."""
        found = [one for one in self._records if start <= one.offset < end][:most]
        return found, found[-1].offset + 1 if len(found) == most else end

    def close(self) -> None:
        """Nothing to leave."""


class Bench:
    """One partition, one target, a clock that the test moves."""

    def __init__(self, url: str, wants: Filter | None = None) -> None:
        self.partition = MemoryPartition(ALERTS)
        self.metrics = Metrics()
        self.records: list[Record] = []
        self.now_ms = START_MS
        sealed = SEALER.seal(KEY, belongs_to("city"))
        self.set(TargetRow("city", url, [Secret(sealed)], wants or Filter()))
        past: Any = Past(self.records)
        self.work = Work("city", Reader("alert"), Rows("city", SEALER), past, self.metrics, NETWORKS, plain=True, longest_hold=0.01)

    def set(self, row: TargetRow) -> None:
        """The target's row."""
        self.row = row
        self.partition.tables[TARGETS] = {b"city": targets.encode(row)}

    async def send(self, *alerts: Alert) -> Sequence[Record]:
        """Hand alerts over; the records that come again."""
        writer, fresh = Writer("alert"), []
        for alert in alerts:
            message = alert_message(writer, alert)
            offset = len(self.records)
            fresh.append(Record(ALERTS, 0, offset, message.key, message.value, message.headers, self.now_ms))
            self.records.append(fresh[-1])
        return await self.hand(fresh)

    async def hand(self, records: Sequence[Record] = (), reason: BatchReason | None = None) -> Sequence[Record]:
        """One batch."""
        batch = self.partition.hand(records, reason, self.now_ms)
        await self.work.take(batch)
        return self.partition.apply(batch)

    async def later(self, seconds: float) -> None:
        """A timer, that much later."""
        self.now_ms += int(seconds * 1000)
        await asyncio.sleep(0.02)  # a hold of this test is over
        await self.hand(reason=BatchReason.TIMER)

    def parked(self) -> int:
        """Parked alerts."""
        return sum(key[:1] == state.PARKED for key in self.partition.rows.values)

    def delivered(self, result: str) -> float:
        """The counter."""
        lines = self.metrics.text().decode().splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("canbao_alerts_delivered_total") and f'"{result}"' in line
        )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A real one."""
    with receiving() as found:
        yield found


def refuse_first(event: dict[str, Any]) -> int:
    """Refuse the alert of person 1."""
    return 422 if event["subject"] == sample_alert(1).alert_id.hex() else 204


@pytest.mark.logs_errors("the target never took an alert")
def test_a_refused_alert_is_given_up_at_the_end_of_its_schedule(receiver: Receiver) -> None:
    """Tried once and again after each wait of the schedule, never before; then it is counted, said and forgotten; a newer revision is new."""

    async def go(bench: Bench) -> None:
        receiver.answer = refuse_first
        assert not await bench.send(sample_alert(1), sample_alert(2))
        for number, wait in enumerate(PARK_SECONDS, 1):
            await bench.later(wait - 2)
            assert receiver.answered.count(422) == number
            assert bench.parked() == 1
            await bench.later(3)
        assert (receiver.answered.count(422), bench.parked(), bench.delivered("given_up")) == (len(PARK_SECONDS) + 1, 0, 1)
        receiver.answer = lambda _event: 204
        assert not await bench.send(sample_alert(1, revision=2))
        await bench.work.close()

    asyncio.run(go(Bench(receiver.url)))
    assert [one.event["data"]["revision"] for one in receiver.taken] == [1, 2]


def test_a_target_that_is_away_gives_nothing_up(receiver: Receiver) -> None:
    """Parked, then the target is unreachable for longer than the schedule: it is still there, and sent when the row changes."""

    async def go(bench: Bench) -> None:
        receiver.answer = refuse_first
        await bench.send(sample_alert(1), sample_alert(2))
        bench.set(structs.replace(bench.row, url="http://127.0.0.1:9/hook", epoch=2))
        for _ in range(14):
            await bench.later(90_000)
        assert bench.parked() == 1
        receiver.answer = lambda _event: 204
        bench.set(structs.replace(bench.row, url=receiver.url, epoch=3))
        await bench.later(1)
        assert bench.parked() == 0
        await bench.work.close()

    asyncio.run(go(Bench(receiver.url)))
    assert len(receiver.taken) == 2


def test_what_interested_once_is_told_to_its_end(receiver: Receiver) -> None:
    """An alert that no longer fits the filter, and its withdrawal, are sent to who had it; one that never fitted is not, nor an unreleased one."""

    async def go(bench: Bench) -> None:
        await bench.send(sample_alert(1), sample_alert(2, handling_division=370102), sample_alert(3, origin="BACKLOG"))
        await bench.send(
            sample_alert(1, revision=2, handling_division=370102),
            sample_alert(1, revision=3, handling_division=370102, premise="RETRACTED", change="RETRACTED"),
            sample_alert(2, revision=2, handling_division=370102),
            sample_alert(3, revision=2),
        )
        await bench.work.close()

    bench = Bench(receiver.url, Filter(divisions=[370116], levels=["SIGNAL"]))
    asyncio.run(go(bench))
    assert sorted(receiver.versions().values()) == [[(1, 0), (2, 0), (3, 0)], [(2, 0)]]
    assert bench.delivered("filtered") == 3


def test_one_alert_at_the_head_of_a_narrow_line_blocks_nobody(receiver: Receiver) -> None:
    """One request at a time and 500 for the first alert: the rest of the batch arrives, the bad one is parked."""

    async def go(bench: Bench) -> None:
        bench.set(structs.replace(bench.row, concurrency=1))
        receiver.answer = lambda event: 500 if refuse_first(event) == 422 else 204
        assert not await bench.send(*(sample_alert(number) for number in range(1, 6)))
        assert bench.parked() == 1
        await bench.work.close()

    asyncio.run(go(Bench(receiver.url)))
    assert len(receiver.taken) == 4


@pytest.mark.logs_errors("the target is gone", "the target's row cannot be used")
def test_without_a_usable_row_records_wait(receiver: Receiver) -> None:
    """No row, a paused one, one sealed under another key, one that says gone: nothing is sent, everything comes again."""

    async def go(bench: Bench) -> None:
        good = bench.row
        for row in (
            None,
            structs.replace(good, state=TargetState.PAUSED),
            structs.replace(good, secrets=[Secret(b"\x01\x02t1" + b"x" * 40)]),
        ):
            bench.partition.tables[TARGETS] = {} if row is None else {b"city": targets.encode(row)}
            assert len(await bench.send(sample_alert(1))) == 1
        bench.set(good)
        receiver.answer = lambda _event: 410
        assert len(await bench.send(sample_alert(1))) == 1
        (told,) = bench.partition.sent
        paused = targets.decode(told.value or b"")
        assert (told.topic, paused.state, paused.reason[:6]) == (TARGETS, TargetState.PAUSED, "CB-602")
        await bench.work.close()

    asyncio.run(go(Bench(receiver.url)))
    assert not receiver.taken


def test_a_busy_target_is_left_alone_as_long_as_it_says(receiver: Receiver) -> None:
    """503 with Retry-After: not asked again before, whatever comes; the row's change ends the wait."""

    async def go(bench: Bench) -> None:
        receiver.answer = lambda _event: (503, {"Retry-After": "600"})
        left = await bench.send(sample_alert(1))
        asked = len(receiver.answered)
        assert [len(await bench.hand(left)) for _ in range(3)] == [1, 1, 1]
        assert len(receiver.answered) == asked == 1
        receiver.answer = lambda _event: 204
        bench.set(structs.replace(bench.row, epoch=2))
        assert not await bench.hand(left)
        await bench.work.close()

    asyncio.run(go(Bench(receiver.url)))
    assert len(receiver.taken) == 1


def test_a_replay_comes_before_what_is_new_and_goes_on_where_it_was(receiver: Receiver) -> None:
    """Live records wait while the past is sent in slices; then they follow; a second order of the same number changes nothing."""

    async def go(bench: Bench) -> None:
        left = await bench.send(*(sample_alert(number) for number in range(1, 401)))
        while left:  # what was not begun within a second
            left = await bench.hand(left)
        receiver.clear()
        bench.set(structs.replace(bench.row, replay=Replay(1, START_MS), epoch=2))
        left = await bench.send(sample_alert(1, revision=2))
        assert (len(left), bench.partition.paused, len(receiver.taken)) == (1, True, 0)
        await bench.hand()
        assert 0 < len(receiver.taken) < 400
        while bench.partition.paused:
            await bench.hand()
        assert not await bench.hand(left)
        await bench.hand()
        await bench.work.close()

    asyncio.run(go(Bench(receiver.url)))
    assert len(receiver.taken) == 401
    assert receiver.taken[-1].event["data"]["revision"] == 2
