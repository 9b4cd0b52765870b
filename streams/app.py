"""The Faust application: programming model, life cycle, supervision, timers and signals. It opens no Kafka connection of its own.

Kafka is the engine's (`streams.engine`). What Faust offers for Kafka itself would acknowledge, store or send outside the engine's
transaction, so it is refused where someone tries.
"""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import Any, NoReturn

import faust
import structlog
from faust.app.base import BootStrategy
from mode.supervisors import CrashingSupervisor

from streams import logs
from streams.collector import rest_collector


class NoKafka(BootStrategy):
    """Start agents, tasks, timers and services; no consumer, producer, table manager, leader, web server."""

    enable_kafka = False
    enable_web = False  # wins over the command line, where the web server is on by default


class QuietWorker(faust.Worker):
    """A Faust worker that leaves logging and stdout alone, and has no debugger."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(override_logging=False, redirect_stdouts=False, quiet=True)
        super().__init__(*args, **kwargs)
        self.spinner = None

    def install_signal_handlers(self) -> None:
        """Without mode's debugger: at SIGUSR2 it would stand still and ask a terminal that nobody has. The signal does nothing instead."""
        super().install_signal_handlers()
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)


class NotOursError(RuntimeError):
    """A feature of Faust that would work past the engine's transaction."""


class App(faust.App):
    """One stage's application; give its agent `engine.batches` and `sink=[engine.done]`."""

    BootStrategy = NoKafka

    def __init__(self, name: str, folder: Path, **kwargs: Any) -> None:
        kwargs.setdefault("agent_supervisor", CrashingSupervisor)  # an agent that raises ends the process, never skips its batch
        kwargs.setdefault("worker_redirect_stdouts", False)
        kwargs.setdefault("datadir", folder / "faust")
        super().__init__(name, **kwargs)

    async def on_start(self) -> None:
        """Nobody else resumes flow control without a Kafka consumer: agents would skip what they are handed."""
        await super().on_start()
        self.flow_control.resume()

    def is_leader(self) -> bool:
        """No stage needs a leader: each partition's owner writes its own ticks. Faust's own answer asks a consumer that never starts."""
        return False

    def topic(self, *topics: Any, **_options: Any) -> Any:
        """Refused: records come through `engine.batches`, messages leave through `batch.produce`."""
        raise NotOursError(f"Faust topic {topics!r} is not used here: read through engine.batches, send through batch.produce")

    def Table(self, name: str, **_options: Any) -> Any:  # noqa: N802 - Faust's name
        """Refused: state is kept through `batch.put`."""
        raise NotOursError(f"Faust table {name!r} is not used here: keep state through batch.put")

    def GlobalTable(self, name: str, **_options: Any) -> Any:  # noqa: N802 - Faust's name
        """Refused: broadcast topics are `StageSpec.tables`."""
        raise NotOursError(f"Faust table {name!r} is not used here: name a broadcast topic in StageSpec.tables")

    def SetTable(self, name: str, **_options: Any) -> Any:  # noqa: N802 - Faust's name
        """Refused: state is kept through `batch.put`."""
        raise NotOursError(f"Faust table {name!r} is not used here: keep state through batch.put")

    async def maybe_start_producer(self) -> Any:
        """Refused: a producer outside the engine's transaction would break exactly-once."""
        raise NotOursError("this application has no Faust producer: send through batch.produce")


def run(app: App, *, log_level: str = "INFO") -> NoReturn:
    """Run the worker until a signal (exit status 0) or a failure (exit status 1).

    The process ends without Python's clean-up: a Kafka client that hangs would hold it up for ever.
    """
    logs.set_up(log_level)
    rest_collector()
    status = 1
    try:
        QuietWorker(app).execute_from_commandline()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:  # noqa: BLE001 - the last place where it can be told
        structlog.get_logger("canbao.app").error("worker failed", error=type(error).__name__, exc_info=error)
    logging.shutdown()
    os._exit(status)
