"""The list of topics: names for code, and the declarations of `schemas/topics.yaml` from which topics are created and documented."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

from schemas.feed_file import Feed
from schemas.strict_yaml import read_table

EVENTS = "canbao.events"
ALERTS = "canbao.alerts"
ENROLMENTS = "canbao.enrolments"
PEOPLE_CHANGELOG = "canbao.people-changelog"
DEAD_LETTERS = "canbao.dead-letters"
IDENTITIES = "canbao.identities"
IDENTITY_KEYS = "canbao.identity-keys"
RESTRICTIONS = "canbao.restrictions"
CONTROL = "canbao.control"
TARGETS = "canbao.targets"
PROBE = "canbao.probe"
DECISIONS = "canbao.decisions"
DECISION_RESULTS = "canbao.decision-results"
AUDIT = "canbao.audit"
FEED_PLACE = "<feed>"
FEED_TOPIC = f"canbao.feed.{FEED_PLACE}"
TARGET_PLACE = "<target>"
DELIVER_CHANGELOG = f"canbao.deliver.{TARGET_PLACE}-changelog"
QUALITY = f"canbao.quality.{FEED_PLACE}"
INTAKE_CHANGELOG = f"canbao.intake.{FEED_PLACE}-changelog"

DEPARTMENT = "department"
"""As producer or consumer: the department of the feed whose topic it is, each with a principal of its own."""
CONNECT = "connect"
"""As producer: Kafka Connect, where the feed is one that Debezium captures."""

HOME = Path(__file__).parent / "topics.yaml"
AVRO = "avro "
"""What the value of a topic with a contract begins with."""
DAY_MS = 86_400_000
TOMBSTONES_MS = 7 * DAY_MS
"""delete.retention.ms of compacted topics: a local store that was away longer is rebuilt."""
MAX_MESSAGE_BYTES = 12 << 20
"""A sealed 10 MB record must fit into the dead letters."""


class Topic(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One topic. Units: days in retention_days, compaction_lag_days and erased_after_days; 0 = for ever, at once, whenever the broker compacts."""

    name: str
    purpose: str
    purpose_en: str
    key: str
    value: str
    partitions: Literal["EVENTS", "FEED"] | int
    cleanup: Literal["DELETE", "COMPACT"]
    retention_days: int
    compaction_lag_days: int = 0
    erased_after_days: int = 0
    timestamps: Literal["WRITER", "BROKER"] = "WRITER"
    personal_data: Literal["NONE", "IDENTIFIED", "PSEUDONYMOUS", "SEALED"]
    producers: list[str]
    consumers: list[str]
    isolation: Literal["read_committed"]
    status: Literal["IN_USE", "RESERVED"]

    @property
    def contract(self) -> str:
        """The Avro contract of its values, a file of schemas/avro; empty where they are no Avro of ours."""
        return self.value.removeprefix(AVRO) if self.value.startswith(AVRO) else ""


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    topics: list[Topic]


class Wanted(Struct, frozen=True):
    """A topic as it should be on a cluster."""

    name: str
    partitions: int
    config: dict[str, str]


@cache
def load_topics(path: Path = HOME) -> tuple[Topic, ...]:
    """All declared topics, in file order; ConfigError names file, line, field and what is allowed."""
    table = read_table(path)
    topics = table.convert(_File).topics
    seen: set[str] = set()
    for index, topic in enumerate(topics):
        here = f"$.topics[{index}]"
        if topic.name in seen:
            raise table.fault(f"{here}.name", "is given twice")
        seen.add(topic.name)
        if isinstance(topic.partitions, int) and not 1 <= topic.partitions <= 1024:  # noqa: PLR2004 - more is a mistake
            raise table.fault(f"{here}.partitions", "must be EVENTS, FEED or a number from 1 to 1024")
        if (topic.partitions == "FEED") != (FEED_PLACE in topic.name):
            raise table.fault(f"{here}.name", f"a topic with {FEED_PLACE} in its name has FEED partitions, and no other")
        if {DEPARTMENT, CONNECT} & {*topic.producers, *topic.consumers} and topic.partitions != "FEED":
            raise table.fault(f"{here}.producers", f"{DEPARTMENT} and {CONNECT} have to do with topics a feed only")
        if topic.cleanup == "DELETE" and topic.retention_days < 1:
            raise table.fault(f"{here}.retention_days", "must be at least 1 where cleanup is DELETE")
    return tuple(topics)


