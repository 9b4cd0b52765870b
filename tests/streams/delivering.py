"""A real Kafka with deliver workers of webhook targets, as tests of delivery use them."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from typer.testing import CliRunner

from demo.servers.kafka import create_topics, start_kafka
from demo.servers.process import free_ports
from schemas import targets
from schemas.alert import Alert
from schemas.messages import alert_message
from schemas.targets import Secret, TargetRow, belongs_to
from schemas.topics import ALERTS, AUDIT, TARGETS, deliver_changelog
from schemas.wire import Writer
from streams.cli.main import app
from streams.cli.refusals import EndedError, ending_of
from streams.sealing import Sealer
from tests.sinks.webhooks.receiver import KEY

ROOT = Path(__file__).parents[2]
PARTITIONS = 2
TARGET_KEY = b"t" * 32
COMPACT = {"cleanup.policy": "compact"}


@dataclass
class Pipe:
    """A broker, and what workers of this test are told."""

    bootstrap: str
    folder: Path
    environment: dict[str, str]
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def send(self, alerts: Iterable[Alert]) -> None:
        """Produce revisions as the people stage does: to the partition of the person."""
        producer, writer = (
            Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "linger.ms": 20, "compression.type": "lz4"}),
            Writer("alert"),
        )
        for alert in alerts:
            key, value, headers = alert_message(writer, alert)
            producer.produce(ALERTS, value, key, partition=alert.person_key[-1] % PARTITIONS, headers=list(headers))
            producer.poll(0)
        assert producer.flush(60) == 0

    def put(self, row: TargetRow) -> None:
        """Write a target's row under the secret of `Receiver`, and make the topic of its state."""
        sealed = Sealer({"t1": TARGET_KEY}, "t1").seal(KEY, belongs_to(row.name))
        self.topic(row.name)
        producer = Producer({"bootstrap.servers": self.bootstrap})
        filled = TargetRow(row.name, row.url, [Secret(sealed)], row.filter, concurrency=row.concurrency)
        producer.produce(TARGETS, targets.encode(filled), row.name.encode())
        assert producer.flush(30) == 0

    def topic(self, name: str) -> None:
        """The topic of a target's state, once."""
        if name not in self.made:
            self.made.add(name)
            create_topics(self.bootstrap, {deliver_changelog(name): (PARTITIONS, COMPACT)})

    def start(self, name: str, **more: str) -> None:
        """Start the worker of a target."""
        self.ports[name] = free_ports(1)[0]
        told = {"CANBAO_METRICS_PORT": str(self.ports[name]), "CANBAO_STATE_FOLDER": str(self.folder / f"state-{name}"), **more}
        with self.log(name).open("ab") as out:
            self.workers[name] = subprocess.Popen(
                [sys.executable, "-m", "streams.cli.main", "worker", f"deliver:{name}"],
                cwd=ROOT,
                env={**os.environ, **self.environment, **told},
                stdout=out,
                stderr=out,
            )

    def log(self, name: str) -> Path:
        """What a worker said."""
        return self.folder / f"deliver-{name}.log"

    def kill(self, name: str) -> None:
        """End it as a power cut would."""
        self.workers[name].send_signal(signal.SIGKILL)
        self.workers[name].wait(30)

    def stop(self, name: str) -> None:
        """SIGTERM; it must end in order."""
        self.workers[name].terminate()
        assert self.workers[name].wait(90) == 0, self.log(name).read_text()[-3000:]
        del self.workers[name]

    def metric(self, name: str, metric: str, label: str = "") -> float:
        """The sum of a metric's series, of those with a value of a label where one is given."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line.startswith(metric) and f'"{label}"' in (line if label else '""')
        )

    def canbao(self, *words: str, status: int = 0) -> str:
        """Run a command in this process; its output."""
        done = CliRunner().invoke(app, list(words), env=self.environment)
        if isinstance(done.exception, EndedError):
            assert ending_of(done.exception).status == status, done.exception
            return done.output + ending_of(done.exception).text
        assert done.exit_code == status, done.output
        return done.output

    def wait(self, condition: Any, name: str, seconds: float = 150) -> None:
        """Wait until `condition()` holds; a worker that ended is a failure at once."""
        deadline = time.monotonic() + seconds
        while not condition():
            log = self.log(name).read_text()[-3000:]
            assert self.workers[name].poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.1)


@contextmanager
def pipe(folder: Path) -> Iterator[Pipe]:
    """Everything up but workers; whatever still runs at the end is stopped."""
    folder.mkdir()
    with start_kafka(folder / "kafka") as kafka:
        create_topics(kafka.bootstrap, {ALERTS: (PARTITIONS, COMPACT), TARGETS: (1, COMPACT), AUDIT: (1, {})})
        environment = {
            "CANBAO_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "CANBAO_METRICS_HOST": "127.0.0.1",
            "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS),
            "CANBAO_TARGET_KEY": TARGET_KEY.hex(),
            "CANBAO_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "CANBAO_WEBHOOK_PLAIN": "true",
            "CANBAO_WEBHOOK_HOLD_SECONDS": "0.5",
        }
        found = Pipe(kafka.bootstrap, folder, environment)
        try:
            yield found
        finally:
            for process in found.workers.values():
                process.kill()
                process.wait(30)
