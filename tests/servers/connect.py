"""Kafka Connect with the Debezium PostgreSQL connector, run from the files in deploy/debezium as an operator would run them."""

import json
import shutil
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from demo.servers.jars import jars, java
from demo.servers.process import POLL_SECONDS, ServerError, ServerProcess, free_ports, listens

DEPLOY = Path(__file__).parents[2] / "deploy" / "debezium"
POM = DEPLOY / "pom.xml"
SERVICES = "META-INF/services/org.apache.kafka.connect.storage.Converter"
NAME = "Kafka Connect with Debezium"
READY_SECONDS = 120.0
REGISTER_SECONDS = 180.0
BUSY = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)
"""What the REST side answers while the worker is still joining its group or rebalancing."""


class ConnectServer:
    """One distributed worker; its state is in Kafka, so kill and start take the connectors up again."""

    def __init__(
        self, folder: Path, bootstrap: str, environment: Mapping[str, str], *, exactly_once: bool = False, flush_ms: int = 1000
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (self.port,) = free_ports(1)
        _lay_plugins(folder / "plugins")
        settings = {
            "CANBAO_CONNECT_BOOTSTRAP": bootstrap,
            "CANBAO_CONNECT_LISTENER": f"HTTP://127.0.0.1:{self.port}",
            "CANBAO_CONNECT_REPLICATION": "1",
            "CANBAO_CONNECT_FLUSH_MS": str(flush_ms),
            "CANBAO_CONNECT_EXACTLY_ONCE": "enabled" if exactly_once else "disabled",
        }
        options = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
        worker = ["-cp", f"{jars('debezium', POM, 'worker')}/*", "org.apache.kafka.connect.cli.ConnectDistributed"]
        run = [java(NAME), *options, *worker, str(DEPLOY / "connect-distributed.properties")]
        self._process = ServerProcess(NAME, folder, run, {**settings, **environment})

    @property
    def url(self) -> str:
        """Address of the REST side."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start, or start again with the connectors that Kafka remembers, and wait until the REST side answers."""
        self._process.start(self._ready, READY_SECONDS)
        return self

    def stop(self) -> None:
        """Stop in order (SIGTERM): offsets are flushed."""
        self._process.stop()

    def kill(self) -> None:
        """Stop at once (SIGKILL): what came after the last offset flush is sent again."""
        self._process.kill()

    def register(self, name: str, config: Mapping[str, str]) -> None:
        """Create or change connector `name` and wait until its task runs; raises `ServerError` with the cause when the task fails."""
        deadline = time.monotonic() + REGISTER_SECONDS
        while self._call("PUT", f"/connectors/{name}/config", config) is None:
            self._pause(deadline, f"connector {name} was not accepted")
        while not self._task_runs(name):
            self._pause(deadline, f"the task of connector {name} does not run")

    def register_file(self, file: Path) -> None:
        """Register the connector of a file of deploy/debezium under that file's name."""
        self.register(f"canbao-{file.stem}", json.loads(file.read_text()))

    def await_failure(self, name: str) -> str:
        """The error with which the task of a connector ends, as soon as it has."""
        deadline = time.monotonic() + REGISTER_SECONDS
        while not (traces := [part["trace"] for part in self._parts(name) if part["state"] == "FAILED"]):
            self._pause(deadline, f"the task of connector {name} did not fail")
        return str(traces[0])

    def restart_failed(self, name: str) -> None:
        """What an operator does with a connector whose task failed; returns when it runs again."""
        deadline = time.monotonic() + REGISTER_SECONDS
        while self._call("POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true") is None:
            self._pause(deadline, f"connector {name} was not restarted")
        while [part["state"] for part in self._parts(name)] != ["RUNNING", "RUNNING"]:
            self._pause(deadline, f"the task of connector {name} does not run again")

    def log_tail(self) -> str:
        """The end of the worker's log."""
        return self._process.log_tail()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def _task_runs(self, name: str) -> bool:
        parts = self._parts(name)
        states = [part["state"] for part in parts]
        if "FAILED" in states:
            raise ServerError(f"connector {name} failed: {json.dumps(parts)[:3000]}")
        return states == ["RUNNING", "RUNNING"]

    def _parts(self, name: str) -> list[dict[str, Any]]:
        """State of the connector, then of its one task; as much as the worker knows by now."""
        status = self._call("GET", f"/connectors/{name}/status") or {}
        return [part for part in (status.get("connector"), *status.get("tasks", [])) if part]

    def _pause(self, deadline: float, complaint: str) -> None:
        if time.monotonic() > deadline or not self._process.running:
            raise ServerError(f"{complaint} within {REGISTER_SECONDS:.0f} s\n{self.log_tail()}")
        time.sleep(POLL_SECONDS)

    def _ready(self) -> bool:
        return listens(self.port) and self._call("GET", "/connectors") is not None

    def _call(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
        """The decoded answer; None while the worker is not yet able to answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in BUSY:
                return None
            raise ServerError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:2000]}") from error
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None


def _lay_plugins(folder: Path) -> None:
    """The connector and the Avro converter with its list of services, as README.md says."""
    folder.mkdir(exist_ok=True)
    (folder / "debezium-postgres").symlink_to(jars("debezium", POM, "plugin"))
    converter = folder / "apicurio-converter"
    shutil.copytree(jars("debezium", POM, "avro"), converter)
    with zipfile.ZipFile(converter / "services.jar", "w") as services:
        services.write(DEPLOY / SERVICES, SERVICES)


def start_connect(
    folder: Path, bootstrap: str, environment: Mapping[str, str], *, exactly_once: bool = False, flush_ms: int = 1000
) -> ConnectServer:
    """A running worker; `environment` answers the ${env:...} of the connectors. Raises `ServerUnavailable` without Java or Maven."""
    return ConnectServer(folder, bootstrap, environment, exactly_once=exactly_once, flush_ms=flush_ms).start()
