"""What happens to workers and broker in a chaos run: kills, stalls past the session, orderly stops, fault points, broker restarts."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

from demo.servers.kafka import KafkaServer
from demo.servers.process import ServerError
from streams.engine.faults import Point
from tests.streams.engine.lab import Lab, Worker

WORKERS = ("a", "b", "c")
SESSION_MS = 4000
TRANSACTION_MS = 8_000
"""Shorter than a killed broker needs to serve again: what was open times out meanwhile."""
STANDBYS = 8
"""Each worker is on a machine of its own, so every partition has a standby besides."""
STALLS_SECONDS = (1.0, 3.0, 7.0)


def restart(server: KafkaServer, hard: bool) -> None:
    """Kill or stop the broker and start it again on its data; meanwhile other things happen."""
    if hard:
        server.kill()
    else:
        server.stop()
    server.start()


class Disorder:
    """One seed, one order of events; `done` counts what was done and `found` the exit codes of workers that ended by themselves."""

    def __init__(self, lab: Lab, server: KafkaServer | None, seed: int) -> None:
        self._lab = lab
        self._server = server
        self._pick = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.found: Counter[int] = Counter()
        self._stalled: dict[int, float] = {}
        self._restarting: threading.Thread | None = None
        self._broken: ServerError | None = None  # why the broker did not come back
        self.workers = {name: self._start(name) for name in WORKERS}

    def _start(self, name: str, *, calm: bool = False) -> Worker:
        """A worker; every second one will stop or die at a fault point some time."""
        fault = ""
        if not calm and self._pick.random() < 0.5:
            action = self._pick.choice(["stop", "kill"])
            fault = f"{self._pick.choice(list(Point))}:{action}:{self._pick.randrange(1, 60)}"
            self.done[f"armed {action}"] += 1
        return self._lab.start(name, fault, session_ms=SESSION_MS, transaction_ms=TRANSACTION_MS, machine=name, standby_partitions=STANDBYS)

    def step(self) -> None:
        """One random event."""
        self._tend()
        name = self._pick.choice(WORKERS)
        chances: list[tuple[float, Callable[[str], None]]] = [
            (0.35, self._kill),
            (0.2, self._terminate),
            (0.25, self._stall),
            (0.1, self._kill_all),
            (0.1, self._restart_broker),
        ]
        act = self._pick.choices([act for _, act in chances], [weight for weight, _ in chances])[0]
        act(name)

    def _tend(self) -> None:
        """Workers at a fault point wake or die after a while; ended ones are started again."""
        now = time.monotonic()
        for name, worker in self.workers.items():
            pid = worker.process.pid
            if worker.stopped():
                due = self._stalled.setdefault(pid, now + self._pick.choice(STALLS_SECONDS))
                if now >= due:
                    del self._stalled[pid]
                    self._wake_or_kill(name)
            elif worker.process.poll() is not None:
                self.found[worker.process.returncode] += 1
                self.workers[name] = self._start(name)

    def _wake_or_kill(self, name: str) -> None:
        if self._pick.random() < 0.6:
            self.done["woken"] += 1
            self.workers[name].cont()
        else:
            self.done["killed at a point"] += 1
            self._replace(name)

    def _replace(self, name: str) -> None:
        self.workers[name].kill()
        self.workers[name] = self._start(name)

    def _kill(self, name: str) -> None:
        self.done["SIGKILL"] += 1
        self._replace(name)

    def _terminate(self, name: str) -> None:
        self.done["SIGTERM"] += 1
        self.workers[name].process.terminate()

    def _stall(self, name: str) -> None:
        if self.workers[name].process.poll() is None:
            self.done["SIGSTOP"] += 1
            self.workers[name].stop()

    def _kill_all(self, _name: str) -> None:
        self.done["SIGKILL to all"] += 1
        for name in WORKERS:
            self.workers[name].kill()
        for name in WORKERS:
            self.workers[name] = self._start(name)

    def _restart_broker(self, _name: str) -> None:
        hard = self._pick.random() < 0.5
        if self._server is None or (self._restarting and self._restarting.is_alive()):
            return
        self.done["broker killed" if hard else "broker stopped"] += 1
        self._restarting = threading.Thread(target=self._restart, args=(self._server, hard))
        self._restarting.start()

    def _restart(self, server: KafkaServer, hard: bool) -> None:
        try:
            restart(server, hard)
        except ServerError as error:
            self._broken = error

    def calm(self) -> None:
        """No more faults: the broker is up, every worker is replaced by one without."""
        if self._restarting:
            self._restarting.join()
        if self._broken:
            raise self._broken
        for name, worker in self.workers.items():
            worker.kill()
            self.workers[name] = self._start(name, calm=True)
