"""Writes the workbench's read model. Kafka is the truth: a repeat changes nothing, and everything here is rebuilt by reading the topics anew."""

import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import msgpack
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from schemas.alert import Alert
from schemas.decision import DecisionResult
from schemas.divisions import load_divisions
from schemas.enrolment import EnrolmentRow
from schemas.kinds import Origin, Premise
from sinks.desk import keys
from sinks.desk.brief import Brief, Facet, brief_of, encode_brief, scores

SCRIPT = (Path(__file__).parent / "index.lua").read_text(encoding="utf-8")
BATCH = 1_000
"""Alerts in one round trip."""
CALL = 25
"""Alerts in one call of the script: pages are served in between, after 2 ms or so."""
REVISIONS_KEPT = 12
ROWS_KEPT = 24
LIVE_ENTRIES = 5_000
RESULT_SECONDS = 3_600
DAY_SECONDS = 400 * 86_400
"""How long the counts of a day of the log are kept."""

encode = msgpack.Encoder().encode


class DeskWriter:
    """Keeps what is newer. Every call raises `redis.exceptions.RedisError` or `OSError` where the server is down; one try a call."""

    def __init__(self, url: str, timeout_seconds: float = 2.0) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds, retry=Retry(NoBackoff(), 0)
        )
        self._sha = ""

    async def alerts(self, alerts: Sequence[Alert]) -> int:
        """Write revisions in order; how many were newer than what was held."""
        kept = 0
        for start in range(0, len(alerts), BATCH):
            part = alerts[start : start + BATCH]
            try:
                answers = await self._send(part)
            except exceptions.NoScriptError:  # the server was started anew
                self._sha = ""
                answers = await self._send(part)
            kept += sum(answers)
        return kept

    async def enrolments(self, rows: Sequence[EnrolmentRow]) -> None:
        """Put rows in front of those that are held of each person; an equal or older one changes nothing."""
        names = [keys.enrolment_key(row.person_key.hex()) for row in rows]
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.lindex(name, 0)
            held = await pipe.execute()
        newest = dict(zip(names, held, strict=True))
        async with self._redis.pipeline(transaction=False) as pipe:
            for name, row in zip(names, rows, strict=True):
                packed = encode(row)
                if _newer(newest[name], row, packed):
                    newest[name] = packed
                    pipe.lpush(name, packed)
                    pipe.ltrim(name, 0, ROWS_KEPT - 1)
            await pipe.execute()

    async def results(self, results: Sequence[DecisionResult]) -> None:
        """Keep what became of decisions, with the decisions about their alert and for a while by their own id."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for result in results:
                packed = encode(result)
                pipe.hset(keys.decisions_key(result.alert_id.hex()), result.decision_id, packed)
                pipe.set(keys.result_key(result.decision_id), packed, ex=RESULT_SECONDS)
            await pipe.execute()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _send(self, alerts: Sequence[Alert]) -> list[int]:
        if not self._sha:
            self._sha = str(await self._redis.script_load(SCRIPT))
        now_ms = time.time_ns() // 1_000_000
        async with self._redis.pipeline(transaction=False) as pipe:
            for start in range(0, len(alerts), CALL):
                part = [(alert, brief_of(alert)) for alert in alerts[start : start + CALL]]
                lists = encode([_listed(alert, brief) for alert, brief in part])
                bodies = [body for alert, brief in part for body in (encode_brief(brief), encode(alert))]
                pipe.evalsha(self._sha, 0, REVISIONS_KEPT, LIVE_ENTRIES, now_ms, DAY_SECONDS, lists, *bodies)
            found: list[int] = await pipe.execute()
        return found


@lru_cache(4_096)
def _places(division: int, referred_to: int) -> str:
    """The division that handles an alert, the one that it is referred to, and their cities; joined by commas."""
    divisions = [one for one in (division, referred_to) if one]
    return ",".join(str(place) for place in dict.fromkeys(place for one in divisions for place in (one, load_divisions().city_of(one))))


def _listed(alert: Alert, brief: Brief) -> list[Any]:
    """One revision as `index.lua` takes it."""
    name = brief.alert_id
    return [
        keys.alert_key(name),
        keys.revisions_key(name),
        keys.case_key(brief.case_id),
        keys.person_key(brief.person),
        name,
        alert.revision,
        alert.handling_version,
        Facet.of(alert).text() if alert.premise == Premise.HOLDS else "",
        alert.origin != Origin.BACKLOG,
        alert.detected_on,
        _places(alert.handling_division, alert.referred_to),
        *scores(alert),
        alert.as_of,
        f"{alert.change}|{alert.rule}",
    ]


def _newer(held: bytes | None, row: EnrolmentRow, packed: bytes) -> bool:
    if held is None:
        return True
    return held != packed and msgpack.decode(held, type=EnrolmentRow).as_of <= row.as_of
