"""A server process that never outlives its owner: start, wait until ready, stop, kill, start again."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
PORTS = range(15_000, 30_000)
"""Below the ports that the system hands to outgoing connections: a client that knocks at a stopped server can't take its port."""
_given: set[int] = set()
"""Ports that this process has chosen: their servers may be about to start, or stopped and about to start again."""
POLL_SECONDS = 0.05
LOG_TAIL_BYTES = 4_000


class ServerUnavailable(Exception):  # noqa: N818  (a state of the machine, not a fault of the program)
    """This machine can't run the server; `remedy` says what would make it run."""

    def __init__(self, name: str, remedy: str) -> None:
        super().__init__(f"{name} can't run here: {remedy}")
        self.name = name
        self.remedy = remedy


class ServerError(RuntimeError):
    """The server ended, or was not ready or not stopped in time; the message carries the end of its log."""


def free_ports(count: int) -> list[int]:
    """`count` TCP ports on 127.0.0.1 that nothing listens on now, and that this process was not given before."""
    found: list[int] = []
    for port in random.SystemRandom().sample(PORTS, k=len(PORTS)):
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        found.append(port)
        if len(found) == count:
            return found
    raise ServerError(f"no {count} free TCP ports between {PORTS.start} and {PORTS.stop}")


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class ServerProcess:
    """One guarded server. `command` runs in `folder`; its output goes to `folder/log`."""

    name: str
    folder: Path
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 90.0
    pid: int = 0
    """Process number of the server itself; 0 while it does not run. To be asked about: signals go through the methods, 0 is everybody's."""
    _guard: subprocess.Popen[str] | None = None

    @property
    def log(self) -> Path:
        """Where the server's output goes."""
        return self.folder / "log"

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._guard is not None and self._guard.poll() is None

    def start(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Start the process and return when `ready()` holds; raises `ServerError` when it ends or takes too long.

        Where it does not return, Ctrl-C included, nothing of it runs: nobody has the server yet whom it could be left to.
        """
        if self.running:
            raise ServerError(f"{self.name} runs already (process {self.pid})")
        try:
            self._begin()
            self._wait(ready, timeout_seconds)
        except BaseException:
            self.kill()
            raise

    def _begin(self) -> None:
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603  (commands are built by the launchers of this folder)
                [sys.executable, "-I", "-S", str(GUARD), *self.command],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C at the terminal reaches the owner, who stops its servers in order
            )
        self.pid = int(self._first_line() or 0)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask the server to end and wait; kills it and raises `ServerError` when it does not within `stop_seconds`."""
        if self._signal(number) and not self._ended(self.stop_seconds):
            self.kill()
            raise ServerError(f"{self.name} did not stop within {self.stop_seconds:.0f} s and was killed\n{self.log_tail()}")
        self._forget()

    def freeze(self) -> None:
        """SIGSTOP: it is there and answers nothing; raises `ServerError` where it does not run."""
        self._must(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on; raises `ServerError` where it does not run."""
        self._must(signal.SIGCONT)

    def kill(self) -> None:
        """End the server at once (SIGKILL), as a power cut would."""
        if self._signal(signal.SIGKILL):
            self._ended(self.stop_seconds)
        self._forget()

    def log_tail(self) -> str:
        """The end of the server's log, for messages."""
        return self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace") if self.log.exists() else ""

    def _first_line(self) -> str:
        if self._guard is None or self._guard.stdout is None:
            return ""
        return self._guard.stdout.readline().strip()

    def _wait(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            if not self.running:
                raise ServerError(f"{self.name} ended while starting\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} was not ready within {timeout_seconds:.0f} s\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)

    def _must(self, number: signal.Signals) -> None:
        if not self.pid or not self._signal(number):
            raise ServerError(f"{self.name} does not run: no {number.name} for it\n{self.log_tail()}")

    def _signal(self, number: signal.Signals) -> bool:
        if self._guard is None or self._guard.poll() is not None:
            return False
        if not self.pid:  # the start was interrupted before the guard named its server; 0 would mean our own process group
            self._close_input()
            return True
        try:
            if number is signal.SIGKILL:
                os.killpg(self.pid, number)  # the guard gave it a group of its own: what it started goes too
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return False  # it ended between the two lines
        return True

    def _ended(self, timeout_seconds: float) -> bool:
        if self._guard is None:
            return True
        try:
            self._guard.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _close_input(self) -> None:
        """The guard's sign to kill what it runs, as soon as it runs it."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()

    def _forget(self) -> None:
        self._close_input()
        if self._guard is not None and self._guard.stdout is not None:
            self._guard.stdout.close()
        self._guard = None
        self.pid = 0
