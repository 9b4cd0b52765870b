"""The application, put together from its parts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from sinks.web import api, entry, faults
from sinks.web.live import Hub
from sinks.web.pages import alerts, bulk, case, decide, lookup, mend, overview, quality
from sinks.web.parts import Parts
from sinks.web.security import Headers

HOME = Path(__file__).parent
PAGES = (overview, alerts, case, decide, quality, mend, lookup, bulk)
Close = Callable[[], Awaitable[None]]


def application(parts: Parts, client: Redis, closing: Sequence[Close] = ()) -> FastAPI:
    """The workbench. `client` is used for the live stream and closed at the end, with everything in `closing`."""
    hub = Hub(client)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await hub.close()
        for close in (*closing, client.aclose):
            await close()

    app = FastAPI(
        title="canbao 参保工作台", version=api.VERSION, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=lifespan
    )
    app.state.parts = parts
    app.state.hub = hub
    app.add_middleware(Headers)
    app.mount("/static", StaticFiles(directory=HOME / "static"), name="static")
    app.add_api_route("/livez", _live, include_in_schema=False)
    for part in PAGES:
        app.include_router(part.router)
    entry.attach(app)
    api.attach(app)
    parts.sign_in.attach(app)
    faults.attach(app)
    return app


async def _live() -> Response:
    return PlainTextResponse("ok\n")
