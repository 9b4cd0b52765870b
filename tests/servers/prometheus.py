"""Debian's Prometheus as one process, scraping the workers of a test, and its promtool."""

import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from demo.servers.process import ServerProcess, ServerUnavailable, free_ports

NAME = "Prometheus"
READY_SECONDS = 60.0


def program(name: str) -> str:
    """Path of `prometheus` or `promtool`; raises `ServerUnavailable`."""
    found = shutil.which(name)
    if found is None:
        raise ServerUnavailable(NAME, "install Prometheus (Debian: prometheus)")
    return found


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run promtool and return what it said."""
    return subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=120)


class PrometheusServer:
    """One server with its data in `folder`. `targets`: name → host:port; scraped every second as job `canbao`."""

    def __init__(self, folder: Path, targets: Mapping[str, str], rules: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (self.port,) = free_ports(1)
        found = [{"targets": [address], "labels": {"worker": name}} for name, address in targets.items()]
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules / "*.yaml")],
            "scrape_configs": [{"job_name": "canbao", "static_configs": found}],
        }
        file = folder / "prometheus.yaml"
        file.write_text(yaml.safe_dump(config))
        command = [program("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
        command.append(f"--web.listen-address=127.0.0.1:{self.port}")
        self._process = ServerProcess(NAME, folder, command)

    @property
    def url(self) -> str:
        """Address of its API."""
        return f"http://127.0.0.1:{self.port}"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression gives now."""
        return list(self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))["data"]["result"])

    def rules(self) -> list[dict[str, Any]]:
        """Every loaded rule with its health."""
        return [rule for group in self._get("/api/v1/rules")["data"]["groups"] for rule in group["rules"]]

    def __enter__(self) -> Self:
        self._process.start(self._ready, READY_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _get(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode()}") from error
