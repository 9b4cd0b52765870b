"""Least rights on Kafka, from the list of topics: one principal a role, default deny, nobody may create a topic in production."""

from collections.abc import Iterable

from msgspec import Struct

from schemas.feed_file import Feed
from schemas.topics import FEED_PLACE, TARGET_PLACE, Topic, feed_topic_name, load_topics

STAGES = ("intake", "people", "deliver", "desk")
"""Roles that are workers: each is a member of its own groups and has its own transactional ids, both named canbao-<role>…"""
TRANSACTIONAL = (*STAGES, "cli", "page", "re-identification")


class Acl(Struct, frozen=True, order=True):
    """One right. `prefixed`: the name is the beginning of names."""

    role: str
    kind: str  # topic, group, transactional-id
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
        for name in _names(topic, listed):
            found |= {Acl(role, "topic", name, "Write", many) for role in topic.producers}
            found |= {Acl(role, "topic", name, "Read", many) for role in topic.consumers}
            found |= {Acl(role, "topic", name, "Describe", many) for role in {*topic.producers, *topic.consumers}}
            found |= {
                Acl(role, "topic", name, "DescribeConfigs", many)
                for role in STAGES
                if role in topic.consumers and topic.cleanup == "COMPACT"
            }
    found |= {Acl(role, "group", f"canbao-{role}", "Read", prefixed=True) for role in STAGES}
    found |= {
        Acl(role, "transactional-id", f"canbao-{role}", operation, prefixed=True)
        for role in TRANSACTIONAL
        for operation in ("Write", "Describe")
    }
    return sorted(found)


def commands(feeds: Iterable[Feed]) -> list[str]:
    """The rights as arguments of kafka-acls.sh, one line each."""
    return [
        f"--add --allow-principal User:canbao-{one.role} --operation {one.operation} --{one.kind} {one.name}"
        + (" --resource-pattern-type prefixed" if one.prefixed else "")
        for one in acls(feeds)
    ]


def page(feeds: Iterable[Feed]) -> str:
    """docs/reference/acls.md."""
    head = [
        "# Rights on Kafka",
        "",
        "Written from `schemas/topics.yaml` by `canbao docs write`; `canbao topics acl` prints the same for a script. One principal a role, TLS with",
        "SASL/SCRAM or client certificates, default deny (`allow.everyone.if.no.acl.found=false`). `downstream` stands for each consumer of alerts:",
        "give each its own principal and group. Nobody here may create, alter or delete a topic: `canbao topics create` runs as the operator.",
        "",
        "```",
    ]
    return "\n".join([*head, *commands(feeds), "```"]) + "\n"


def _names(topic: Topic, feeds: list[Feed]) -> list[str]:
    """The topic's names on a cluster; of a topic a target, what they begin with: targets come and go while it runs."""
    if TARGET_PLACE in topic.name:
        return [topic.name.partition(TARGET_PLACE)[0]]
    return [feed_topic_name(topic, feed) for feed in feeds] if FEED_PLACE in topic.name else [topic.name]
