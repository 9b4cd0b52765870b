"""The workers' figures: their /metrics, read at most once in some seconds, whoever looks."""

import asyncio
import time
from collections.abc import Sequence

import httpx
import structlog
from prometheus_client.parser import text_string_to_metric_families

from sinks.web.parts import Scraped

log = structlog.get_logger("canbao.web")

FRESH_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
PREFIX = "canbao_"

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


class Scrape:
    """Asks every address; a silent one is named, the others count."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        self._lock = asyncio.Lock()
        self._found = Scraped({}, [], 0)
        self._until = 0.0

    async def __call__(self) -> Scraped:
        """What the workers say, at most FRESH_SECONDS old."""
        async with self._lock:
            if time.monotonic() > self._until:
                self._found = await self._ask()
                self._until = time.monotonic() + FRESH_SECONDS
            return self._found

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self) -> Scraped:
        texts = await asyncio.gather(*(self._text(address) for address in self._addresses))
        silent = [address for address, text in zip(self._addresses, texts, strict=True) if text is None]
        return Scraped(samples_of([text for text in texts if text]), silent, time.time_ns() // 1_000_000)

    async def _text(self, address: str) -> str | None:
        try:
            answer = await self._client.get(address)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            log.info("a worker's metrics are not read", error=type(error).__name__)
            return None
        return answer.text


def samples_of(texts: Sequence[str]) -> Samples:
    """Samples of several processes in one: a counter's are added, of a gauge the largest stands."""
    found: Samples = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            if not family.name.startswith(PREFIX):
                continue
            for sample in family.samples:
                series = found.setdefault(sample.name, {})
                key = tuple(sorted(sample.labels.items()))
                held = series.get(key)
                series[key] = sample.value if held is None else max(held, sample.value) if family.type == "gauge" else held + sample.value
    return found
