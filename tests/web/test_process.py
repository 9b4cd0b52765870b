"""The process as `canbao web` puts it together."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from demo.servers.process import free_ports
from demo.servers.valkey import ValkeyServer
from demo.stack import PROGRAM
from demo.workbench import DemoSignIn
from schemas.decision import Decision
from sinks.web.app import application
from streams.settings import SettingsError, load_settings
from streams.web import assembled, issuer_of
from tests.streams.engine.lab import END_SECONDS, ROOT, wait_for
from tests.web.serving import Kept, served

pytestmark = pytest.mark.redis
BURST = 150
NOWHERE = "127.0.0.1:1"


async def nowhere(_decision: Decision) -> None:
    """Nobody decides here."""


def test_a_burst_waits_and_is_not_refused(desk_valkey: ValkeyServer) -> None:
    """More requests at once than there are connections to Redis: every one is answered."""
    settings = load_settings({"CANBAO_REDIS_URL": desk_valkey.url})

    async def burst(address: str) -> Counter[int]:
        async with httpx.AsyncClient(base_url=address, timeout=60, follow_redirects=True) as client:
            await client.post("/signin/demo", data={"role": "supervisor", "division": "370100"})
            answers = await asyncio.gather(*(client.get("/") for _ in range(BURST)))
        return Counter(answer.status_code for answer in answers)

    with served(application(*assembled(settings, DemoSignIn(), Kept(), nowhere, demo=True))) as address:
        assert asyncio.run(burst(address)) == {200: BURST}


def test_without_an_issuer_the_workbench_does_not_start() -> None:
    """There is no way in that nobody vouches for; the message names the settings."""
    with pytest.raises(SettingsError, match="CANBAO_OIDC_ISSUER"):
        issuer_of(load_settings({}))


@pytest.mark.parametrize("registry", [f"http://{NOWHERE}", ""], ids=["waits for its registry", "serves"])
def test_it_can_be_stopped_whenever(registry: str, tmp_path: Path) -> None:
    """SIGTERM ends it in order with exit status 0, before it listens as well: the first process of a container is ended by no signal that it does not take."""
    (port,) = free_ports(1)
    environment = {
        "CANBAO_KAFKA_BOOTSTRAP": NOWHERE,
        "CANBAO_REDIS_URL": f"redis://{NOWHERE}/0",
        "CANBAO_REGISTRY_URL": registry,
        "CANBAO_WEB_PORT": str(port),
        "CANBAO_OIDC_ISSUER": f"http://{NOWHERE}",
        "CANBAO_OIDC_CLIENT_ID": "workbench",
    }
    log = tmp_path / "log"
    with log.open("wb") as out:
        page = subprocess.Popen([sys.executable, "-c", PROGRAM, "web"], cwd=ROOT, env={**os.environ, **environment}, stdout=out, stderr=out)

    def reached() -> bool:
        if registry:
            return "registry is down, waiting" in log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/livez").status_code > 0
        except httpx.TransportError:
            return False

    try:
        wait_for(lambda: reached() or page.poll() is not None, END_SECONDS, log.read_text)
        page.terminate()
        assert page.wait(END_SECONDS) == 0, log.read_text()
    finally:
        page.kill()
        page.wait()
