"""A rule, feed, metric, topic, code table, policy number or error code without its docs row or its test table fails the build."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from processors.rules.registry import RULES
from schemas import errors, metrics, topics
from schemas.code_maps import load_code_maps
from schemas.feed_file import load_feeds
from schemas.metrics import METRICS
from schemas.policy import load_policy
from schemas.topics import load_topics
from streams import reference

ROOT = Path(__file__).parents[2]
PAGES = reference.pages()
RULE_TABLES = ROOT / "tests/processors/rules/tables"
FEED_SAMPLES = ROOT / "tests/processors/intake/samples"


@pytest.mark.parametrize("path", PAGES)
def test_a_generated_file_is_what_the_tables_say(path: str) -> None:
    """The committed file equals what is written from the tables now (`canbao docs write` after a change)."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path]


def test_no_page_is_left_over() -> None:
    """A feed's page, connector or SQL goes when the feed goes."""
    kept = [
        *(ROOT / "docs/reference/feeds").iterdir(),
        *(ROOT / "deploy/debezium").glob("*.json"),
        *(ROOT / "deploy/debezium/sql").iterdir(),
    ]
    assert {str(path.relative_to(ROOT)) for path in kept} - PAGES.keys() == {"deploy/debezium/sql/role.sql"}


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_a_rule_has_its_table(code: str) -> None:
    """Each rule has its own table of cases."""
    assert (RULE_TABLES / f"{code}.yaml").is_file()


@pytest.mark.parametrize("feed", load_feeds())
def test_a_feed_has_its_samples(feed: str) -> None:
    """Each feed has sample records of its own department's layout."""
    assert any((FEED_SAMPLES / feed).iterdir())


def with_a_rule(patch: pytest.MonkeyPatch) -> str:
    """One rule more."""
    patch.setattr(reference, "RULES", (*RULES, msgspec.structs.replace(RULES[0], code="R99")))
    return "docs/reference/rules.md"


def with_a_feed(patch: pytest.MonkeyPatch) -> str:
    """One database feed more."""
    feeds = load_feeds()
    more = {**feeds, "prison": msgspec.structs.replace(feeds["household"], feed="prison")}
    patch.setattr(reference, "load_feeds", lambda: more)
    return "docs/reference/feeds/prison.md"


def with_a_metric(patch: pytest.MonkeyPatch) -> str:
    """One metric more."""
    patch.setattr(metrics, "METRICS", (*METRICS, msgspec.structs.replace(METRICS[0], name="canbao_new_total")))
    return "docs/reference/metrics.md"


def with_a_topic(patch: pytest.MonkeyPatch) -> str:
    """One topic more."""
    more = (*load_topics(), msgspec.structs.replace(load_topics()[0], name="canbao.new"))
    patch.setattr(topics, "load_topics", lambda: more)
    return "docs/reference/topics.md"


def with_a_code_table(patch: pytest.MonkeyPatch) -> str:
    """One field with codes more."""
    maps = load_code_maps()
    first = next(iter(maps.values()))
    more = {**maps, (first.source, "new_field", "x"): msgspec.structs.replace(first, field="new_field")}
    patch.setattr(reference, "load_code_maps", lambda: more)
    return "docs/reference/codes.md"


def with_a_policy_number(patch: pytest.MonkeyPatch) -> str:
    """One number more."""
    policy = load_policy()
    first = next(iter(policy.entries.values()))
    policy.entries["new.number"] = msgspec.structs.replace(first, key="new.number")
    patch.setattr(reference, "load_policy", lambda: policy)
    return "docs/reference/policy.md"


def with_an_error_code(patch: pytest.MonkeyPatch) -> str:
    """One code more."""
    table = errors.load_errors()
    first = next(iter(table.values()))
    more = {**table, "CB-999": msgspec.structs.replace(first, code="CB-999")}
    patch.setattr(errors, "load_errors", lambda: more)
    return "docs/reference/errors.md"


@pytest.mark.parametrize(
    "forget",
    [with_a_rule, with_a_feed, with_a_metric, with_a_topic, with_a_code_table, with_a_policy_number, with_an_error_code],
    ids=lambda forget: forget.__name__,
)
def test_a_forgotten_docs_row_is_noticed(forget: Callable[[pytest.MonkeyPatch], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry more in a table, and nothing else done, makes that entry's page another text, so the comparison above fails."""
    before = reference.pages()
    page = forget(monkeypatch)
    assert reference.pages()[page] != before.get(page)
