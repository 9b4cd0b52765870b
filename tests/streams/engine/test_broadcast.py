"""Broadcast topics at the start: what is waited for says so, and what no waiting helps ends the worker."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from structlog.testing import capture_logs

from streams.engine.broadcast import Broadcast
from streams.engine.clients import FORBIDDEN
from streams.engine.cycle import Cycle
from streams.engine.errors import EndsProcessError
from streams.engine.health import HealthBoard, Phase
from streams.engine.observe import Unobserved
from streams.engine.spec import EngineSettings, Input, StageSpec
from streams.engine.watchdog import Watchdog
from tests.servers.fixtures import Broker
from tests.streams.engine.lab import ANSWER_SECONDS, Lab

CLOSED = "127.0.0.1:1"
SECONDS = 1.0


def reader(bootstrap: str) -> Consumer:
    """A client of its own."""
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "broadcast", "log_level": 0})


def go_on() -> bool:
    """Never asked to stop."""
    return True


@pytest.mark.kafka
def test_what_is_there_is_read_whole(lab: Lab) -> None:
    """The newest value of each key; a topic with nothing in it is no reason to wait."""
    for value in (b"1", b"2"):
        lab.send(b"key", value)
    lab.flush()
    broadcast = Broadcast(reader(lab.bootstrap), {lab.job.source: 4, lab.job.alerts: 4}, ANSWER_SECONDS)
    broadcast.load(go_on)
    assert broadcast.tables == {lab.job.source: {b"key": b"2"}, lab.job.alerts: {}}
    broadcast.close()


@pytest.mark.kafka
def test_a_topic_that_is_gone_ends_the_worker(kafka: Broker) -> None:
    """It was there when the worker began: asking again and again would only hide it."""
    broadcast = Broadcast(reader(kafka.bootstrap), {"deleted-meanwhile": 1}, ANSWER_SECONDS)
    with pytest.raises(EndsProcessError, match=r"broadcast topic deleted-meanwhile: .*UNKNOWN"):
        broadcast.load(go_on)
    broadcast.close()


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_missing_right_ends_the_worker(name: str) -> None:
    """As everywhere else in the engine; `tests/deploy` has it on a broker that is closed."""
    error = KafkaError(getattr(KafkaError, name))
    broadcast = Broadcast(Refusing(error), {"t": 1}, SECONDS)  # type: ignore[arg-type] # the one method that is called
    with pytest.raises(EndsProcessError, match=f"broadcast topic t: {name}"):
        broadcast.load(go_on)


class Refusing:
    """A client whose every question is refused."""

    def __init__(self, error: KafkaError) -> None:
        self._error = error

    def get_watermark_offsets(self, _place: object, timeout: float) -> tuple[int, int]:
        """Refuse."""
        raise KafkaException(self._error)


def test_a_broker_that_is_away_is_waited_for() -> None:
    """That is no reason to end: whoever called asks again."""
    broadcast = Broadcast(reader(CLOSED), {"t": 1}, SECONDS)
    with pytest.raises(KafkaException):
        broadcast.load(go_on)
    broadcast.close()


def test_a_log_that_stands_still_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are said to be there and none come: not for ever without a word."""
    broadcast = Broadcast(reader(CLOSED), {"t": 1}, SECONDS)
    monkeypatch.setattr(broadcast, "_ends", lambda topic, partition: (0, 5))
    with pytest.raises(KafkaException, match="_TIMED_OUT"):
        broadcast.load(go_on)
    broadcast.close()


def test_what_is_waited_for_is_on_the_board_and_once_in_the_log(tmp_path: Path) -> None:
    """A dozen attempts are one line, until the reason changes; the board has it all the time."""
    board, halt = HealthBoard(60), threading.Event()
    spec, settings = StageSpec("toy", "toy", (Input("t"),)), EngineSettings(CLOSED, "a", tmp_path)
    cycle = Cycle(spec, settings, lambda batches, each: None, board, Unobserved(), halt, Watchdog(60))
    cycle.__dict__["_transaction"] = SimpleNamespace(serve=lambda: None)  # it is made before this step
    names = ["_TIMED_OUT"] * 3 + ["_TRANSPORT"] * 2
    told: list[tuple[Phase, str]] = []

    def load() -> str:
        told.append((board.report().phase, board.report().reason))
        if names:
            raise KafkaException(KafkaError(getattr(KafkaError, names.pop(0))))
        return "read"

    with capture_logs() as logs:
        assert cycle._until_answered("read broadcast topics", load) == "read"
    assert [reason for _, reason in told[1:]] == [f"read broadcast topics: {name}" for name in ["_TIMED_OUT"] * 3 + ["_TRANSPORT"] * 2]
    assert {phase for phase, _ in told} == {Phase.STARTING}
    assert [(line["doing"], line["error"]) for line in logs] == [
        ("read broadcast topics", "_TIMED_OUT"),
        ("read broadcast topics", "_TRANSPORT"),
    ]
