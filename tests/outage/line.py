"""The whole line as it runs in a city, on servers that a test takes away: intake → people → deliver, three processes, into a real Redis."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from demo import stack as demo_stack
from demo.servers.kafka import KafkaServer, start_kafka
from demo.servers.valkey import ValkeyServer, start_valkey
from demo.stack import PIPELINE, Stack, start_workers
from schemas.dates import day
from schemas.feed_file import load_feeds
from schemas.topics import wanted
from schemas.wire import Writer
from sinks.redis import stream_key
from streams.registry import RegistryDownError
from streams.registry_client import Registry
from streams.settings import Settings, load_settings
from streams.topics import create_missing
from tests.outage.city import CONTRACT, DIVISION, LIVE, TOPIC, Department, Probes, livez
from tests.servers.registry import RegistryServer
from tests.streams.engine.lab import wait_for

PARTITIONS = 2
READY_SECONDS = 180.0
UNDER_WAY = 60
"""So many revisions are delivered after the first ones before anything is taken away: some seconds of the load, not what had waited for the start."""
MOST_ENDS = 2
"""A worker whose open transaction timed out meanwhile is fenced by the broker that comes back: it ends once; never again and again."""
STREAM_LENGTH = 1_000_000
"""Redis forgets no entry of a run."""


class Line:
    """Servers, workers, a department under way, and what the probes said. `registry` only where schemas are kept in one."""

    def __init__(self, kafka: KafkaServer, valkey: ValkeyServer, registry: RegistryServer | None, stack: Stack, settings: Settings) -> None:
        self.kafka = kafka
        self.redis = valkey
        self.registry = registry
        self.stack = stack
        self.settings = settings
        self.department = Department(kafka.bootstrap, Writer(CONTRACT, schema_id(settings) if registry else None))
        self.probes = Probes(stack.ports)
        self.ends: Counter[str] = Counter()
        """How often each worker ended by itself; it is started again, as deploy/ does."""

    def in_redis(self) -> int:
        """Revisions that consumers have got."""
        with redis.Redis.from_url(self.redis.url) as client:
            return int(client.xlen(stream_key(DIVISION)))

    def goes_on(self, seconds: float) -> None:
        """Wait until consumers get what is new."""
        self.until(lambda: self.in_redis() > 0, seconds)
        before = self.in_redis()
        self.until(lambda: self.in_redis() >= before + UNDER_WAY, seconds)

    def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Wait until something holds. Meanwhile a worker that ended is started again, `MOST_ENDS` times."""

        def there() -> bool:
            self._keep()
            return holds()

        wait_for(there, seconds, self.logs)

    def restart_workers(self) -> None:
        """SIGKILL to all, and up again: each answers its probe; what was answered before is forgotten."""
        self.probes.finish()
        for worker in self.stack.workers.values():
            worker.kill()
            worker.start(lambda: True, READY_SECONDS)
        self.until(lambda: all(livez(port)[0] == LIVE for port in self.stack.ports.values()), READY_SECONDS)
        self.probes = Probes(self.stack.ports)
        self.probes.start()

    def _keep(self) -> None:
        for name, worker in self.stack.workers.items():
            if not worker.running:
                self.ends[name] += 1
                assert self.ends[name] <= MOST_ENDS, f"{name} ended {self.ends[name]} times\n{worker.log_tail()}"
                worker.start(lambda: True, READY_SECONDS)

    def close(self) -> None:
        """Nobody reports, nobody asks."""
        self.department.ended.set()
        self.probes.ended.set()

    def logs(self) -> str:
        """The end of each worker's log."""
        return "\n".join(f"--- {name}\n{worker.log_tail()}" for name, worker in self.stack.workers.items())


def schema_id(settings: Settings) -> int:
    """Under which id the registry keeps what the department writes; one that is only just up may be slow."""
    client, found = Registry(settings), list[int]()

    def registered() -> bool:
        try:
            found.append(client.register(CONTRACT, TOPIC))
        except RegistryDownError:
            return False
        return True

    wait_for(registered, READY_SECONDS)
    return found[0]


@contextmanager
def line(folder: Path, patch: pytest.MonkeyPatch, *, registered: bool = False) -> Iterator[Line]:
    """Everything up, the first alerts delivered; nothing stays behind. `registered`: contracts and records with ids of a real registry."""
    patch.setitem(demo_stack.ROLES, "intake", "intake:canonical")
    with ExitStack() as closing:
        kafka = closing.enter_context(start_kafka(folder / "kafka"))
        valkey = closing.enter_context(start_valkey(folder / "valkey"))
        registry = closing.enter_context(RegistryServer(folder / "registry")) if registered else None
        stack = closing.enter_context(Stack(kafka.bootstrap, valkey.url, embedded=False, partitions=PARTITIONS, folder=folder))
        more = {"CANBAO_REDIS_STREAM_LENGTH": str(STREAM_LENGTH), "CANBAO_REGISTRY_URL": registry.url if registry else ""}
        settings = load_settings({**stack.environment(), **more})
        create_missing(settings, wanted(PARTITIONS, [load_feeds()["canonical"]]))
        start_workers(stack, PIPELINE, more)
        found = Line(kafka, valkey, registry, stack, settings)
        found.department.first_day(day("2024-05-12"), PARTITIONS)
        closing.callback(found.close)
        found.department.start()
        found.goes_on(READY_SECONDS)
        found.probes.start()
        yield found
