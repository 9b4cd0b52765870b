"""One intake worker as a process, with a feed file of the test's own, and what it has stated so far."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.servers.process import ServerProcess, free_ports
from demo.stack import SEAL_KEY
from schemas.events import Facts, Message, decode
from schemas.feed_file import load_feed
from schemas.topics import EVENTS, wanted
from streams.reading import TopicReader
from streams.settings import load_settings
from streams.topics import create_missing

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 120.0
PROGRAM = """
import sys
from pathlib import Path
from schemas import feed_file
feed_file.HOME = Path(sys.argv.pop())
from streams.cli.main import run
run()
"""
"""A worker that knows the test's feed instead of the shipped ones."""


class IntakeWorker:
    """Reads the feed that `text` describes (named `name`); its topics are there before it is."""

    def __init__(self, folder: Path, name: str, text: str, bootstrap: str, registry: str) -> None:
        feeds, home = folder / "feeds", folder / "worker"
        feeds.mkdir(parents=True)
        home.mkdir()
        (feeds / f"{name}.yaml").write_text(text, encoding="utf-8")
        (self.port,) = free_ports(1)
        environment = {
            "CANBAO_KAFKA_BOOTSTRAP": bootstrap,
            "CANBAO_REGISTRY_URL": registry,
            "CANBAO_STATE_FOLDER": str(folder / "state"),
            "CANBAO_EVENTS_PARTITIONS": "2",
            "CANBAO_METRICS_HOST": "127.0.0.1",
            "CANBAO_METRICS_PORT": str(self.port),
            "CANBAO_PEPPER": "a pepper for tests only, 32 bytes",
            "CANBAO_SEAL_KEY": SEAL_KEY,
        }
        self.settings = load_settings(environment)
        create_missing(self.settings, wanted(self.settings.events_partitions, [load_feed(feeds / f"{name}.yaml")]))
        run = [sys.executable, "-c", PROGRAM, "worker", f"intake:{name}", str(feeds)]
        self._process = ServerProcess("intake", home, run, {**environment, "PYTHONPATH": str(ROOT)}, stop_seconds=60)

    @property
    def log(self) -> bytes:
        """All that it has logged."""
        return self._process.log.read_bytes()

    def start(self) -> None:
        """Start, or start again; it need not be ready, what comes meanwhile is read afterwards."""
        self._process.start(lambda: True, 5)

    def kill(self) -> None:
        """Stop at once."""
        self._process.kill()

    def messages(self) -> list[Message]:
        """What it stated, in order."""
        with TopicReader(self.settings, EVENTS) as reader:
            return [decode(value) for chunk in reader.whole() for message in chunk if isinstance(value := message.value(), bytes)]

    def facts(self) -> list[Facts]:
        """What it stated about persons, in order."""
        return [message for message in self.messages() if isinstance(message, Facts)]

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; a worker that ends meanwhile fails the test with its log."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert self._process.running, self._process.log_tail()
            assert time.monotonic() < deadline, self._process.log_tail()
            time.sleep(0.2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
