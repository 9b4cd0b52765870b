"""Reads the workbench's read model: counts, lists by cursor, one case. A list touches only the sets of the facets that match, never all alerts."""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, msgpack
from redis.asyncio import Redis

from schemas.alert import Alert
from schemas.decision import DecisionResult
from schemas.enrolment import EnrolmentRow
from schemas.kinds import Level, Severity
from sinks.desk import keys
from sinks.desk.brief import Brief, Facet, decode_brief

HOME = Path(__file__).parent
HEAD = struct.Struct(">BdI")
LENGTH = struct.Struct(">I")
ID_DIGITS = 32
LAST = 9
"""Rank of a severity that is not known."""
SEVERITIES = {severity.value: rank for rank, severity in enumerate(Severity)}
CASE_ALERTS_MAX = 60
facet_of = lru_cache(maxsize=4096)(Facet.parse)
decode_alert = msgpack.Decoder(Alert).decode
decode_result = msgpack.Decoder(DecisionResult).decode


class Cursor(NamedTuple):
    """Where the next page begins: behind this entry. `rank` is that of its severity in the order by severity, else 0."""

    rank: int
    score: int
    alert_id: str

    def text(self) -> str:
        """For a URL."""
        return f"{self.rank}-{self.score}-{self.alert_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From a URL; ValueError where it is none."""
        rank, score, alert_id = text.split("-")
        bytes.fromhex(alert_id)
        return cls(int(rank), int(score), alert_id)


BEGINNING = Cursor(-1, 0, "")


class Wanted(Struct, frozen=True, kw_only=True):
    """What a list is to show: parts of the facet (empty: all), days of due (inclusive; only in the order `due`), order, place to go on from."""

    facets: Mapping[str, frozenset[str]] = {}
    due_from: int = 0
    due_to: int = 0
    sort: str = "due"
    after: Cursor | None = None
    limit: int = 50

    def matches(self, facet: Facet) -> bool:
        """Whether the facet has one of the wanted values in every part."""
        return all(getattr(facet, name) in values for name, values in self.facets.items() if values)


class Entry(NamedTuple):
    """One row with its place in the order."""

    cursor: Cursor
    brief: Brief


class Page(NamedTuple):
    """Rows, what follows them, and how many match in all."""

    rows: list[Brief]
    following: Cursor | None
    total: int


class Fresh(NamedTuple):
    """Newest day of the log in the model (0 = empty), and when something was last written, milliseconds."""

    as_of: int
    written_ms: int


