"""What came of an outage: everything that the department sent, held against what intake, people and deliver made of it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypeVar

import msgspec
import redis
from confluent_kafka import Message

from schemas.alert import Alert
from schemas.events import Facts, decode
from schemas.messages import read_alert
from schemas.topics import ALERTS, DEAD_LETTERS, EVENTS
from sinks.redis import alert_key, stream_key
from streams.reading import TopicReader
from streams.registry import reader_for
from tests.outage.city import DIVISION, TOPIC
from tests.outage.line import Line

T = TypeVar("T")
Story = tuple[tuple[str, int, str], ...]
"""The revisions of one person's alerts in Kafka's order: rule, revision, change."""
STANDS: Story = (("R01A", 1, "OPENED"),)
TAKEN_BACK: Story = (("R01A", 1, "OPENED"), ("R01A", 2, "RETRACTED"))


class Verdict(msgspec.Struct, frozen=True):
    """Counted at each stage. `reports`: records on the department's topic; `revisions`: on canbao.alerts."""

    reports: int
    reports_wrong: int  # that the department sent and the broker has lost or has twice
    facts_lost: int  # reports of which intake stated nothing
    facts_doubled: int
    refused: int  # dead letters
    revisions: int
    stories: dict[Story, int]  # of all persons
    delivered_lost: int  # revisions that are not on the Redis stream
    delivered_doubled: int  # revisions that are on it more than once
    held_wrong: int  # alerts of which Redis holds another revision than the newest

    @property
    def faults(self) -> int:
        """Of any kind but a wrong story."""
        stated = self.reports_wrong + self.facts_lost + self.facts_doubled + self.refused
        return stated + self.delivered_lost + self.delivered_doubled + self.held_wrong


def stories_of(persons: int) -> dict[Story, int]:
    """What the reports of so many persons make: every second death is taken back."""
    return {STANDS: (persons + 1) // 2, TAKEN_BACK: persons // 2}


def revisions_of(persons: int) -> int:
    """So many revisions that is."""
    return sum(len(story) * times for story, times in stories_of(persons).items())


def verdict(line: Line) -> Verdict:
    """Everything is read anew, by readers that know nothing of the workers."""
    reports = Counter(int(message.offset() or 0) for message in messages(line, TOPIC))
    events = [decode(message.value() or b"") for message in messages(line, EVENTS)]
    facts = Counter(event.offset for event in events if isinstance(event, Facts))
    reader = reader_for("alert", line.settings)
    alerts = [read_alert(reader, message.value() or b"") for message in messages(line, ALERTS)]
    revisions = Counter((alert.alert_id.hex(), alert.revision) for alert in alerts)
    delivered, held = redis_holds(line)
    return Verdict(
        reports=reports.total(),
        reports_wrong=abs(reports.total() - line.department.sent) + differing(reports, line.department.offsets),
        facts_lost=differing(reports, facts),
        facts_doubled=differing(facts, reports),
        refused=len(messages(line, DEAD_LETTERS)),
        revisions=revisions.total(),
        stories=dict(Counter(stories(alerts))),
        delivered_lost=differing(revisions, delivered),
        delivered_doubled=differing(delivered, revisions),
        held_wrong=sum(held.get(one) != newest for one, newest in newest_of(alerts).items()),
    )


def differing(those: Counter[T], these: Counter[T]) -> int:
    """How many of those are more often there than among these."""
    return (those - these).total()


def messages(line: Line, topic: str) -> list[Message]:
    """Everything committed in a topic."""
    with TopicReader(line.settings, topic) as reader:
        return [message for chunk in reader.whole() for message in chunk]


def stories(alerts: Iterable[Alert]) -> Iterable[Story]:
    """One for each person."""
    found = defaultdict[bytes, list[tuple[str, int, str]]](list)
    for alert in alerts:
        found[alert.person_key].append((alert.rule, alert.revision, alert.change))
    return map(tuple, found.values())


def newest_of(alerts: Iterable[Alert]) -> dict[str, int]:
    """The newest revision of each alert."""
    found = dict[str, int]()
    for alert in alerts:
        found[alert.alert_id.hex()] = max(alert.revision, found.get(alert.alert_id.hex(), 0))
    return found


def redis_holds(line: Line) -> tuple[Counter[tuple[str, int]], dict[str, int]]:
    """The entries of the division's stream as (alert, revision), and the revision that is held of each alert."""
    with redis.Redis.from_url(line.redis.url, decode_responses=True) as client:
        entries = [json.loads(fields["json"]) for _, fields in client.xrange(stream_key(DIVISION))]
        delivered = Counter((entry["alert_id"], entry["revision"]) for entry in entries)
        asked = sorted({one for one, _ in delivered})
        with client.pipeline(transaction=False) as pipe:
            for one in asked:
                pipe.hget(alert_key(one), "revision")
            return delivered, {one: int(held or 0) for one, held in zip(asked, pipe.execute(), strict=True)}
