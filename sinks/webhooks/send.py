"""One signed request, and what its answer means."""

import datetime as dt
import ssl
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

import aiohttp
from msgspec import Struct
from standardwebhooks import Webhook

from schemas.delivery import EVENT_TYPE, Delivery, event_json
from sinks.webhooks.address import AddressRefusedError, GuardedResolver, Network, check_url

ANSWER_SECONDS = 4.0
"""A receiver takes the alert and answers; its own work comes afterwards."""
LONGEST_WAIT_SECONDS = 3_600.0
MOST_CONNECTIONS = 256
USER_AGENT = "canbao-webhooks/1"
SUCCESS, GONE, TOO_MANY, UNAVAILABLE = range(200, 300), 410, 429, 503
REFUSALS = frozenset(range(400, 500)) - {401, 403, 404, 407, 408, 410, 421, 425, 429}
"""Answers about this very alert; the others speak of the whole target."""


class Verdict(StrEnum):
    """What an answer means. TAKEN: it has it. REFUSED: not this alert. DOWN: nothing now. BUSY: later, it says when. GONE: never again."""

    TAKEN = "taken"
    REFUSED = "refused"
    DOWN = "down"
    BUSY = "busy"
    GONE = "gone"


class Answer(NamedTuple):
    """A verdict, the HTTP status (0: no answer), why in one word, and the seconds that a BUSY target asks for."""

    verdict: Verdict
    status: int = 0
    reason: str = ""
    seconds: float = 0.0


class Outlet(Struct, frozen=True):
    """Where and under which secrets (newest first) requests go."""

    url: str
    signers: tuple[Webhook, ...]

    def __repr__(self) -> str:
        """No secrets."""
        return f"Outlet({self.url!r})"


def outlet(url: str, secrets: Sequence[bytes]) -> Outlet:
    """An outlet; secrets are raw bytes."""
    return Outlet(url, tuple(Webhook(one) for one in secrets))


def webhook_id(one: Delivery) -> str:
    """`alert_id:revision`, the same over all retries; a clerk's change of the same revision adds `.handling_version`."""
    return f"{one.alert_id}:{one.revision}" + (f".{one.handling_version}" if one.handling_version else "")


class Sender:
    """Sends to one target over kept connections. `plain`: http is allowed; `networks`: private ones that are."""

    def __init__(self, networks: Sequence[Network], *, plain: bool, seconds: float = ANSWER_SECONDS) -> None:
        self._networks, self._plain = networks, plain
        connector = aiohttp.TCPConnector(
            limit=MOST_CONNECTIONS, resolver=GuardedResolver(networks), ssl=ssl.create_default_context(), ttl_dns_cache=60
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Content-Type": EVENT_TYPE},
            auto_decompress=False,
        )

    async def deliver(self, to: Outlet, one: Delivery, now: dt.datetime) -> Answer:
        """Send one revision."""
        return await self.send(to, webhook_id(one), event_json(one.attributes, one.json), now)

    async def send(self, to: Outlet, identifier: str, body: bytes, now: dt.datetime) -> Answer:
        """Send signed bytes; never raises for what the network or the other side does."""
        try:
            check_url(to.url, self._networks, plain=self._plain)
            headers = signed(to, identifier, body, now)
            async with self._session.post(to.url, data=body, headers=headers, allow_redirects=False) as answer:
                return verdict(answer.status, answer.headers, now)
        except AddressRefusedError:
            return Answer(Verdict.DOWN, 0, "address")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            inner = error.__cause__ if isinstance(error.__cause__, AddressRefusedError) else None
            return Answer(Verdict.DOWN, 0, "address" if inner else type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


def signed(to: Outlet, identifier: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks, one signature a secret."""
    text = body.decode()
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signer.sign(identifier, now, text) for signer in to.signers),
    }


def verdict(status: int, headers: Mapping[str, str], now: dt.datetime) -> Answer:
    """What a status says."""
    if status in SUCCESS:
        return Answer(Verdict.TAKEN, status)
    if status == GONE:
        return Answer(Verdict.GONE, status, str(status))
    wait = _retry_after(headers.get("Retry-After", ""), now)
    if status in {TOO_MANY, UNAVAILABLE} and wait:
        return Answer(Verdict.BUSY, status, str(status), wait)
    return Answer(Verdict.REFUSED if status in REFUSALS else Verdict.DOWN, status, str(status))


def _retry_after(text: str, now: dt.datetime) -> float:
    """Seconds of a Retry-After header, number or date; 0 where there is none."""
    try:
        seconds = float(text) if text.isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return min(max(seconds, 1.0), LONGEST_WAIT_SECONDS)