def config_of(topic: Topic) -> dict[str, str]:
    """The topic's settings as Kafka names them."""
    config = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}
    if topic.timestamps == "BROKER":
        config["message.timestamp.type"] = "LogAppendTime"
    if topic.cleanup == "DELETE":
        return {**config, "cleanup.policy": "delete", "retention.ms": str(topic.retention_days * DAY_MS)}
    if topic.erased_after_days:
        config["max.compaction.lag.ms"] = str(topic.erased_after_days * DAY_MS)
    return {
        **config,
        "cleanup.policy": "compact",
        "delete.retention.ms": str(TOMBSTONES_MS),
        "min.compaction.lag.ms": str(topic.compaction_lag_days * DAY_MS),
    }


def intake_changelog(feed: str) -> str:
    """The changelog topic of one feed's intake."""
    return INTAKE_CHANGELOG.replace(FEED_PLACE, feed)


def quality_topic(feed: str) -> str:
    """Where one feed's department is told about its records."""
    return QUALITY.replace(FEED_PLACE, feed)


def deliver_changelog(target: str) -> str:
    """The changelog topic of one target's delivery."""
    return DELIVER_CHANGELOG.replace(TARGET_PLACE, target)


def wanted(events_partitions: int, feeds: Iterable[Feed], targets: Iterable[str] = ()) -> list[Wanted]:
    """Every topic in use on one cluster, with those of the given feeds and targets."""
    listed, named = list(feeds), list(targets)
    found: list[Wanted] = []
    for topic in load_topics():
        if topic.status == "RESERVED":
            continue
        if topic.partitions == "FEED":
            found.extend(Wanted(feed_topic_name(topic, feed), feed.partitions, config_of(topic)) for feed in listed)
        else:
            count = events_partitions if topic.partitions == "EVENTS" else topic.partitions
            names = [topic.name.replace(TARGET_PLACE, one) for one in named] if TARGET_PLACE in topic.name else [topic.name]
            found.extend(Wanted(name, count, config_of(topic)) for name in names)
    return found


def feed_topic_name(topic: Topic, feed: Feed) -> str:
    """A feed names its own topic in its file; what canbao keeps of it is named after the feed."""
    return feed.topic if topic.name == FEED_TOPIC else topic.name.replace(FEED_PLACE, feed.feed)


def page() -> str:
    """The reference page of topics, Markdown; docs/reference/topics.md is this text."""
    lines = [
        "# Topics",
        "",
        "Generated by `canbao topics docs` from `schemas/topics.yaml`; a test compares. Every reader sets `isolation.level=read_committed`:",
        "without it a consumer sees records of transactions that never happened.",
        "",
        "| topic | purpose | key | value | partitions | cleanup | personal data | written by | read by |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for topic in load_topics():
        keep = (
            f"{topic.retention_days} d"
            if topic.cleanup == "DELETE"
            else f"compacted{f', after {topic.compaction_lag_days} d' if topic.compaction_lag_days else ''}"
        )
        name = f"`{topic.name}`" + (" (reserved)" if topic.status == "RESERVED" else "")
        cells = [name, f"{topic.purpose_en}<br>{topic.purpose}", topic.key, topic.value, str(topic.partitions), keep, topic.personal_data]
        lines.append("| " + " | ".join([*cells, ", ".join(topic.producers), ", ".join(topic.consumers)]) + " |")
    return "\n".join(lines) + "\n"
