"""The workbench's pages and API over what a pipeline left in Redis, as a clerk sees them: bodies and headers."""

import asyncio
import time
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response

from schemas.decision import Decision
from schemas.roles import Role
from sinks.web.app import application
from sinks.web.guard import COOKIE
from sinks.web.rights import User
from sinks.web.sessions import Sessions
from streams.audit import KafkaAudit
from streams.settings import Settings
from streams.web import assembled
from tests.privacy.places import Place

PAGES = ("/", "/alerts", "/quality", "/rules", "/signin", "/live/figures", "/api/openapi.json", "/alerts/export.csv", "/alerts/export.xlsx")
API = ("overview", "alerts", "rules", "feeds", "session")
CASES = 40
ROWS = 100


class NoSignIn:
    """Nobody signs in here: the session is opened beforehand."""

    label = ""

    def attach(self, app: FastAPI) -> None:
        """No routes."""

    async def farewell(self, request: Request) -> Response | None:
        """Nowhere."""


async def _decide(_decision: Decision) -> None:
    raise ConnectionError


async def _session(settings: Settings, user: User) -> str:
    client = Redis.from_url(settings.redis_url.get_secret_value())
    token = await Sessions(client).open(user, int(time.time()))
    await client.aclose()
    return token


def web_pages(settings: Settings) -> Iterator[Place]:
    """Every known address, and the cases of a city's supervisor."""
    user = User("t-17", "测试", Role.SUPERVISOR, 370100)
    token = asyncio.run(_session(settings, user))
    with KafkaAudit(settings, "page-0") as audit:
        app = application(*assembled(settings, NoSignIn(), audit, _decide, demo=False))
        with TestClient(app, raise_server_exceptions=False, cookies={COOKIE: token}) as client:
            listed = client.get("/api/v1/alerts", params={"limit": ROWS})
            cases = [path for one in listed.json().get("alerts", []) for path in _paths(one)][: 2 * CASES] if listed.is_success else []
            paths = [*PAGES, *(f"/api/v1/{one}" for one in API), *cases, "/cases/379999", "/nothing?q=1"]
            for path in paths:
                answer = client.get(path, follow_redirects=False)
                yield f"page {path} {answer.status_code}", str(answer.headers).encode() + answer.content


def _paths(row: dict[str, object]) -> list[str]:
    """Page and API address of an alert's case."""
    return [f"/cases/{row['case_id']}", f"/api/v1/cases/{row['case_id']}"]
