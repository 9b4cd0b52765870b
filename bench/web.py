"""The workbench under clerks: 200 000 open alerts, 50 readers, 500 alerts a second arriving; time of each page.

Real Valkey, the workbench and the arrivals in processes of their own, readers over HTTP, all signed in before the clock starts. A reader takes a page, reads for a while, takes the next; its pages are
those of a clerk: list with filters, further pages, cases, now and then the overview. Audit entries are taken, not written: on a broker they
add 10 to 20 ms (a transaction of the audit topic) to every page that shows a person. Short form: `python -m bench.web --alerts 20000 --seconds 10`.
"""

import argparse
import asyncio
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import httpx
from redis.asyncio import Redis

from bench.pipeline import cpu_seconds, resident_mib
from bench.table import show
from demo.servers.process import ServerProcess, free_ports, listens
from demo.servers.valkey import ValkeyServer, start_valkey
from schemas.alert import Alert, case_id
from schemas.audit import AuditEntry
from schemas.dates import day
from sinks.desk.write import DeskWriter
from tests.schemas.samples import person_key, sample_alert

RULES = (("R01", "B", "HIGH"), ("R06", "B", "HIGH"), ("R09", "C", "MEDIUM"), ("R10", "C", "LOW"), ("R11", "D", "LOW"), ("R12", "D", "LOW"))
DIVISIONS = (370102, 370103, 370104, 370105, 370112, 370113, 370114, 370115, 370116, 370117, 370124, 370126)
DUE_FIRST = day("2024-06-01")
FILL_BATCH = 2_000
READ_SECONDS = 2.0
READY_SECONDS = 60.0
PROGRAM = "from bench.web import serve; serve()"


class Taken:
    """An audit that takes entries and keeps none."""

    def __call__(self, entry: AuditEntry) -> None:
        """Take one."""

    def submit(self, _entry: AuditEntry) -> Future[None]:
        """Take one."""
        done: Future[None] = Future()
        done.set_result(None)
        return done


def serve() -> None:
    """The workbench's process."""
    import uvicorn  # noqa: PLC0415 - in the process only

    from demo.workbench import DemoSignIn  # noqa: PLC0415 - the web application only for this benchmark
    from sinks.web.app import application  # noqa: PLC0415 - the web application only for this benchmark
    from streams.settings import load_settings  # noqa: PLC0415 - the web application only for this benchmark
    from streams.web import assembled  # noqa: PLC0415 - the web application only for this benchmark

    async def nowhere(_decision: object) -> None:
        """Nobody decides here."""

    settings = load_settings()
    app = application(*assembled(settings, DemoSignIn(), Taken(), nowhere, demo=True))
    uvicorn.run(app, port=settings.web_port, log_config=None, access_log=False, timeout_keep_alive=75)


def made(number: int, revision: int = 1) -> Alert:
    """One alert of a large city."""
    rule, queue, severity = RULES[number % len(RULES)]
    signal = number % 5 == 0
    return sample_alert(
        number,
        rule=rule,
        queue=queue,
        severity=severity,
        level="SIGNAL" if signal else "ALERT",
        handling="ACCEPTED" if number % 7 == 0 else "NEW",
        handling_division=DIVISIONS[number % len(DIVISIONS)],
        due=0 if signal else DUE_FIRST + number % 30,
        detected_on=DUE_FIRST - number % 60,
        as_of=DUE_FIRST + 9,
        amount_fen=number % 9_973 * 100,
        revision=revision,
        change="OPENED" if revision == 1 else "UPDATED",
        case_id=case_id(person_key(number), "DEATH"),
    )


async def fill(url: str, count: int) -> float:
    """Write the alerts; seconds."""
    writer, started = DeskWriter(url, 30), time.monotonic()
    for first in range(1, count + 1, FILL_BATCH):
        await writer.alerts([made(number) for number in range(first, min(first + FILL_BATCH, count + 1))])
    await writer.close()
    return time.monotonic() - started


def arrive(url: str, count: int, rate: int, seconds: float) -> int:
    """New alerts at a rate, ten times a second, from a process of its own: the readers' loop is for their clocks. How many."""

    async def go() -> int:
        writer, sent = DeskWriter(url, 30), 0
        started = time.monotonic()
        while time.monotonic() < started + seconds:
            wanted = int((time.monotonic() - started) * rate) - sent
            await writer.alerts([made(count + 1 + sent + one) for one in range(wanted)])
            sent += max(wanted, 0)
            await asyncio.sleep(0.1)
        await writer.close()
        return sent

    return asyncio.run(go())


async def read(address: str, seed: int, clock: "Clock", taken: dict[str, list[float]]) -> None:
    """One clerk."""
    dice = random.Random(seed)
    role, division = ("supervisor", 370100) if seed % 5 == 0 else ("clerk", DIVISIONS[seed % len(DIVISIONS)])
    async with httpx.AsyncClient(
        base_url=address, timeout=30, follow_redirects=True, verify=False
    ) as client:  # plain HTTP: 50 sets of certificates would stop the clocks
        await client.post("/signin/demo", data={"role": role, "division": str(division)})
        until = await clock.starts()
        cases = ["/alerts"]
        await asyncio.sleep(dice.uniform(0, READ_SECONDS))
        while time.monotonic() < until:
            kind, path = asked(dice, cases)
            started = time.monotonic()
            answer = await client.get(path)
            taken[kind].append(time.monotonic() - started)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            if kind.startswith("list"):
                cases = found_in(answer.text) or cases
            await asyncio.sleep(dice.uniform(0, 2 * READ_SECONDS))


