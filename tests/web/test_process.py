"""The process as `canbao web` puts it together."""

import asyncio
from collections import Counter

import httpx
import pytest

from demo.servers.valkey import ValkeyServer
from demo.workbench import DemoSignIn
from schemas.decision import Decision
from sinks.web.app import application
from streams.settings import SettingsError, load_settings
from streams.web import assembled, issuer_of
from tests.web.serving import Kept, served

pytestmark = pytest.mark.redis
BURST = 150


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
