"""The workbench's process: its parts put together from the settings, and served."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
import uvicorn
from redis.asyncio import BlockingConnectionPool, Redis

from schemas.audit import Audit
from schemas.decision import Decision
from sinks.desk.read import DeskReader
from sinks.web.app import Close, application
from sinks.web.mending import MendingDoor
from sinks.web.oidc import Issuer, OidcSignIn
from sinks.web.parts import Parts, SignIn
from sinks.web.scrape import Scrape
from sinks.web.sessions import Sessions
from sinks.web.vault import VaultDoor
from streams.audit import KafkaAudit
from streams.catalogue import catalogue
from streams.decisions import DecisionProducer
from streams.logs import set_up
from streams.mending import mending_port
from streams.ports import refuse_taken
from streams.settings import Settings, SettingsError
from streams.vault.port import vault_port

log = structlog.get_logger("canbao.web")

CONNECTIONS = 64
CONCURRENT = 1_000
"""Requests at once, open live streams included; more are answered 503."""
TIMEOUT_SECONDS = 5.0
WAIT_SECONDS = 60.0
"""Longest wait for a free connection."""
GRACE_SECONDS = 5
KEEP_ALIVE_SECONDS = 75
"""Above what a gateway keeps an idle connection (60 s), so that it is the gateway that closes it."""
Decide = Callable[[Decision], Awaitable[None]]


def serve_web(settings: Settings, sign_in: SignIn | None = None, *, demo: bool = False) -> None:
    """Serve until a signal. Without `sign_in`, people sign in at the issuer of the settings."""
    sign_in = sign_in or issuer_of(settings)
    refuse_taken("CANBAO_WEB_PORT", settings.web_host, settings.web_port)
    set_up(settings.log_level)
    with KafkaAudit(settings, f"page-{settings.instance}") as audit:
        producer = DecisionProducer(settings)

        async def decide(decision: Decision) -> None:
            await asyncio.to_thread(producer.send, decision)

        app = application(*assembled(settings, sign_in, audit, decide, demo=demo))
        uvicorn.run(
            app,
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.web_trusted_proxies),
            forwarded_allow_ips=settings.web_trusted_proxies or None,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            limit_concurrency=CONCURRENT,
        )


def assembled(settings: Settings, sign_in: SignIn, audit: Audit, decide: Decide, *, demo: bool) -> tuple[Parts, Redis, Sequence[Close]]:
    """Everything that the application is made from."""
    pool = BlockingConnectionPool.from_url(  # a burst waits for a connection instead of being refused
        settings.redis_url.get_secret_value(),
        max_connections=CONNECTIONS,
        timeout=WAIT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    )
    client = Redis.from_pool(pool)
    port, mending = vault_port(settings, audit), mending_port(settings, audit)
    scrape = Scrape(settings.web_metrics_urls.split())
    parts = Parts(
        desk=DeskReader(client),
        sessions=Sessions(client),
        audit=audit,
        sign_in=sign_in,
        catalogue=catalogue(settings),
        decide=decide,
        scrape=scrape,
        secure_cookies=settings.web_origin.startswith("https://"),
        vault=VaultDoor(port, client) if port else None,
        mending=MendingDoor(mending) if mending else None,
        page_globals={"demo": demo},
    )
    return parts, client, [scrape.close]


def issuer_of(settings: Settings) -> OidcSignIn:
    """The issuer of the settings; SettingsError where it is missing or would be asked in the clear."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        raise SettingsError("CANBAO_OIDC_ISSUER and CANBAO_OIDC_CLIENT_ID: needed by the workbench; `canbao demo` shows it without")
    return OidcSignIn(
        Issuer(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            origin=settings.web_origin,
            role_claim=settings.oidc_role_claim,
            division_claim=settings.oidc_division_claim,
        )
    )
