"""Least rights on Kafka, from the list of topics and the feeds: one principal a role and a department, default deny, no worker creates a topic."""

from collections.abc import Iterable

from msgspec import Struct

from schemas.feed_file import Feed
from schemas.topics import CONNECT, DEPARTMENT, FEED_PLACE, TARGET_PLACE, Topic, feed_topic_name, load_topics

STAGES = ("intake", "people", "deliver", "desk")
"""Roles that are workers: each is a member of its own groups and has its own transactional ids, both named canbao-<role>…"""
TRANSACTIONAL = (*STAGES, "cli", "page", "re-identification")
READERS = ("cli", "page", "auditor", "re-identification", "replay")
"""Roles that read topics without being members of a group; the client asks for the group's coordinator all the same."""
READER_GROUP = "canbao-reader"
OPERATOR = "operator"
"""Creates and compares topics and rights (`canbao topics`, `canbao doctor`); reads and writes no record."""
CONNECT_TOPICS = "canbao.connect."
CONNECT_GROUP = "canbao-connect"
CLUSTER = "kafka-cluster"


class Acl(Struct, frozen=True, order=True):
    """One right. `prefixed`: the name is the beginning of names."""

    role: str
    kind: str  # topic, group, transactional-id, cluster
    name: str
    operation: str
    prefixed: bool = False


def acls(feeds: Iterable[Feed]) -> list[Acl]:
    """Every right of every role, in order. Whoever writes or reads a topic may describe it."""
    listed = list(feeds)
    found = set()
    for topic in load_topics():
        if topic.status == "RESERVED":
            continue
        many = TARGET_PLACE in topic.name
        for name, feed in _names(topic, listed):
            producers, consumers = _roles(topic.producers, feed), _roles(topic.consumers, feed)
            found |= {Acl(role, "topic", name, "Write", many) for role in producers}
            found |= {Acl(role, "topic", name, "Read", many) for role in consumers}
            found |= {Acl(role, "topic", name, "Describe", many) for role in producers | consumers}
            found |= {
                Acl(role, "topic", name, "DescribeConfigs", many) for role in STAGES if role in consumers and topic.cleanup == "COMPACT"
            }
    found |= {Acl(role, "group", f"canbao-{role}", "Read", prefixed=True) for role in (*STAGES, "downstream")}
    found |= {Acl(role, "group", f"canbao-{role}-", "Read", prefixed=True) for role in map(role_of, listed)}
    found |= {
        Acl(role, "transactional-id", f"canbao-{role}", operation, prefixed=True)
        for role in TRANSACTIONAL
        for operation in ("Write", "Describe")
    }
    found |= {Acl(role, "group", READER_GROUP, "Read") for role in READERS}
    return sorted(found | _operator() | _connect())


def role_of(feed: Feed) -> str:
    """The department of a feed as a role."""
    return f"{DEPARTMENT}-{feed.principal}"


def _roles(named: list[str], feed: Feed | None) -> set[str]:
    """The roles behind the names of the list: on a feed's topics its own department, and Connect where Debezium captures it."""
    found = set(named)
    if feed is None:
        return found
    if DEPARTMENT in found:
        found = found - {DEPARTMENT} | {role_of(feed)}
    return found if feed.wire.startswith("debezium") else found - {CONNECT}


def _operator() -> set[Acl]:
    found = {Acl(OPERATOR, "topic", "canbao.", one, prefixed=True) for one in ("Create", "Describe", "DescribeConfigs", "AlterConfigs")}
    return found | {Acl(OPERATOR, "cluster", CLUSTER, one) for one in ("Describe", "DescribeConfigs")}


def _connect() -> set[Acl]:
    """What a Connect worker needs for itself; the transactional ids only with exactly-once support."""
    operations = ("Create", "Describe", "DescribeConfigs", "Read", "Write")
    found = {Acl(CONNECT, "topic", CONNECT_TOPICS, one, prefixed=True) for one in operations}
    ids = (CONNECT_GROUP, f"connect-cluster-{CONNECT_GROUP}")
    found |= {Acl(CONNECT, "transactional-id", name, one, prefixed=True) for name in ids for one in ("Write", "Describe")}
    return found | {Acl(CONNECT, "group", CONNECT_GROUP, "Read", prefixed=True)}


def command(one: Acl) -> str:
    """A right as arguments of kafka-acls.sh."""
    resource = "--cluster" if one.kind == "cluster" else f"--{one.kind} {one.name}"
    pattern = " --resource-pattern-type prefixed" if one.prefixed else ""
    return f"--add --allow-principal User:canbao-{one.role} --operation {one.operation} {resource}{pattern}"


def commands(feeds: Iterable[Feed]) -> list[str]:
    """All rights as arguments of kafka-acls.sh, one line each."""
    return [command(one) for one in acls(feeds)]


def page(feeds: Iterable[Feed]) -> str:
    """docs/reference/acls.md."""
    head = [
        "# Rights on Kafka",
        "",
        "Written from `schemas/topics.yaml` and `schemas/feeds/` by `canbao docs write`; `canbao topics acl` prints the same for a script. One principal a role,",
        "TLS with SASL/SCRAM or client certificates, default deny (`allow.everyone.if.no.acl.found=false`). Each department has its own, named by `principal` of its",
        "feeds: it writes its feeds' topics, reads what is told about its records, in groups that begin with its user's name and a hyphen, and nothing of another's.",
        "`connect` is Kafka Connect, which writes the feeds that Debezium captures. `downstream` stands for each consumer of alerts: give each its own principal",
        "and group. Only `operator` may create a topic (`canbao topics create`) and read these rights (`canbao doctor`).",
        "",
        "```",
    ]
    return "\n".join([*head, *commands(feeds), "```"]) + "\n"


def _names(topic: Topic, feeds: list[Feed]) -> list[tuple[str, Feed | None]]:
    """The topic's names on a cluster, each with its feed; of a topic a target, what they begin with: targets come and go while it runs."""
    if FEED_PLACE in topic.name:
        return [(feed_topic_name(topic, feed), feed) for feed in feeds]
    return [(topic.name.partition(TARGET_PLACE)[0], None)]
