"""The workbench as tests meet it: served on a free port of this process, over a real Redis-protocol server."""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import redis.asyncio
import uvicorn

from demo.workbench import DemoSignIn
from schemas.alert import Alert
from schemas.audit import AuditEntry, Deed
from schemas.decision import Decision
from schemas.enrolment import EnrolmentRow
from sinks.desk.read import DeskReader
from sinks.desk.write import DeskWriter
from sinks.web.app import application
from sinks.web.mending import MendingDoor, MendingPort
from sinks.web.parts import Parts, SignIn
from sinks.web.scrape import Scrape
from sinks.web.sessions import Sessions
from sinks.web.vault import PER_HOUR, VaultDoor, VaultPort
from streams.catalogue import catalogue
from streams.settings import load_settings

START_SECONDS = 60.0
T = TypeVar("T")


@dataclass
class Kept:
    """`schemas.audit.Audit` that keeps the entries: what the process would write to the topic."""

    entries: list[AuditEntry] = field(default_factory=list)

    def __call__(self, entry: AuditEntry) -> None:
        """Keep one entry."""
        self.entries.append(entry)

    def submit(self, entry: AuditEntry) -> Future[None]:
        """Keep one entry."""
        self.entries.append(entry)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def deeds(self) -> list[Deed]:
        """What was done, in order."""
        return [entry.deed for entry in self.entries]


@dataclass
class Workbench:
    """A running workbench."""

    address: str
    redis_url: str
    audit: Kept
    decisions: list[Decision]

    @contextmanager
    def enter(self, role: str = "supervisor", division: int = 370100) -> Iterator[httpx.Client]:
        """A signed-in client."""
        with httpx.Client(base_url=self.address, follow_redirects=True, timeout=60) as client:
            answer = client.post("/signin/demo", data={"role": role, "division": str(division)})
            assert answer.status_code == 200, answer.text
            yield client

    def write(self, *alerts: Alert) -> None:
        """Put revisions into the read model, as the worker `desk` does."""
        write(self.redis_url, list(alerts))


def write(url: str, alerts: list[Alert], rows: list[EnrolmentRow] | None = None) -> int:
    """Write alerts and public rows; how many revisions were kept."""

    async def go() -> int:
        writer = DeskWriter(url, 20)
        try:
            await writer.enrolments(rows or [])
            return await writer.alerts(alerts)
        finally:
            await writer.close()

    return aside(go())


def aside(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own: a browser's driver keeps a loop in the test's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def serving(
    url: str,
    sign_in: SignIn | None = None,
    *,
    idle_seconds: int = 900,
    metrics: str = "",
    vault: VaultPort | None = None,
    per_hour: int = PER_HOUR,
    mending: MendingPort | None = None,
) -> Iterator[Workbench]:
    """A workbench until the block ends."""
    client, audit, decisions = redis.asyncio.Redis.from_url(url), Kept(), list[Decision]()

    async def decide(decision: Decision) -> None:
        decisions.append(decision)

    scrape = Scrape(metrics.split())
    parts = Parts(
        desk=DeskReader(client),
        sessions=Sessions(client, idle_seconds),
        audit=audit,
        sign_in=sign_in or DemoSignIn(),
        catalogue=catalogue(load_settings({})),
        decide=decide,
        scrape=scrape,
        secure_cookies=False,
        vault=VaultDoor(vault, client, per_hour) if vault else None,
        mending=MendingDoor(mending) if mending else None,
        page_globals={"demo": True},
    )
    with served(application(parts, client, [scrape.close])) as address:
        yield Workbench(address, url, audit, decisions)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An ASGI application on a free port; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < until
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