class DeskReader:
    """Reads through a client that the process shares. Raises `redis.exceptions.RedisError` where the server is down."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._page, self._joined, self._counted, self._newest = (
            client.register_script((HOME / f"{name}.lua").read_text(encoding="utf-8")) for name in ("page", "hashes", "between", "recent")
        )

    async def counts(self, places: Sequence[int]) -> list[Counter[Facet]]:
        """Open alerts by facet, for each place."""
        found = await self._hashes([keys.counts_key(place) for place in places])
        return [Counter({facet_of(name): int(number) for name, number in one}) for one in found]

    async def page(self, place: int, wanted: Wanted) -> Page:
        """The rows behind the cursor, in order."""
        (counts,) = await self.counts([place])
        facets = [facet for facet in counts if wanted.matches(facet)]
        dated = bool(wanted.due_from or wanted.due_to)
        low, high = wanted.due_from << 32, ((wanted.due_to + 1) << 32) - 1 if wanted.due_to else (1 << 53) - 1
        entries = await self._entries(place, facets, wanted, (low, high)) if facets else []
        total = sum(await self._between(place, facets, low, high)) if dated else sum(counts[facet] for facet in facets)
        following = entries[wanted.limit - 1].cursor if len(entries) > wanted.limit else None
        return Page([entry.brief for entry in entries[: wanted.limit]], following, total)

    async def briefs(self, alert_ids: Iterable[str]) -> list[Brief]:
        """List rows of alerts, in the order given; what is gone is left out."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert_id in alert_ids:
                pipe.hget(keys.alert_key(alert_id), "brief")
            found = await pipe.execute()
        return [decode_brief(one) for one in found if one]

    async def case(self, case_id: str) -> list[Brief]:
        """The alerts of a case, newest first, at most CASE_ALERTS_MAX."""
        return await self.briefs(await self._ids(keys.case_key(case_id)))

    async def person(self, person: str) -> list[Brief]:
        """The alerts of a person, newest first."""
        return await self.briefs(await self._ids(keys.person_key(person)))

    async def revisions(self, alert_ids: Sequence[str]) -> list[list[Alert]]:
        """The revisions kept of each alert, newest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert_id in alert_ids:
                pipe.lrange(keys.revisions_key(alert_id), 0, -1)
            found = await pipe.execute()
        return [[decode_alert(one) for one in held] for held in found]

    async def enrolments(self, person: str) -> list[EnrolmentRow]:
        """The public rows kept of a person, newest first."""
        found: Any = await self._redis.lrange(keys.enrolment_key(person), 0, -1)
        return [msgpack.decode(one, type=EnrolmentRow) for one in found]

    async def decisions(self, alert_ids: Sequence[str]) -> list[DecisionResult]:
        """What became of every decision about the alerts, newest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert_id in alert_ids:
                pipe.hvals(keys.decisions_key(alert_id))
            found = await pipe.execute()
        held = [decode_result(one) for of_alert in found for one in of_alert]
        return sorted(held, key=lambda result: -result.at_ms)

    async def result(self, decision_id: str) -> DecisionResult | None:
        """What became of one decision; None while nothing is known."""
        found: Any = await self._redis.get(keys.result_key(decision_id))
        return decode_result(found) if found else None

    async def days(self, place: int, days: Sequence[int]) -> list[Counter[tuple[str, str]]]:
        """Revisions by (change, rule) on each day of the log."""
        found = await self._hashes([keys.day_key(place, day) for day in days])
        return [Counter({_pair(name): int(number) for name, number in one}) for one in found]

    async def overdue(self, place: int, today: int) -> Counter[str]:
        """Open alerts past their day, by queue."""
        (counts,) = await self.counts([place])
        facets = [facet for facet in counts if facet.level == Level.ALERT]
        late = Counter[str]()
        for facet, number in zip(facets, await self._between(place, facets, 1 << 32, (today << 32) - 1), strict=True):
            late[facet.queue] += number
        return late

    async def fresh(self) -> Fresh:
        """How new the model is."""
        as_of, written_ms = await self._redis.hmget(keys.FRESH, ["as_of", "written_ms"])
        return Fresh(int(as_of or 0), int(written_ms or 0))

    async def recent(self, count: int) -> list[Brief]:
        """The newest entries of the live stream, newest first."""
        found: bytes = await self._newest(keys=[keys.LIVE], args=[count])
        briefs, at = [], 0
        while at < len(found):
            (length,) = LENGTH.unpack_from(found, at)
            at += LENGTH.size
            briefs.append(decode_brief(found[at : at + length]))
            at += length
        return briefs

    async def _ids(self, key: str) -> list[str]:
        found: Any = await self._redis.zrevrange(key, 0, CASE_ALERTS_MAX - 1)
        return [one.decode() for one in found]

    async def _entries(self, place: int, facets: list[Facet], wanted: Wanted, span: tuple[int, int]) -> list[Entry]:
        """The first entries behind the cursor over the sets of the facets, one more than wanted where more follow."""
        dated = bool(wanted.due_from or wanted.due_to)
        sort = "due" if dated or wanted.sort == "severity" else wanted.sort
        ranked = sorted((SEVERITIES.get(facet.severity, LAST) if wanted.sort == "severity" else 0, facet) for facet in facets)
        names = [keys.list_key(place, facet.text(), sort) for _, facet in ranked]
        after = wanted.after or BEGINNING
        found = await self._page(keys=names, args=[wanted.limit, *span, *after, *(rank for rank, _ in ranked)])
        return list(_unpacked(found))

    async def _between(self, place: int, facets: list[Facet], low: int, high: int) -> list[int]:
        if not facets:
            return []
        found = await self._counted(keys=[keys.list_key(place, facet.text(), "due") for facet in facets], args=[low, high])
        return [int(number) for number in found.split(b",")]

    async def _hashes(self, names: Sequence[str]) -> list[list[tuple[str, str]]]:
        """Names and values of several hashes."""
        if not names:
            return []
        found: bytes = await self._joined(keys=list(names))
        return [[_field(line) for line in one.splitlines()] for one in found.decode().split("\x1e")[:-1]]


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition("\t")
    return name, value


def _unpacked(found: bytes) -> Iterator[Entry]:
    """The rows of `page.lua`; one whose alert is gone meanwhile is left out."""
    at = 0
    while at < len(found):
        rank, score, length = HEAD.unpack_from(found, at)
        at += HEAD.size
        alert_id, brief = found[at : at + ID_DIGITS].decode(), found[at + ID_DIGITS : at + length]
        at += length
        if brief:
            yield Entry(Cursor(rank, int(score), alert_id), decode_brief(brief))


def _pair(name: str) -> tuple[str, str]:
    change, _, rule = name.partition("|")
    return change, rule
