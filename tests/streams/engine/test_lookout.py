"""A broker that dies under the question who owns what costs an answer, never the process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.servers.kafka import start_kafka
from tests.streams.engine.lab import ROOT, wait_for

SECONDS = 120
LEAST = 5
"""Looks of a kind that are awaited."""


@pytest.mark.kafka
@pytest.mark.timeout(900)
def test_the_process_survives_a_broker_that_dies_under_the_question(tmp_path: Path) -> None:
    """SIGKILL under a look, several looks in vain, the broker comes back: the same process is answered again."""
    log = tmp_path / "looking"
    with start_kafka(tmp_path / "kafka") as server, log.open("wb") as out:
        looking = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "tests.streams.engine.looking", server.bootstrap], cwd=ROOT, stdout=out, stderr=out
        )
        try:
            wait_for(more(log, "answered", looking), SECONDS, log.read_text)
            server.kill()
            wait_for(more(log, "silent", looking), SECONDS, log.read_text)
            server.start()
            wait_for(more(log, "answered", looking), SECONDS, log.read_text)
        finally:
            looking.kill()
            looking.wait()


def more(log: Path, word: str, process: subprocess.Popen[bytes]) -> Callable[[], bool]:
    """Whether the process has said the word some times more than it has by now, and lives."""
    known = log.read_text().split().count(word)

    def said() -> bool:
        assert process.poll() is None, f"ended with {process.returncode}\n{log.read_text()[-3000:]}"
        return log.read_text().split().count(word) >= known + LEAST

    return said
