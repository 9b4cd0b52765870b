"""Small parts of the engine: pace, partitioner, time-outs, attempts, faults, health, watched logs."""

import json
import logging
from pathlib import Path

import pytest

from streams import logs
from streams.engine.attempts import Attempts
from streams.engine.errors import RefusedError
from streams.engine.faults import _armed
from streams.engine.health import HealthBoard, Phase
from streams.engine.pace import Pace
from streams.engine.partitioner import murmur2, partition_of
from streams.engine.spec import EngineSettings, Input, StageSpec, Timeouts


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_agrees_with_kafka(key: bytes, signed: int) -> None:
    """The vectors of Kafka's own UtilsTest."""
    assert murmur2(key) == signed & 0xFFFFFFFF
    assert partition_of(key, 7) == (signed & 0x7FFFFFFF) % 7


def test_pace_is_short_at_low_load_and_long_under_load() -> None:
    """At low load max(20 ms, a commit); above max(100 ms, 4 x a commit), never beyond the longest."""
    pace = Pace(longest_seconds=2.5)
    assert pace.interval_seconds() == 0.02
    committed(pace, 0.05)
    assert pace.interval_seconds() == 0.05
    for _ in range(50):
        pace.turned(busy_seconds=0.05, waited_seconds=0.0)
    assert pace.interval_seconds() == pytest.approx(0.2)
    committed(pace, 5.0)
    assert pace.interval_seconds() == 2.5
    for _ in range(50):
        pace.turned(busy_seconds=0.0, waited_seconds=0.05)
    committed(pace, 0.001)
    assert pace.interval_seconds() == 0.02


def committed(pace: Pace, seconds: float) -> None:
    """Two commits that took so long."""
    for _ in range(2):
        pace.committed(seconds)


def test_one_slow_commit_says_nothing_of_the_next() -> None:
    """A pause of the broker in one commit does not hold up the transactions after it; a broker that stays slow does."""
    pace = Pace(longest_seconds=2.5)
    committed(pace, 0.03)
    pace.committed(0.9)
    assert pace.interval_seconds() == 0.03
    pace.committed(0.8)
    assert pace.interval_seconds() == 0.8


@pytest.mark.parametrize("commit", [0.02, 0.1, 0.3])
def test_pace_does_not_take_waiting_for_a_commit_for_load(commit: float) -> None:
    """At a low rate most of the time goes into commits, the more so the slower they are; the interval stays short, never four of them."""
    pace = Pace(longest_seconds=2.5)
    for _ in range(100):
        pace.turned(busy_seconds=0.002, waited_seconds=0.001)
        pace.committed(commit)
        pace.turned(busy_seconds=0.001 + commit, waited_seconds=0.0)
    assert pace.interval_seconds() == commit


@pytest.mark.parametrize("commit", [0.02, 0.1, 0.3])
def test_a_worker_that_always_has_work_commits_seldom(commit: float) -> None:
    """Work until a commit is due, commit, work on: whatever a commit takes, the interval becomes the long one and stays it."""
    pace = Pace(longest_seconds=2.5)
    work, ages = 0.01, list[float]()
    for _ in range(30):
        age = work
        while age < pace.interval_seconds():
            pace.turned(busy_seconds=work, waited_seconds=0.0)
            age += work
        pace.committed(commit)
        pace.turned(busy_seconds=work + commit, waited_seconds=0.0)
        ages.append(age)
    assert min(ages[10:]) >= max(0.1, 4 * commit) - work


@pytest.mark.parametrize(
    ("timeouts", "named"),
    [
        (Timeouts(session_ms=11_000), "session"),
        (Timeouts(message_ms=11_000), "message"),
        (Timeouts(heartbeat_ms=3_000), "heartbeat"),
        (Timeouts(max_poll_ms=20_000), "max.poll"),
    ],
)
def test_timeouts_out_of_order_are_refused(timeouts: Timeouts, named: str) -> None:
    """Each order that would let a worker fence itself is refused by name; the defaults pass."""
    Timeouts().check()
    with pytest.raises(RefusedError, match=named):
        timeouts.check()


