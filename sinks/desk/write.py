"""Writes the workbench's read model. Kafka is the truth: a repeat changes nothing, and everything here is rebuilt by reading the topics anew."""

import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import msgpack
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from schemas.alert import Alert
from schemas.alert_json import alert_json
from schemas.decision import DecisionResult
from schemas.divisions import load_divisions
from schemas.enrolment import EnrolmentRow
from schemas.kinds import Origin, Premise
from sinks.desk import keys
from sinks.desk.brief import Facet, brief_of, encode_brief, scores

SCRIPT = (Path(__file__).parent / "index.lua").read_text(encoding="utf-8")
BATCH = 250
"""Alerts in one round trip."""
REVISIONS_KEPT = 12
ROWS_KEPT = 24
LIVE_ENTRIES = 5_000
RESULT_SECONDS = 3_600
DAY_SECONDS = 400 * 86_400
"""How long the counts of a day of the log are kept."""

encode_row = msgpack.Encoder().encode


class DeskWriter:
    """Keeps what is newer. Every call raises `redis.exceptions.RedisError` or `OSError` where the server is down; one try a call."""

    def __init__(self, url: str, timeout_seconds: float = 2.0) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=timeout_seconds, socket_connect_timeout=timeout_seconds, retry=Retry(NoBackoff(), 0)
        )
        self._divisions = load_divisions()
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
                packed = encode_row(row)
                if _newer(newest[name], row, packed):
                    newest[name] = packed
                    pipe.lpush(name, packed)
                    pipe.ltrim(name, 0, ROWS_KEPT - 1)
            await pipe.execute()

    async def results(self, results: Sequence[DecisionResult]) -> None:
        """Keep what became of decisions, with the decisions about their alert and for a while by their own id."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for result in results:
                packed = encode_row(result)
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
            for alert in alerts:
                names, arguments = self._call(alert, now_ms)
                pipe.evalsha(self._sha, len(names), *names, *arguments)
            found: list[int] = await pipe.execute()
        return found

    def _places(self, alert: Alert) -> list[int]:
        """The division that handles the alert, the one that it is referred to, and their cities."""
        divisions = [division for division in (alert.handling_division, alert.referred_to) if division]
        return list(dict.fromkeys(place for division in divisions for place in (division, self._divisions.city_of(division))))

    def _call(self, alert: Alert, now_ms: int) -> tuple[list[str], list[Any]]:
        """Keys and arguments of `index.lua`."""
        name = alert.alert_id.hex()
        names = [
            keys.alert_key(name),
            keys.revisions_key(name),
            keys.case_key(alert.case_id.hex()),
            keys.person_key(alert.person_key.hex()),
            keys.LIVE,
            keys.FRESH,
        ]
        places = ",".join(map(str, self._places(alert)))
        head = [alert.revision, alert.handling_version, int(alert.premise == Premise.HOLDS), int(alert.origin != Origin.BACKLOG)]
        index = [name, alert.detected_on, Facet.of(alert).text(), places, *scores(alert)]
        body = [encode_brief(brief_of(alert)), zlib.compress(alert_json(alert), 1), REVISIONS_KEPT, LIVE_ENTRIES]
        return names, [*head, *index, *body, alert.as_of, f"{alert.change}|{alert.rule}", now_ms, DAY_SECONDS]


def _newer(held: bytes | None, row: EnrolmentRow, packed: bytes) -> bool:
    if held is None:
        return True
    return held != packed and msgpack.decode(held, type=EnrolmentRow).as_of <= row.as_of
