"""A small city on real Kafka and Redis with real workers: a real Prometheus scrapes them, and the runbooks' commands are run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Producer

from demo.city.emit.departments import FEEDS
from demo.city.generate import generate
from demo.drive import all_days, drive
from demo.stack import Stack, start, start_workers
from demo.watch import Watch
from schemas.dashboards import Panel, load_dashboards
from streams.settings import load_settings
from streams.topics import create_missing, declared
from tests.servers.prometheus import PrometheusServer
from tests.streams.engine.lab import wait_for

ROOT = Path(__file__).parents[2]
RUNBOOKS = sorted((ROOT / "deploy/runbooks").glob("Canbao*.md"))
FEED = "household"
SECONDS = 120
RANGE = "10m"
pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(900)]


@dataclass
class City:
    """The pipeline after two months, its Prometheus, and the settings that an operator has in the shell."""

    stack: Stack
    prometheus: PrometheusServer
    environment: dict[str, str]


@pytest.fixture(scope="module")
def city(server_folder: Path) -> Iterator[City]:
    """Two months of a small city, a record that nobody can use, and everything up."""
    with start("real", "") as stack:
        settings = load_settings(stack.environment())
        create_missing(settings, declared(settings))
        start_workers(stack)
        targets = {name: f"127.0.0.1:{port}" for name, port in stack.ports.items()}
        with PrometheusServer(server_folder / "prometheus", targets, ROOT / "deploy/prometheus/rules") as prometheus:
            with closing(Watch(stack.kafka, stack.partitions, len(FEEDS), embedded=False)) as watch:
                made = generate(150, 2, 3)
                for _ in drive(stack, watch, all_days(made), lambda _day: stack.check()):
                    pass
            key = next(iter(watch.latest.values())).person_key.hex()
            _send_nonsense(stack)
            stack.workers["people"].kill()
            shutil.rmtree(stack.folder / "people/state/rows")
            stack.workers["people"].start(lambda: _ready(stack.ports["people"]), SECONDS)  # its second life restores
            yield City(stack, prometheus, _shell(stack, server_folder / "bin", key))


def _ready(port: int) -> bool:
    """Whether a worker serves everything it owns."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _send_nonsense(stack: Stack) -> None:
    """One dead letter, so that the commands about dead letters have one to list and to send back."""
    producer = Producer({"bootstrap.servers": stack.kafka})
    producer.produce("canbao.feed.household", b"not a record", b"key")
    assert producer.flush(30) == 0


def _shell(stack: Stack, folder: Path, key: str) -> dict[str, str]:
    """What the runbooks presuppose: `canbao` on the path, its settings, and the names they use."""
    folder.mkdir()
    program = folder / "canbao"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m streams.cli.main "$@"\n')
    program.chmod(0o755)
    names = {"WORKER": f"127.0.0.1:{stack.ports['people']}", "FEED": FEED, "KEY": key}
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "CANBAO_STATE_FOLDER": str(stack.folder)}
    return {**os.environ, **stack.environment(), **own, **names}


def has_data(city: City, expression: str) -> bool:
    """Whether an expression returns series."""
    return bool(city.prometheus.query(expression))


@pytest.mark.parametrize("panel", [panel for one in load_dashboards() for panel in one.panels], ids=lambda panel: panel.title)
def test_a_panel_shows_data(city: City, panel: Panel) -> None:
    """Each expression returns series from the scraped workers, or is listed as one that may be empty with its reason."""
    for query in panel.queries:
        expression = query.expr.replace("$__rate_interval", RANGE)
        if panel.may_be_empty:
            city.prometheus.query(expression)  # accepted, whatever it returns
        else:
            wait_for(partial(has_data, city, expression), SECONDS, partial("no data: {}".format, expression))


def test_every_rule_is_evaluated(city: City) -> None:
    """No alert rule errs against real series."""
    wait_for(lambda: all(rule["health"] == "ok" for rule in city.prometheus.rules()), SECONDS, lambda: str(city.prometheus.rules()))


def test_the_dead_letter_raises_its_alert(city: City) -> None:
    """From a bad record to a firing alert, through worker, scrape and rule."""
    asked = f'ALERTS{{alertname="CanbaoDeadLetters", feed="{FEED}", alertstate="firing"}}'
    wait_for(lambda: bool(city.prometheus.query(asked)), SECONDS, lambda: f"does not fire: {asked}")


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_the_commands_of_a_runbook_run(city: City, runbook: Path) -> None:
    """Each block marked sh runs in a shell that stops at the first failure."""
    blocks = re.findall(r"^```sh\n(.*?)^```", runbook.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, env=city.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"{block}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
