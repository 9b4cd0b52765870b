"""How each feed stands: how late, how complete, what was refused, whether its brake holds. From the workers' own figures."""

import time
from collections import Counter

from msgspec import Struct

from schemas.feed_file import load_feeds
from schemas.metrics import (
    EVENTS_RECEIVED,
    EVENTS_REJECTED,
    FACTS_EMITTED,
    FEED_PAUSED,
    HORIZON,
    RECORDS_SKIPPED,
    SOURCE_LAST_EVENT,
    UNKNOWN_CODES,
    WATERMARK,
)
from sinks.web.parts import Parts, Scraped

DAY_SECONDS = 86_400

Samples = dict[tuple[tuple[str, str], ...], float]


class FeedState(Struct, frozen=True):
    """One feed. Times in milliseconds since 1970, 0 = not known; `completed_day` in days, 0 = not known."""

    feed: str
    department: str
    about: str
    received: int
    facts: int
    rejected: dict[str, int]
    skipped: dict[str, int]
    unknown_codes: int
    paused: bool
    last_event_ms: int
    completed_day: int
    horizons: dict[int, int]  # division (0: whole feed) → day through which absences are judged
    known: bool


async def feed_states(parts: Parts) -> list[FeedState]:
    """Every feed that canbao has a file for."""
    return states_of(await parts.scrape())


def states_of(scraped: Scraped) -> list[FeedState]:
    """The states behind what the workers said."""
    return [_state(feed.feed, feed.department, feed.about, scraped) for feed in load_feeds().values() if feed.feed != "canonical"]


def _state(feed: str, department: str, about: str, scraped: Scraped) -> FeedState:
    received = _by(scraped, EVENTS_RECEIVED.name, feed)
    watermark = _by(scraped, WATERMARK.name, feed)
    last = _by(scraped, SOURCE_LAST_EVENT.name, feed)
    return FeedState(
        feed=feed,
        department=department,
        about=about,
        received=int(sum(received.values())),
        facts=int(sum(_by(scraped, FACTS_EMITTED.name, feed).values())),
        rejected=_split(_by(scraped, EVENTS_REJECTED.name, feed), "code"),
        skipped=_split(_by(scraped, RECORDS_SKIPPED.name, feed), "reason"),
        unknown_codes=int(sum(_by(scraped, UNKNOWN_CODES.name, feed).values())),
        paused=any(_by(scraped, FEED_PAUSED.name, feed).values()),
        last_event_ms=int(max(last.values(), default=0) * 1000),
        completed_day=int(max(watermark.values(), default=0)) // DAY_SECONDS,
        horizons={int(dict(labels)["division"]): int(day) // DAY_SECONDS for labels, day in _by(scraped, HORIZON.name, feed).items()},
        known=bool(received),
    )


def _by(scraped: Scraped, name: str, feed: str) -> Samples:
    return {labels: value for labels, value in scraped.samples.get(name, {}).items() if ("feed", feed) in labels}


def _split(samples: Samples, part: str) -> dict[str, int]:
    found = Counter[str]()
    for labels, value in samples.items():
        found[dict(labels).get(part, "")] += int(value)
    return {name: number for name, number in sorted(found.items()) if number}


def delay_seconds(state: FeedState) -> float:
    """Seconds since the feed's newest record; 0 where none is known."""
    return max(time.time() - state.last_event_ms / 1000, 0) if state.last_event_ms else 0
