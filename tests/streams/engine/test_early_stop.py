"""A worker that is asked to stop before it serves ends at once, in order: nothing was begun."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from demo.stack import PROGRAM, SEAL_KEY
from streams.app import App
from streams.engine.service import Engine
from streams.engine.spec import Input, StageSpec
from tests.streams.engine.lab import END_SECONDS, ROOT, wait_for
from tests.streams.engine.toy import Job, settings_of

NOWHERE = "127.0.0.1:1"


def test_an_engine_that_never_started_stops_without_a_crash(tmp_path: Path) -> None:
    """SIGTERM while the application starts its agents: the engine has no thread yet, and the exit status is 0."""

    async def stopped() -> bool:
        engine = Engine(App("early", tmp_path), StageSpec("toy", "toy", (Input("toy"),)), settings_of(Job(NOWHERE, "a", str(tmp_path))))
        await engine.stop()
        return engine.crashed

    assert asyncio.run(stopped()) is False


def test_a_worker_that_waits_for_its_registry_can_be_stopped(tmp_path: Path) -> None:
    """It has no event loop yet that takes signals. The first process of a container would not even be ended by one that nobody takes."""
    environment = {
        "CANBAO_KAFKA_BOOTSTRAP": NOWHERE,
        "CANBAO_REGISTRY_URL": f"http://{NOWHERE}",
        "CANBAO_STATE_FOLDER": str(tmp_path / "state"),
        "CANBAO_METRICS_HOST": "127.0.0.1",
        "CANBAO_METRICS_PORT": "0",
        "CANBAO_PEPPER": "p" * 40,
        "CANBAO_SEAL_KEY": SEAL_KEY,
    }
    log = tmp_path / "log"
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "worker", "people"], cwd=ROOT, env={**os.environ, **environment}, stdout=out, stderr=out
        )
    try:
        wait_for(lambda: "registry is down, waiting" in log.read_text() or worker.poll() is not None, END_SECONDS, log.read_text)
        worker.terminate()
        assert worker.wait(END_SECONDS) == 0, log.read_text()
    finally:
        worker.kill()
        worker.wait()
