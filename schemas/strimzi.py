"""Topics and users as Strimzi's custom resources (KafkaTopic, KafkaUser of kafka.strimzi.io), from the same list as everything else."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import yaml

from schemas.acls import Acl, acls
from schemas.feed_file import Feed
from schemas.topics import Wanted, wanted

API_VERSION = "kafka.strimzi.io/v1beta2"
CLUSTER = "canbao"
"""Name of the Kafka resource that they belong to."""
EVENTS_PARTITIONS = 24
REPLICAS = 3
IN_SYNC = 2
TYPES = {"topic": "topic", "group": "group", "transactional-id": "transactionalId", "cluster": "cluster"}
HEAD = "# Written from schemas/topics.yaml and schemas/feeds by `canbao docs write`; a test compares. {}\n"


def topics_yaml(feeds: Iterable[Feed]) -> str:
    """deploy/strimzi/topics.yaml, for three brokers."""
    note = f"{EVENTS_PARTITIONS} events partitions: change them before the first start, never after."
    return HEAD.format(note) + _documents([_topic(one) for one in wanted(EVENTS_PARTITIONS, feeds)])


def users_yaml(feeds: Iterable[Feed]) -> str:
    """deploy/strimzi/users.yaml: one user a role and a department; Strimzi makes a Secret with its password under the user's name."""
    rights = groupby(acls(feeds), key=lambda one: one.role)
    return HEAD.format("Everything that is not here is denied.") + _documents([_user(role, list(found)) for role, found in rights])


def resource_name(topic: str) -> str:
    """A topic's name as Kubernetes allows it."""
    return topic.replace("_", "-").lower()


def _topic(topic: Wanted) -> dict[str, Any]:
    return {
        **_head("KafkaTopic", resource_name(topic.name)),
        "spec": {
            "topicName": topic.name,
            "partitions": topic.partitions,
            "replicas": REPLICAS,
            "config": {**{name: _typed(value) for name, value in topic.config.items()}, "min.insync.replicas": IN_SYNC},
        },
    }


def _user(role: str, rights: list[Acl]) -> dict[str, Any]:
    by_resource = groupby(rights, key=lambda one: (one.kind, one.name, one.prefixed))
    return {
        **_head("KafkaUser", f"canbao-{role}"),
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {
                "type": "simple",
                "acls": [
                    {"resource": _resource(*resource), "operations": sorted({one.operation for one in found})}
                    for resource, found in by_resource
                ],
            },
        },
    }


def _resource(kind: str, name: str, prefixed: bool) -> dict[str, Any]:
    if kind == "cluster":
        return {"type": "cluster"}
    return {"type": TYPES[kind], "name": name, **({"patternType": "prefix"} if prefixed else {})}


def _head(kind: str, name: str) -> dict[str, Any]:
    labels = {"strimzi.io/cluster": CLUSTER, "app.kubernetes.io/part-of": "canbao"}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name, "labels": labels}}


def _typed(value: str) -> str | int:
    return int(value) if value.isdigit() else value


def _documents(found: list[dict[str, Any]]) -> str:
    return yaml.safe_dump_all(found, sort_keys=False, allow_unicode=True, width=140, explicit_start=True)
