"""A worker that no broker answers is alive and not ready, and ready again by itself."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from structlog.testing import capture_logs

from demo.servers.kafka import KafkaServer, start_kafka
from streams.engine.batch import Batch
from streams.engine.contact import Contact
from streams.engine.cycle import Cycle
from streams.engine.health import HealthBoard, Phase
from streams.engine.lost_clients import STATISTICS_MS
from streams.engine.observe import Unobserved
from streams.engine.spec import Input, StageSpec, Timeouts
from streams.engine.statistics import Statistics, read_statistics
from streams.engine.watchdog import Watchdog
from tests.streams.engine.lab import END_SECONDS, Lab, wait_for
from tests.streams.engine.toy import settings_of

LIMIT = 20.0


def statistics(at_seconds: float, *idle_seconds: float) -> Statistics:
    """Of a client whose brokers were heard so long ago; below 0: not on this connection."""
    brokers = {str(number): {"rxidle": int(idle * 1e6), "source": "learned", "state": "UP"} for number, idle in enumerate(idle_seconds)}
    return read_statistics(json.dumps({"ts": int(at_seconds * 1e6), "brokers": brokers, "topics": {}}))


def serving() -> HealthBoard:
    """A board of a worker that serves."""
    board = HealthBoard(60)
    board.tell(Phase.READY)
    return board


@pytest.mark.parametrize(
    ("reports", "ready"),
    [
        ([(100, 0.1), (105, 0.2)], True),
        ([(100, 0.1), (105, -1), (110, -1), (115, -1)], True),  # a restart
        ([(100, 0.1), (105, -1), (110, -1), (115, -1), (121, -1)], False),
        ([(100, 0.1), (121, -1), (126, 0.5)], True),
        ([(100, 0.1), (125, 25)], False),  # connected, and nothing comes
        ([(100, 0.1), (125, 25, 0.3)], True),  # one of two
        ([(100, -1), (115, -1)], True),
        ([(100, -1), (121, -1)], False),  # never heard
        ([(100,), (121,)], False),  # knows no broker
    ],
)
def test_silence_is_told_once_it_is_long(reports: list[tuple[float, ...]], ready: bool) -> None:
    """What counts is when any broker was last heard; a silence as short as a restart is none."""
    board = serving()
    watch = Contact(board, LIMIT)
    for measured in reports:
        watch.report(statistics(*measured))
    report = board.report()
    assert (report.live, report.ready, report.phase is Phase.READY) == (True, ready, ready)
    assert report.reason.startswith("no broker has answered for 2") is not ready


def test_other_phases_keep_their_own_reason() -> None:
    """A worker that restores or ends says so; what it tells each turn does not make it ready."""
    board = serving()
    watch = Contact(board, LIMIT)
    for at in (100, 130):
        watch.report(statistics(at, -1))
    board.tell(Phase.READY, "", ())
    assert (board.report().phase, board.report().ready) == (Phase.UNANSWERED, False)
    board.tell(Phase.RESTORING, "reading")
    assert (board.report().phase, board.report().reason) == (Phase.RESTORING, "reading")
    board.tell(Phase.FAILED, "over")
    assert board.report().phase is Phase.FAILED


def test_a_call_that_is_repeated_for_long_is_told_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a commit is tried again and again nobody reads statistics; each change is one line in the log."""
    now = 1000.0
    monkeypatch.setattr("streams.engine.contact.time", SimpleNamespace(monotonic=lambda: now))
    board = serving()
    watch = Contact(board, LIMIT)
    watch.trying()
    now = 1100.0
    watch.begins()
    with capture_logs() as logs:
        for now in (1110.0, 1120.0, 1121.0, 1125.0):
            watch.trying()
            assert board.report().ready is (now <= 1120.0)
        watch.report(statistics(5.0, 0.1))
        watch.report(statistics(10.0, 0.1))
    assert board.report().ready
    assert [line["event"] for line in logs] == ["no broker answers", "a broker answers again"]


class Counts:
    """A stage that counts records."""

    def __init__(self) -> None:
        self.seen: Counter[bytes] = Counter()

    def __call__(self, batches: Sequence[Batch], each: Callable[[], None]) -> None:
        """Each record once."""
        for batch in batches:
            self.seen.update(item.key or b"" for item in batch.records)
            each()


def silent_and_back(server: KafkaServer, board: HealthBoard, *, frozen: bool) -> None:
    """The broker is gone, or answers nothing, until the worker says so; and back until it is ready again."""
    if frozen:
        server.freeze()
    else:
        server.stop()
    wait_for(lambda: not board.report().ready, END_SECONDS, lambda: str(board.report()))
    report = board.report()
    assert (report.live, report.phase) == (True, Phase.UNANSWERED)
    assert report.reason.startswith("no broker has answered for ")
    if frozen:
        server.thaw()
    else:
        server.start()
    wait_for(lambda: board.report().ready, END_SECONDS, lambda: str(board.report()))


@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_a_broker_that_is_gone_and_back(tmp_path: Path) -> None:
    """Stopped and started again, then frozen and thawed: not ready meanwhile, ready afterwards, the same worker, and no record is lost or done twice."""
    with start_kafka(tmp_path / "kafka") as server:
        lab = Lab(server.bootstrap, tmp_path)
        lab.job.instance, lab.job.folder = "a", str(tmp_path / "a")
        lab.job.session_ms = lab.job.transaction_ms = (
            60_000  # were it lost first, the worker would say that it joins, not that nobody answers
        )
        settings = settings_of(lab.job)
        timeouts = msgspec.structs.replace(settings.timeouts, unanswered_after_ms=5_000)
        settings = msgspec.structs.replace(settings, timeouts=timeouts, client={"log_level": 0, "statistics.interval.ms": 500})
        board, stage, halt = HealthBoard(120), Counts(), threading.Event()
        spec = StageSpec("toy", lab.job.group, (Input(lab.job.source),))
        thread = threading.Thread(
            target=Cycle(spec, settings, stage, board, Unobserved(), halt, Watchdog(120)).run, name="cycle", daemon=True
        )
        thread.start()
        try:
            wait_for(lambda: board.report().ready, END_SECONDS, lambda: str(board.report()))
            for frozen in (False, True):
                silent_and_back(server, board, frozen=frozen)
                lab.fill(100)
                lab.drained()
        finally:
            halt.set()
            thread.join(30)
            lab.close()
        assert not thread.is_alive()
        assert stage.seen == lab.sent
        assert board.report().phase is Phase.STOPPING


def test_the_limit_is_longer_than_a_transaction_lives() -> None:
    """What heals by itself within the time-outs of the engine is no reason to say anything."""
    times = Timeouts()
    assert times.unanswered_after_ms > max(times.transaction_ms, times.session_ms, times.message_ms)
    assert times.unanswered_after_ms >= 2 * STATISTICS_MS
