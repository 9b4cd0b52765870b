"""A client that lost every broker for good ends the worker; one whose broker is away, or came back, does not.

That it stays lost is a race inside librdkafka (its issue 5301); `metadata.recovery.strategy` "none" leads to the same state without one.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
from confluent_kafka import Consumer, KafkaException, Producer

from streams.engine.clients import group_consumer, reading_consumer, transactional_producer
from streams.engine.cycle import Cycle
from streams.engine.errors import EndsProcessError
from streams.engine.health import HealthBoard
from streams.engine.lost_clients import LostClients
from streams.engine.observe import Unobserved
from streams.engine.spec import EngineSettings, Input, StageSpec
from streams.engine.statistics import Statistics
from streams.engine.watchdog import Watchdog
from tests.streams.engine.empty_broker import EmptyBroker
from tests.streams.engine.lab import wait_for

TOPIC = "t"
REPORT_MS = 50
MANY_REPORTS = 20
SECONDS = 120.0

Client = Producer | Consumer
MAKERS: dict[str, Callable[[EngineSettings, LostClients], Client]] = {
    "producer": lambda settings, lost: transactional_producer(settings, "g", lost),
    "member": lambda settings, lost: group_consumer(settings, "g", lost),
    "reader": lambda settings, lost: reading_consumer(settings, "g", committed=True, watch=lost.watch("reader")),
}


def settings_for(broker: EmptyBroker, folder: Path, strategy: str) -> EngineSettings:
    """A worker whose clients report often; `strategy` is what a client does without brokers."""
    return EngineSettings(
        broker.bootstrap, "a", folder, client={"statistics.interval.ms": REPORT_MS, "metadata.recovery.strategy": strategy}
    )


class Watched:
    """One client, asked and served; how often it has reported."""

    def __init__(self, make: Callable[[EngineSettings, LostClients], Client], settings: EngineSettings) -> None:
        self.lost = LostClients()
        self.reports = 0
        watch = self.lost.watch

        def counted(name: str, also: Callable[[Statistics], None] | None = None) -> dict[str, object]:
            kept = watch(name, also)

            def told(statistics: str) -> None:
                self.reports += 1
                kept["stats_cb"](statistics)

            return {**kept, "stats_cb": told}

        self.lost.watch = counted  # type: ignore[method-assign] # counts on the way
        self.client = make(settings, self.lost)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """A client that is only forgotten asks on until its cycle of references is collected."""
        if isinstance(self.client, Consumer):
            self.client.close()
        del self.client

    def ask(self) -> None:
        """A question for the topic; whether it is answered does not matter."""
        with contextlib.suppress(KafkaException):
            self.client.list_topics(TOPIC, timeout=0.5)

    def turned_away(self, broker: EmptyBroker) -> bool:
        """Whether the broker has told it that there is nobody; on a busy machine not with the first question."""
        self.ask()
        return broker.turned_away > 0

    def is_lost(self) -> bool:
        """After serving it."""
        self.client.poll(0.01)
        try:
            self.lost.check()
        except EndsProcessError:
            return True
        return False

    def stays(self) -> bool:
        """Whether it is not lost, over many reports."""
        until = self.reports + MANY_REPORTS
        found = False

        def reported() -> bool:
            nonlocal found
            found = found or self.is_lost()
            return self.reports >= until

        wait_for(reported, SECONDS)
        return not found


@pytest.fixture
def broker() -> Iterator[EmptyBroker]:
    """Admitted, and gone after the test."""
    with EmptyBroker(TOPIC) as started:
        yield started


@pytest.mark.parametrize("kind", MAKERS)
def test_without_any_broker_for_good_a_client_is_lost(kind: str, broker: EmptyBroker, tmp_path: Path) -> None:
    """It never asks again, whatever the broker would say."""
    with Watched(MAKERS[kind], settings_for(broker, tmp_path, "none")) as watched:
        watched.ask()
        assert watched.stays()
        broker.admitted = False
        wait_for(lambda: watched.turned_away(broker), SECONDS)
        broker.admitted = True
        wait_for(watched.is_lost, SECONDS)
        with pytest.raises(EndsProcessError, match="knows no broker any more"):
            watched.lost.check()


@pytest.mark.logs_errors("Connect to")
def test_a_client_that_begins_anew_is_not_lost(broker: EmptyBroker, tmp_path: Path) -> None:
    """Nor is one whose broker is away: it goes on asking."""
    with Watched(MAKERS["producer"], settings_for(broker, tmp_path, "rebootstrap")) as watched:
        watched.ask()
        broker.admitted = False
        watched.ask()
        assert watched.stays()
        broker.admitted = True
        watched.ask()
        broker.__exit__()
        assert watched.stays()


def test_the_worker_ends(broker: EmptyBroker, tmp_path: Path) -> None:
    """However long the call would be repeated that the client was in."""
    settings = settings_for(broker, tmp_path, "none")
    board = HealthBoard(SECONDS)
    cycle = Cycle(
        StageSpec("s", "g", (Input(TOPIC),)),
        settings,
        lambda _batches, _each: None,
        board,
        Unobserved(),
        threading.Event(),
        Watchdog(SECONDS),
    )
    threading.Timer(1.0, setattr, (broker, "admitted", False)).start()
    with pytest.raises(EndsProcessError, match="knows no broker any more"):
        cycle.run()