def asked(dice: random.Random, cases: list[str]) -> tuple[str, str]:
    """The next page of a clerk: kind and path."""
    number = dice.random()
    if number < 0.1:
        return "overview", "/"
    if number < 0.5:
        return "case", dice.choice(cases) if cases != ["/alerts"] else "/alerts"
    sort = dice.choice(("due", "severity", "new", "amount"))
    if number < 0.75:
        return "list, whole", f"/alerts?sort={sort}"
    return "list, filtered", f"/alerts?sort={sort}&rule={dice.choice(RULES)[0]}&level=ALERT&handling={dice.choice(('NEW', 'ACCEPTED'))}"


def found_in(text: str) -> list[str]:
    """Paths of the cases on a list."""
    return [part.partition("#")[0] for part in text.split('href="')[1:] if part.startswith("/cases/")]


class Clock:
    """Starts when everybody has signed in: a morning's first minute is not what is measured."""

    def __init__(self, readers: int, seconds: float) -> None:
        self._all = asyncio.Barrier(readers + 1)
        self._seconds = seconds

    async def starts(self) -> float:
        """Wait for all; when it ends."""
        await self._all.wait()
        return time.monotonic() + self._seconds


async def load(server: ValkeyServer, address: str, wish: argparse.Namespace) -> tuple[dict[str, list[float]], int]:
    """Readers and arrivals side by side."""
    taken: dict[str, list[float]] = defaultdict(list)
    clock = Clock(wish.readers, wish.seconds)
    readers = asyncio.gather(*(read(address, seed, clock, taken) for seed in range(wish.readers)))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        await asyncio.get_running_loop().run_in_executor(pool, abs, 0)  # its start is not measured
        await clock.starts()
        arrived = await asyncio.get_running_loop().run_in_executor(pool, arrive, server.url, wish.alerts, wish.rate, wish.seconds)
    await readers
    return taken, arrived


def main() -> None:
    """Fill, serve, read, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("alerts", 200_000), ("readers", 50), ("rate", 500), ("seconds", 60)):
        parser.add_argument(f"--{name}", type=int, default=value)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, start_valkey(Path(folder) / "valkey", {"appendonly": "no"}) as server:
        filling = asyncio.run(fill(server.url, wish.alerts))
        (port,) = free_ports(1)
        environment = {"CANBAO_REDIS_URL": server.url, "CANBAO_WEB_PORT": str(port), "PYTHONPATH": str(Path(__file__).parent.parent)}
        (Path(folder) / "web").mkdir()
        process = ServerProcess("workbench", Path(folder) / "web", [sys.executable, "-c", PROGRAM], environment)
        process.start(lambda: listens(port), READY_SECONDS)
        try:
            before = cpu_seconds(process.pid)
            taken, arrived = asyncio.run(load(server, f"http://127.0.0.1:{port}", wish))
            cpu, memory = cpu_seconds(process.pid) - before, resident_mib(process.pid)
            bytes_held = asyncio.run(held(server.url))
        finally:
            process.kill()
    report(wish, taken, arrived, filling, bytes_held)
    pages = sum(len(times) for times in taken.values())
    print(f"The workbench's process: {cpu / pages * 1000:.1f} ms of CPU a page, {cpu / wish.seconds:.2f} of a core, {memory:.0f} MiB")


async def held(url: str) -> int:
    """Bytes that the server uses."""
    async with Redis.from_url(url) as client:
        found: dict[str, int] = await client.info("memory")
        return found["used_memory"]


def report(wish: argparse.Namespace, taken: dict[str, list[float]], arrived: int, filling: float, bytes_held: int) -> None:
    """The table."""
    everything = [seconds for times in taken.values() for seconds in times]
    rows = [[kind, str(len(times)), *(f"{part * 1000:.0f} ms" for part in shares(times))] for kind, times in sorted(taken.items())]
    rows.append(["all pages", str(len(everything)), *(f"{part * 1000:.0f} ms" for part in shares(everything))])
    command = f"python -m bench.web --alerts {wish.alerts} --readers {wish.readers} --rate {wish.rate} --seconds {wish.seconds}"
    show("Workbench: time of a page", command, ["page", "taken", "p50", "p95", "p99"], rows)
    print(
        f"\n{wish.alerts} open alerts, {wish.readers} readers, {arrived / wish.seconds:.0f} alerts/s arriving; "
        f"filled at {wish.alerts / filling:.0f} alerts/s; Redis holds {bytes_held / (1 << 20):.0f} MiB, {bytes_held / (wish.alerts + arrived):.0f} B an alert"
    )


def shares(times: list[float]) -> tuple[float, float, float]:
    """p50, p95, p99."""
    if len(times) < 2:
        return (times[0],) * 3 if times else (0.0,) * 3
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[94], cuts[98]


if __name__ == "__main__":
    main()
