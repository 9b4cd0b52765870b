"""Rights on Kafka: what each role needs and nothing more."""

import re

import pytest
import yaml
from msgspec import structs

from schemas.acls import Acl, acls, role_of
from schemas.feed_file import load_feeds
from schemas.strimzi import topics_yaml, users_yaml
from schemas.topics import quality_topic, wanted

FEEDS = load_feeds()
RIGHTS = acls(FEEDS.values())


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


def test_a_department_writes_its_feeds_and_reads_what_it_is_told_of_them() -> None:
    """One principal a department, whatever the number of its feeds; in its own groups, with no other right."""
    for role in {role_of(feed) for feed in FEEDS.values()}:
        own = [feed for feed in FEEDS.values() if role_of(feed) == role]
        assert may(role, "Write") == {feed.topic for feed in own}
        assert may(role, "Read") == {quality_topic(feed.feed) for feed in own}
        others = {(one.kind, one.name, one.operation) for one in RIGHTS if one.role == role and one.kind != "topic"}
        assert others == {("group", f"canbao-{role}-", "Read")}
    assert may("department-tax", "Write") == {"canbao.feed.tax-contribution", "canbao.feed.tax-payroll"}


def test_connect_writes_what_debezium_captures_and_is_told_nothing() -> None:
    """Kafka Connect has no right on the feeds that departments send themselves."""
    captured = {feed.topic for feed in FEEDS.values() if feed.wire.startswith("debezium")}
    assert captured
    assert may("connect", "Write") - {"canbao.connect."} == captured
    assert may("connect", "Read") == {"canbao.connect."}


def test_no_name_of_a_department_begins_with_that_of_another() -> None:
    """Groups are given by prefix: `tax` must not cover the groups of `taxation`."""
    tax, taxation = (structs.replace(FEEDS["tax_payroll"], principal=one, feed=one, topic=one) for one in ("tax", "taxation"))
    groups = {one.role: one.name for one in acls([tax, taxation]) if one.kind == "group" and one.role.startswith("department-")}
    assert not groups["department-taxation"].startswith(groups["department-tax"])


@pytest.mark.parametrize("role", ["intake", "people", "deliver"])
def test_a_worker_has_its_group_and_transactions(role: str) -> None:
    """Group and transactional id of the role itself, by prefix, and no right to create anything."""
    own = {(one.kind, one.operation) for one in RIGHTS if one.role == role and one.prefixed and one.kind != "topic"}
    assert own == {("group", "Read"), ("transactional-id", "Write"), ("transactional-id", "Describe")}
    assert {one.name for one in RIGHTS if one.role == role and one.prefixed and one.kind != "topic"} == {f"canbao-{role}"}
    assert {one.role for one in RIGHTS if one.operation in {"Create", "AlterConfigs"}} == {"operator", "connect"}
    assert not {one.operation for one in RIGHTS} & {"Alter", "Delete", "All", "ClusterAction"}


def test_a_role_that_reads_or_writes_by_prefix_does_so_on_its_own_topics_only() -> None:
    """Targets come and go, Connect makes its own: those rights are by prefix. The operator's prefix lets it read and write nothing."""
    used = {(one.role, one.name) for one in RIGHTS if one.prefixed and one.kind == "topic" and one.operation in {"Read", "Write"}}
    assert used == {("deliver", "canbao.deliver."), ("connect", "canbao.connect.")}


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
