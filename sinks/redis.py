"""The read model in Redis. Kafka is the truth: everything here is rebuilt from `canbao.alerts`, and a repeat changes nothing.

Keys (one Redis, not a cluster: the script touches many at once):

    canbao:alert:<alert_id>              hash: revision, handling_version, rule, level, change, premise, json
    canbao:open:person:<person_key>      sorted set of the person's open alerts, by day of detection
    canbao:open:<division>:<rule>        sorted set of a division's open alerts of one rule, by day of detection
    canbao:stream:<division>             stream of revisions, in order per alert: the hash's fields and `ce`, the CloudEvents attributes
    canbao:filled                        there since the first write; gone when somebody emptied the server

A revision that moves an alert to another division goes to both streams. An open alert is one whose premise HOLDS. Findings of a first load (BACKLOG) are kept and indexed, not delivered to the stream.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import msgpack
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from schemas.alert import Alert
from schemas.alert_json import alert_from_json
from schemas.delivery import Delivery, delivery_of

SCRIPT = (Path(__file__).parent / "keep_newer.lua").read_text(encoding="utf-8")
FILLED = "canbao:filled"
BATCH = 1_000
"""Alerts in one round trip."""
CALL = 50
"""Alerts in one call of the script: the server answers others in between, after 2 ms or so."""
_encode = msgpack.Encoder().encode


class Written(NamedTuple):
    """What one call did: revisions kept, and repeats or older ones that changed nothing."""

    kept: int
    repeated: int


class Tallies(NamedTuple):
    """What the model holds."""

    alerts: int
    open_alerts: int
    stream_entries: int


def alert_key(alert_id: str) -> str:
    """Key of an alert's hash; the id in hexadecimal."""
    return f"canbao:alert:{alert_id}"


def person_key(person: str) -> str:
    """Key of the set of a person's open alerts; the person key in hexadecimal."""
    return f"canbao:open:person:{person}"


def division_key(division: int, rule: str) -> str:
    """Key of the set of a division's open alerts of one rule."""
    return f"canbao:open:{division}:{rule}"


def stream_key(division: int) -> str:
    """Key of a division's stream."""
    return f"canbao:stream:{division}"


class RedisModel:
    """Writes and reads the model. `stream_length`: entries kept in a division's stream, about.

    Every call raises `redis.exceptions.RedisError` or `OSError` where the server is down or refuses; calling again with the same alerts is
    always right. One try a call: waiting is the caller's business.
    """

    def __init__(self, url: str, stream_length: int, timeout_seconds: float = 2.0) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._stream_length = stream_length
        self._sha = ""
        self.found_empty = False
        """Whether the last call found a server without a model: the first start, or somebody emptied it."""

    async def write(self, alerts: Sequence[Alert]) -> Written:
        """Keep what is newer than what is held, in order."""
        return await self.deliver([delivery_of(alert) for alert in alerts])

    async def deliver(self, deliveries: Sequence[Delivery]) -> Written:
        """The same for revisions as they were read from Kafka, at most BATCH a round trip."""
        kept, self.found_empty = 0, False
        for start in range(0, len(deliveries), BATCH):
            part = deliveries[start : start + BATCH]
            try:
                kept += await self._send(part)
            except exceptions.NoScriptError:  # the server was started anew: what it took of this part, it takes again as repeats
                self._sha = ""
                kept += await self._send(part)
        return Written(kept, len(deliveries) - kept)

    async def alert(self, alert_id: str) -> Alert | None:
        """The current revision of an alert, by its id in hexadecimal."""
        found: Any = await self._redis.hget(alert_key(alert_id), "json")
        return alert_from_json(found) if found else None

    async def open_of_person(self, person: str) -> list[Alert]:
        """A person's open alerts, oldest first."""
        return await self._alerts(person_key(person))

    async def open_of_division(self, division: int, rule: str) -> list[Alert]:
        """A division's open alerts of one rule, oldest first."""
        return await self._alerts(division_key(division, rule))

    async def tallies(self) -> Tallies:
        """Count what is there; walks the keys, for tests and the operator."""
        alerts = open_alerts = entries = 0
        async for key in self._redis.scan_iter("canbao:*", count=1000):
            if key.startswith(b"canbao:alert:"):
                alerts += 1
            elif key.startswith(b"canbao:open:person:"):
                open_alerts += await self._redis.zcard(key)
            elif key.startswith(b"canbao:stream:"):
                entries += await self._redis.xlen(key)
        return Tallies(alerts, open_alerts, entries)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _alerts(self, key: str) -> list[Alert]:
        ids: Any = await self._redis.zrange(key, 0, -1)
        found = [await self.alert(one.decode()) for one in ids]
        return [alert for alert in found if alert is not None]

    async def _send(self, deliveries: Sequence[Delivery]) -> int:
        """One round trip; how many were kept."""
        if not self._sha:
            self._sha = str(await self._redis.script_load(SCRIPT))
        async with self._redis.pipeline(transaction=False) as pipe:
            for start in range(0, len(deliveries), CALL):
                lists = _encode([_listed(one) for one in deliveries[start : start + CALL]])
                pipe.evalsha(self._sha, 0, str(self._stream_length), FILLED, lists)
            answers = await pipe.execute()
        self.found_empty = self.found_empty or any(fresh for _, fresh in answers)
        return sum(kept for kept, _ in answers)


def _listed(one: Delivery) -> list[Any]:
    """One revision as `keep_newer.lua` takes it."""
    return [
        one.alert_id,
        one.revision,
        one.handling_version,
        alert_key(one.alert_id),
        person_key(one.person_key),
        division_key(one.division, one.rule),
        stream_key(one.division),
        one.holds,
        one.released,
        one.detected_on,
        one.rule,
        one.level,
        one.change,
        one.premise,
        one.json.decode(),
        one.attributes.decode(),
    ]
