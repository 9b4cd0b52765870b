"""A chaos run tells who crashed, and keeps what it had said."""

import signal
from pathlib import Path

from tests.chaos.ends import signalled_ends
from tests.streams.engine.lab import END_SECONDS, Worker, wait_for
from tests.streams.engine.toy import Job

BEGUN = "[^-App]: Starting"


def test_only_ends_that_nobody_caused_are_told(tmp_path: Path) -> None:
    """SIGKILL is the disorder's own; SIGABRT is not, and the log that is kept begins with that life."""
    lives = [ended_by(number, tmp_path / "a") for number in (signal.SIGKILL, signal.SIGABRT)]
    (end,) = signalled_ends(lives, tmp_path / "kept")
    assert (end.instance, end.signal) == ("a", "SIGABRT")
    kept = end.log.read_text()
    assert "Fatal Python error: Aborted" in kept
    assert kept.count(BEGUN) == 1
    assert lives[0].log_since_start.count(BEGUN) == len(lives)


def ended_by(number: signal.Signals, folder: Path) -> Worker:
    """A worker that has no broker, was ended by a signal, and is waited for."""
    worker = Worker(Job("127.0.0.1:1", "a", str(folder)), "", "tests.streams.engine.toy")
    try:
        wait_for(lambda: "does not answer" in worker.log_since_start, END_SECONDS, lambda: worker.log)
    finally:
        worker.process.send_signal(number)
        worker.process.wait()
    return worker
