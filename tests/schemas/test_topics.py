"""The list of topics is whole, consistent, and documented as it stands."""

from pathlib import Path

import msgspec
import pytest

from schemas import topics
from schemas.feed_file import load_feeds
from schemas.strict_yaml import ConfigError
from schemas.topics import HOME, intake_changelog, load_topics, page, wanted

ROOT = Path(__file__).parents[2]


def test_names_in_code_are_declared() -> None:
    """Every topic name that code uses stands in the list."""
    declared = {topic.name for topic in load_topics()}
    for name in (
        "EVENTS",
        "ALERTS",
        "ENROLMENTS",
        "PEOPLE_CHANGELOG",
        "DEAD_LETTERS",
        "IDENTITIES",
        "CONTROL",
        "DECISIONS",
        "DECISION_RESULTS",
        "INTAKE_CHANGELOG",
        "FEED_TOPIC",
        "QUALITY",
    ):
        assert getattr(topics, name) in declared


def test_docs_page_is_the_list() -> None:
    """docs/reference/topics.md is what `canbao topics docs` prints."""
    assert (ROOT / "docs/reference/topics.md").read_text(encoding="utf-8") == page()


def test_wanted_topics_follow_events_and_feeds() -> None:
    """Co-partitioned topics get the events' count, a feed's changelog the feed's, reserved topics none."""
    tax = msgspec.structs.replace(load_feeds()["tax_contribution"], partitions=3)
    found = {one.name: one for one in wanted(6, [tax])}
    assert found["canbao.alerts"].partitions == found["canbao.events"].partitions == found["canbao.people-changelog"].partitions == 6
    assert found[intake_changelog("tax_contribution")].partitions == found["canbao.feed.tax-contribution"].partitions == 3
    assert found["canbao.control"].partitions == 1
    assert "canbao.policy" not in found
    assert found["canbao.people-changelog"].config["cleanup.policy"] == "compact"
    assert found["canbao.events"].config["retention.ms"] == str(30 * 86_400_000)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("cleanup: DELETE", "cleanup: KEEP", "allowed: DELETE, COMPACT"),
        ("isolation: read_committed", "isolation: read_uncommitted", "topics[0].isolation"),
        ("retention_days: 14", "retention_days: 0", "at least 1"),
        ("partitions: FEED", "partitions: 0", "1 to 1024"),
        ("partitions: FEED", "partitions: EVENTS", "<feed>"),
        ("producers: [intake, people, cli, re-identification]", "producers: [intake, department]", "topics a feed only"),
        ("name: canbao.events.bulk", "name: canbao.events", "given twice"),
        ("purpose_en: A dep", "purpose_fr: A dep", "allowed: name, purpose"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A mistake in the list names its line and what is allowed."""
    path = tmp_path / "topics.yaml"
    text = HOME.read_text(encoding="utf-8")
    text = text[text.index("topics:") :]
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"topics\.yaml:\d+: topics") as refused:
        load_topics(path)
    assert says in str(refused.value)


FLOORS = {
    "canbao.audit": 3 * 365 + 1,  # 个人信息保护法 art. 56: three years; 网络安全法: network logs six months
    "canbao.dead-letters": 30,
    "canbao.events": 30,
}
CEILINGS = {"canbao.feed.<feed>": 31, "canbao.dead-letters": 31}
"""个人信息保护法 art. 19, shortest storage: what holds numbers and names as the department sent them is kept for days."""


def test_retention_is_neither_shorter_nor_longer_than_law_and_purpose_allow() -> None:
    """Days kept: at least the floor, at most the ceiling; whatever is identified or sealed and deleted by time is kept for days."""
    kept = {topic.name: topic.retention_days for topic in load_topics()}
    for name, days in FLOORS.items():
        assert kept[name] >= days
    for name, days in CEILINGS.items():
        assert kept[name] <= days
    for topic in load_topics():
        if topic.personal_data in {"IDENTIFIED", "SEALED"} and topic.cleanup == "DELETE":
            assert topic.retention_days <= 31, topic.name
        if topic.personal_data == "IDENTIFIED":
            assert topic.cleanup == "DELETE", f"{topic.name}: what names a person is not kept for ever"
