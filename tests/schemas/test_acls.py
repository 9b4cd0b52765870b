"""Rights on Kafka: what each role needs and nothing more."""

import pytest

from schemas.acls import acls
from schemas.feed_file import load_feeds

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
    assert not {one.operation for one in RIGHTS} & {"Create", "Alter", "Delete", "All", "ClusterAction"}


def test_only_deliver_has_topics_by_prefix_and_only_its_own_state() -> None:
    """Targets come and go: the right to their state topics is by prefix, for deliver alone."""
    assert {(one.role, one.name) for one in RIGHTS if one.prefixed and one.kind == "topic"} == {("deliver", "canbao.deliver.")}
