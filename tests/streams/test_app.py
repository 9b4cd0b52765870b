"""The Faust application refuses what would work past the engine's transaction."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from streams.app import App, NotOursError, QuietWorker


def test_faust_topics_tables_and_producer_are_refused(tmp_path: Path) -> None:
    """Each of Faust's own ways to Kafka says what to use instead."""
    app = App("refuses", tmp_path)
    for forbidden in (lambda: app.topic("t"), lambda: app.Table("t"), lambda: app.SetTable("t"), lambda: app.GlobalTable("t")):
        with pytest.raises(NotOursError):
            forbidden()
    with pytest.raises(NotOursError, match=r"batch\.produce"):
        asyncio.run(app.maybe_start_producer())


def test_no_one_is_leader(tmp_path: Path) -> None:
    """Faust's own answer would ask a consumer that never starts and kill the worker."""
    assert App("follows", tmp_path).is_leader() is False


def test_no_signal_opens_a_debugger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The framework's handler of SIGUSR2 does: a worker in production would stand still. It goes on, and SIGTERM is heard as before."""
    asked: list[str] = []

    async def signalled() -> bool:
        loop = asyncio.get_running_loop()
        worker = QuietWorker(App("signalled", tmp_path), loop=loop)
        monkeypatch.setattr(worker, "_enter_debugger", lambda: asked.append("debugger"))
        worker.install_signal_handlers()
        try:
            os.kill(os.getpid(), signal.SIGUSR2)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return loop.remove_signal_handler(signal.SIGTERM)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
                loop.remove_signal_handler(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)}
    try:
        assert asyncio.run(signalled())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert asked == []