def test_settings_may_not_undo_the_promises() -> None:
    """A client setting that exactly-once rests on can't be overridden."""
    with pytest.raises(RefusedError, match=r"isolation\.level, partitioner"):
        EngineSettings("b", "i", Path("s"), client={"isolation.level": "read_uncommitted", "partitioner": "random"}).check()


def test_a_topic_has_one_place_in_a_stage() -> None:
    """An input or a changelog named twice would share positions or state."""
    with pytest.raises(RefusedError, match="changelog named twice: c"):
        StageSpec("s", "g", (Input("a", "c"), Input("b", "c"))).check()
    with pytest.raises(RefusedError, match="input topic named twice: a"):
        StageSpec("s", "g", (Input("a"), Input("b", side_topics=("a",)))).check()


def test_attempts_count_the_batch_that_kills(tmp_path: Path) -> None:
    """The same offset in flight at each death counts up; another one starts anew; a batch that came back is no suspect."""
    path = tmp_path / "attempts"
    for times in (1, 2, 3):
        attempts = Attempts(path)
        attempts.hand_over("t", 0, 3)
        attempts.came_back("t", 0)
        attempts.hand_over("t", 0, 7)  # the process dies here
        attempts.close()
        suspect = Attempts(path).suspect("t", 0)
        assert suspect is not None
        assert (suspect.offset, suspect.times) == (7, times)
    attempts = Attempts(path)
    assert attempts.suspect("t", 1) is None
    attempts.committed("t", 0, 9, span=10)
    assert attempts.suspect("t", 0) is not None, "the rest of its batch is still ahead"
    attempts.committed("t", 0, 17, span=10)
    attempts.close()
    assert Attempts(path).suspect("t", 0) is None


@pytest.mark.parametrize("text", ["flushed", "flushed:stop", "nowhere:stop:1", "flushed:jump:1", "flushed:kill:x"])
def test_a_mistyped_fault_is_refused(text: str) -> None:
    """A fault that could never happen would make its test pass for nothing."""
    with pytest.raises(RefusedError, match="CANBAO_FAULT is point:action:nth"):
        _armed(text)


def test_a_failure_is_final() -> None:
    """Once failed, a worker is neither live nor ready, whatever is told later; a thread that stands still is not live."""
    board = HealthBoard(stale_seconds=60)
    board.tell(Phase.READY)
    assert (board.report().live, board.report().ready) == (True, True)
    board.tell(Phase.FAILED, "why")
    board.tell(Phase.READY)
    assert (board.report().live, board.report().ready, board.report().reason) == (False, False, "why")
    assert not HealthBoard(stale_seconds=0).report().live


def test_logs_hide_unknown_fields_and_exception_messages() -> None:
    """A field that is not on the allow-list is replaced; of an exception only its type and its way are kept."""
    event = logs.redact(None, "", {"topic": "t", "id_number": "370102199001011234"})
    assert event == {"topic": "t", "id_number": logs.HIDDEN}
    try:
        int("370102199001011234x")
    except ValueError as error:
        shown = json.dumps(logs.places_only(None, "", {"event": "e", "exc_info": error}))
    assert "3701" not in shown
    assert "ValueError" in shown


def test_rate_limit_says_what_it_held_back() -> None:
    """Beyond its budget a chatty logger is silent; the next line that passes says how many were not shown."""
    limit = logs.RateLimit(lines=2, seconds=3600)
    record = logging.LogRecord("librdkafka", logging.WARNING, "", 0, "fail %s", ("x",), None)
    assert [limit.filter(record) for _ in range(5)] == [True, True, False, False, False]
    limit._since = 0.0
    limit._seconds = 0.0
    assert limit.filter(record)
    assert record.getMessage() == "fail x [3 lines suppressed]"
