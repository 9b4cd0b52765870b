"""Rights on Kafka: what each role needs and nothing more."""

import re

import pytest
import yaml

from schemas.acls import Acl, acls
from schemas.feed_file import load_feeds
from schemas.strimzi import topics_yaml, users_yaml
from schemas.topics import wanted

RIGHTS = acls(load_feeds().values())


def may(role: str, operation: str) -> set[str]:
    """Topics on which a role has a right."""
    return {one.name for one in RIGHTS if (one.role, one.kind, one.operation) == (role, "topic", operation)}


def test_only_intake_reads_what_names_a_person() -> None:
    """Department topics are read by intake alone; the sealed identities by the re-identification service alone."""
    readers = {one.role for one in RIGHTS if one.name.startswith("canbao.feed.") and one.operation == "Read"}
    assert readers == {"intake"}
    assert {one.role for one in RIGHTS if one.name == "canbao.identities" and one.operation == "Read"} == {"re-identification"}


def test_only_people_writes_alerts() -> None:
    """One writer of alerts, public rows and the people changelog."""
    for topic in ("canbao.alerts", "canbao.enrolments", "canbao.people-changelog"):
        assert {one.role for one in RIGHTS if one.name == topic and one.operation == "Write"} == {"people"}


def test_downstream_reads_what_is_published_and_writes_nothing() -> None:
    """A consumer of alerts sees the two published topics only."""
    assert may("downstream", "Read") == {"canbao.alerts", "canbao.enrolments"}
    assert may("downstream", "Write") == set()


@pytest.mark.parametrize("role", ["intake", "people", "deliver"])
def test_a_worker_has_its_group_and_transactions(role: str) -> None:
    """Group and transactional id of the role itself, by prefix, and no right to create anything."""
    own = {(one.kind, one.operation) for one in RIGHTS if one.role == role and one.prefixed and one.kind != "topic"}
    assert own == {("group", "Read"), ("transactional-id", "Write"), ("transactional-id", "Describe")}
    assert {one.name for one in RIGHTS if one.role == role and one.prefixed and one.kind != "topic"} == {f"canbao-{role}"}
    assert {one.role for one in RIGHTS if one.operation in {"Create", "AlterConfigs"}} == {"operator", "department"}
    assert not {one.operation for one in RIGHTS} & {"Alter", "Delete", "All", "ClusterAction"}


def test_a_role_that_reads_or_writes_by_prefix_does_so_on_its_own_topics_only() -> None:
    """Targets come and go, Connect makes its own: those rights are by prefix. The operator's prefix lets it read and write nothing."""
    used = {(one.role, one.name) for one in RIGHTS if one.prefixed and one.kind == "topic" and one.operation in {"Read", "Write"}}
    assert used == {("deliver", "canbao.deliver."), ("department", "canbao.connect.")}


def test_strimzi_has_the_same_topics_and_rights() -> None:
    """Every right and every topic of the list is in the custom resources, and no other; names are what Kubernetes allows."""
    topics = list(yaml.safe_load_all(topics_yaml(load_feeds().values())))
    wanted_topics = {(one.name, one.partitions) for one in wanted(24, load_feeds().values())}
    assert {(one["spec"]["topicName"], one["spec"]["partitions"]) for one in topics} == wanted_topics
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", one["metadata"]["name"]) for one in topics)
    found = set()
    for user in yaml.safe_load_all(users_yaml(load_feeds().values())):
        role = user["metadata"]["name"].removeprefix("canbao-")
        for rule in user["spec"]["authorization"]["acls"]:
            resource = rule["resource"]
            kind = {"transactionalId": "transactional-id"}.get(resource["type"], resource["type"])
            name, prefixed = resource.get("name", "kafka-cluster"), resource.get("patternType") == "prefix"
            found |= {Acl(role, kind, name, operation, prefixed) for operation in rule["operations"]}
    assert found == set(RIGHTS)
