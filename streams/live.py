"""The live stream's process: machine readers with bearer tokens follow their divisions' alerts; a page of its own is the workbench's affair."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from schemas import metrics as m
from sinks.metrics import Metrics, MetricsServer
from sinks.sse.live import LiveAlerts
from sinks.sse.routes import stream_routes
from sinks.sse.tokens import Tokens, allow_tokens
from streams.logs import set_up
from streams.ports import refuse_taken
from streams.settings import Settings, SettingsError

GRACE_SECONDS = 5


def serve_live(settings: Settings) -> None:
    """Serve until a signal; SettingsError where there is no file of tokens, ConfigError where it is wrong."""
    if settings.live_tokens is None or not settings.live_tokens.is_file():
        raise SettingsError("CANBAO_LIVE_TOKENS: must name the file of readers' tokens; `canbao target token` makes its entries")
    refuse_taken("CANBAO_LIVE_PORT", settings.live_host, settings.live_port)
    refuse_taken("CANBAO_METRICS_PORT", settings.metrics_host, settings.metrics_port)
    set_up(settings.log_level)
    metrics, live = Metrics(), LiveAlerts(settings.redis_url.get_secret_value())
    metrics.set(m.BUILD_INFO, 1, version=version("canbao"), policy="", role="live")

    def exposition() -> bytes:
        metrics.set(m.LIVE_READERS, live.followers)
        return metrics.text()

    server = MetricsServer(exposition, settings.metrics_host, settings.metrics_port, lambda: (True, {}), lambda: (True, {}))
    uvicorn.run(
        application(live, settings.live_tokens),
        host=settings.live_host,
        port=settings.live_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server.close()


def application(live: LiveAlerts, tokens: Path) -> Starlette:
    """The application; the file of tokens is read again when it changes."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await live.close()

    return Starlette(routes=stream_routes(live, allow_tokens(Tokens(tokens))), lifespan=lifespan)
