"""The pipeline's processes: broker, Redis-protocol server, workers. Each has a guard, so nothing stays behind however the demo ends."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis, RedisError

from demo.city.emit.departments import FEEDS
from demo.folder import demo_folder
from demo.pepper import PEPPER, PEPPER_VERSION
from demo.servers.kafka import start_kafka
from demo.servers.process import ServerProcess, free_ports, listens
from demo.servers.valkey import start_valkey
from streams.embedded_broker import EmbeddedBroker

ANSWER_SECONDS = 2.0
REDIS_SECONDS = 5.0
EMBEDDED_PARTITIONS = 4
"""What librdkafka's mock cluster gives every topic."""
SEAL_KEY = "de30" * 16
ROLES = {"intake": f"intake:{','.join(FEEDS)},decisions", "people": "people", "deliver": "deliver:redis", "desk": "desk"}
PIPELINE = ("intake", "people", "deliver")
"""What finds and delivers alerts; `desk` fills the read model of the workbench."""
WORKBENCH = "from demo.workbench import run; run()"
WORKBENCH_SECONDS = 90.0
PROGRAM = "from streams.cli.main import run; run()"


class StackError(RuntimeError):
    """A process of the pipeline ended or is not ready; the message carries the end of its log."""


@dataclass(slots=True)
class Stack:
    """A running pipeline."""

    kafka: str
    redis: str
    embedded: bool
    partitions: int
    folder: Path
    workers: dict[str, ServerProcess] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """Where each worker serves /metrics, /livez and /readyz."""
    closing: ExitStack = field(default_factory=ExitStack)

    def environment(self) -> dict[str, str]:
        """Settings that every worker and every command needs to find this pipeline."""
        return {
            "CANBAO_KAFKA_BOOTSTRAP": self.kafka,
            "CANBAO_KAFKA_EMBEDDED": "true" if self.embedded else "false",
            "CANBAO_REDIS_URL": self.redis,
            "CANBAO_EVENTS_PARTITIONS": str(self.partitions),
            "CANBAO_CLOCK": "topic",
            "CANBAO_HORIZON_SECONDS": "0",
            "CANBAO_PEPPER": PEPPER,
            "CANBAO_PEPPER_VERSION": str(PEPPER_VERSION),
            "CANBAO_SEAL_KEY": SEAL_KEY,
        }

    def check(self) -> None:
        """Raise `StackError` if a worker has ended."""
        for name, process in self.workers.items():
            if not process.running:
                raise StackError(f"the worker {name} ended\n{process.log_tail()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.close()


def start(kafka: str, redis: str, partitions: int = EMBEDDED_PARTITIONS) -> Stack:
    """Broker and Redis-protocol server.

    Args:
        kafka: address of a broker that runs already, "real" to start Apache Kafka, "" for the embedded one.
        redis: address of a server that runs already, "" to start one.
        partitions: of canbao.events and the topics beside it.
    """
    if redis:
        _answers(redis)
    closing = ExitStack()
    try:
        folder = closing.enter_context(demo_folder())
        url = redis
        if not url:
            server = start_valkey(_made(folder / "redis"), {"appendonly": "no"})
            closing.callback(server.kill)
            url = server.url
        embedded = not kafka
        if embedded:
            broker = EmbeddedBroker()
            closing.callback(broker.stop)
            kafka = broker.bootstrap
        elif kafka == "real":
            kafka = closing.enter_context(start_kafka(folder / "kafka")).bootstrap
        return Stack(kafka, url, embedded, partitions, folder, closing=closing)
    except BaseException:
        closing.close()
        raise


def _answers(url: str) -> None:
    """StackError where no Redis-protocol server takes commands there; the address may hold a password and is not repeated."""
    try:
        with Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as client:
            client.ping()
    except (RedisError, ValueError, OSError) as error:
        raise StackError(
            f"--redis: no server takes commands at that address ({type(error).__name__}); allowed: redis://HOST:PORT/0"
        ) from None


def start_workers(stack: Stack, names: Iterable[str] = PIPELINE, more: Mapping[str, str] | None = None) -> None:
    """Start the workers side by side, with more settings if given. They need not be ready: what comes meanwhile is read from the beginning."""
    for name in names:
        stack.workers[name] = process = _worker(stack, name, more or {})
        stack.closing.callback(process.kill)
        process.start(lambda: True, ANSWER_SECONDS)


def start_workbench(stack: Stack) -> str:
    """The worker of its read model and the workbench itself; its address. Workers that run already are its sources of figures."""
    start_workers(stack, ["desk"])
    folder = _made(stack.folder / "web")
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    environment = {
        **stack.environment(),
        "CANBAO_INSTANCE": "demo",
        "CANBAO_WEB_PORT": str(port),
        "CANBAO_WEB_ORIGIN": address,
        "CANBAO_WEB_VAULT": "true",
        "CANBAO_WEB_REPLAY": "true",
        "CANBAO_WEB_METRICS_URLS": " ".join(f"http://127.0.0.1:{stack.ports[name]}/metrics" for name in stack.workers),
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    stack.workers["web"] = process = ServerProcess("workbench", folder, [sys.executable, "-c", WORKBENCH], environment, stop_seconds=60.0)
    stack.closing.callback(process.kill)
    process.start(lambda: listens(port), WORKBENCH_SECONDS)
    return address


def _worker(stack: Stack, name: str, more: Mapping[str, str]) -> ServerProcess:
    folder = _made(stack.folder / name)
    (stack.ports[name],) = free_ports(1)
    environment: Mapping[str, str] = {
        **stack.environment(),
        "CANBAO_INSTANCE": name,
        "CANBAO_STATE_FOLDER": str(folder / "state"),
        "CANBAO_METRICS_HOST": "127.0.0.1",
        "CANBAO_METRICS_PORT": str(stack.ports[name]),
        "CANBAO_CACHE_MEGABYTES": "32",
        "CANBAO_WRITE_BUFFER_MEGABYTES": "16",
        "PYTHONPATH": str(Path(__file__).parent.parent),
        **more,
    }
    return ServerProcess(f"worker {name}", folder, [sys.executable, "-c", PROGRAM, "worker", ROLES[name]], environment, stop_seconds=60.0)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
