"""What delivers, as it runs in a city: broker, Redis, workers `deliver:redis` and `desk`, the workbench; each can be killed and started again."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.web import PROGRAM
from demo.servers.kafka import create_topics, start_kafka
from demo.servers.process import ServerProcess, free_ports, listens
from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.topics import ALERTS, AUDIT, DECISION_RESULTS, ENROLMENTS, RESTRICTIONS, config_of, load_topics
from tests.streams.delivering import COMPACT, PARTITIONS, ROOT

PROGRAMS = {
    "deliver": ["-m", "streams.cli.main", "worker", "deliver:redis"],
    "desk": ["-m", "streams.cli.main", "worker", "desk"],
    "workbench": ["-c", PROGRAM],
}
READY_SECONDS = 120.0


class Line:
    """`programs` by name, `redis` beside them."""

    def __init__(self, bootstrap: str, redis: ValkeyServer, folder: Path) -> None:
        self.bootstrap = bootstrap
        self.redis = redis
        self.ports = dict(zip(PROGRAMS, free_ports(len(PROGRAMS)), strict=True))
        self.programs = {name: self._program(name, folder / name) for name in PROGRAMS}

    def _program(self, name: str, folder: Path) -> ServerProcess:
        folder.mkdir()
        told = {
            "PYTHONPATH": str(ROOT),
            "CANBAO_KAFKA_BOOTSTRAP": self.bootstrap,
            "CANBAO_REDIS_URL": self.redis.url,
            "CANBAO_STATE_FOLDER": str(folder / "state"),
            "CANBAO_METRICS_PORT": str(self.ports[name]),
            "CANBAO_WEB_PORT": str(self.ports[name]),
            "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS),
        }
        return ServerProcess(name, folder, [sys.executable, *PROGRAMS[name]], told)

    @property
    def address(self) -> str:
        """The workbench's."""
        return f"http://127.0.0.1:{self.ports['workbench']}"

    def start(self, name: str) -> None:
        """Start a program, ready or not: it may be killed again while it starts."""
        self.programs[name].start(lambda: True, READY_SECONDS)

    def kill(self, name: str) -> None:
        """SIGKILL, of a program or of Redis."""
        (self.redis if name == "redis" else self.programs[name]).kill()

    def again(self, name: str) -> None:
        """Start what was killed."""
        if name == "redis":
            self.redis.start()
        else:
            self.start(name)

    def ready(self, name: str) -> bool:
        """Whether a program listens."""
        return listens(self.ports[name])

    def logs(self) -> str:
        """The end of each program's log."""
        return "\n".join(f"--- {name}\n{program.log_tail()}" for name, program in self.programs.items())


@contextmanager
def started(folder: Path) -> Iterator[Line]:
    """Everything up; nothing stays behind."""
    with ExitStack() as stack:
        kafka = stack.enter_context(start_kafka(folder / "kafka"))
        redis = stack.enter_context(start_valkey(folder / "valkey"))
        create_topics(kafka.bootstrap, dict.fromkeys((ALERTS, ENROLMENTS, DECISION_RESULTS), (PARTITIONS, COMPACT)))
        create_topics(kafka.bootstrap, {one.name: (1, config_of(one)) for one in load_topics() if one.name in {AUDIT, RESTRICTIONS}})
        line = Line(kafka.bootstrap, redis, folder)
        for name, program in line.programs.items():
            stack.callback(program.kill)
            line.start(name)
        yield line
