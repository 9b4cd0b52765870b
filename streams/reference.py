"""Every generated page of the reference, and the files of deploy/ that are written from tables: path in the repository → text."""

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from processors.rules.model import Rule
from processors.rules.registry import RULES
from schemas import acls, asyncapi, avro_docs, data_classes, errors, feed_docs, handling, metrics, topics
from schemas.capture import capture_sql, connector_json, database_feeds, tables_sql
from schemas.code_maps import CodeMap, load_code_maps
from schemas.dashboards import dashboard_json, load_dashboards
from schemas.feed_file import Feed, load_feeds
from schemas.policy import Dated, Entry, load_policy
from schemas.strimzi import topics_yaml, users_yaml
from schemas.workdays import Year
from streams.settings import page as settings_page

REPOSITORY = Path(__file__).parents[1]
WRITTEN = "Written from {} by `canbao docs write`; a test compares."
BASIS = {"LAW": "the law says so", "LOCAL": "to be confirmed by the city", "DESIGN": "canbao's own choice"}


def pages() -> dict[str, str]:
    """All of them; `canbao docs write` writes them, a test compares."""
    feeds, policy = load_feeds(), load_policy()
    written = {
        "docs/reference/errors.md": errors.page(),
        "docs/reference/metrics.md": metrics.page(),
        "docs/reference/topics.md": topics.page(),
        "docs/privacy/data-classes.md": data_classes.page(feeds.values()),
        "docs/reference/acls.md": acls.page(feeds.values()),
        "docs/reference/contracts.md": avro_docs.page(),
        "docs/reference/asyncapi.json": asyncapi.page(version("canbao")),
        "docs/reference/handling.md": handling.page(),
        "docs/reference/settings.md": settings_page(),
        "docs/reference/rules.md": rules_page(RULES),
        "docs/reference/policy.md": policy_page(list(policy.entries.values()), policy.workdays.years.values()),
        "docs/reference/codes.md": codes_page(list(load_code_maps().values())),
        "docs/reference/feeds.md": feeds_page(list(feeds.values())),
    }
    written |= {f"docs/reference/feeds/{feed.feed}.md": feed_docs.page(feed) for feed in feeds.values()}
    written |= {f"deploy/grafana/dashboards/{one.uid}.json": dashboard_json(one) for one in load_dashboards()}
    written["deploy/strimzi/topics.yaml"] = topics_yaml(feeds.values())
    written["deploy/strimzi/users.yaml"] = users_yaml(feeds.values())
    for feed in database_feeds():
        written[f"deploy/debezium/{feed.feed}.json"] = connector_json(feed)
        written[f"deploy/debezium/sql/{feed.feed}.sql"] = tables_sql(feed)
        written[f"deploy/debezium/sql/{feed.feed}-capture.sql"] = capture_sql(feed)
    return written


def stale(root: Path = REPOSITORY) -> list[str]:
    """Paths whose file is missing or differs from what the tables say now."""
    return [path for path, text in pages().items() if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text]


def rules_page(rules: tuple[Rule, ...]) -> str:
    """The catalogue of rules: what each finds, on which law, and what an official checks before anything is done."""
    head = ["# Rules", "", WRITTEN.format("`processors/rules/`"), "An alert asks for verification; it never stops a payment.", ""]
    table = ["| rule | 名称 | type | owner | needs | capped by | gives way to |", "|---|---|---|---|---|---|---|"]
    for rule in rules:
        cells = [f"[{rule.code}](#{rule.code.lower()})", rule.title, rule.alert_type, rule.owner.name]
        table.append(_row(*cells, *map(", ".join, (rule.needs, rule.suppressors, rule.beaten_by))))
    return "\n".join([*head, *table, *(line for rule in rules for line in _rule(rule))]) + "\n"


def _rule(rule: Rule) -> list[str]:
    """One rule's section."""
    read = ", ".join(sorted(kind.name for kind in rule.reads))
    return [
        "",
        f"## {rule.code}",
        "",
        f"**{rule.title}**, version {rule.version}. Queue {rule.queue.name}, cause {rule.cause.name}. Reads {read}.",
        "",
        *[f"- 依据：{text}" for text in rule.law],
        *[f"- 核实：{text}" for text in rule.verify],
        *[f"- 可能的正当原因：{text}" for text in rule.legitimate],
    ]


def policy_page(entries: list[Entry], years: Iterable[Year]) -> str:
    """Every legal or local number with its unit, dated values and reference; then which years' working days are official."""
    head = [
        "# Policy numbers",
        "",
        WRITTEN.format("`schemas/policy/*.yaml`"),
        "Resolved by valid date and division (county, city, default).",
        "",
    ]
    head += [*[f"- {basis}: {meaning}" for basis, meaning in BASIS.items()], ""]
    table = ["| key | unit | values | 含义 | reference | basis | last checked |", "|---|---|---|---|---|---|---|"]
    for entry in entries:
        values = "<br>".join(_dated(value) for value in entry.values)
        table.append(_row(f"`{entry.key}`", entry.unit, values, entry.meaning_zh, entry.reference, entry.basis, entry.last_checked))
    return "\n".join([*head, *table, "", *_working_days(years)]) + "\n"


def _working_days(years: Iterable[Year]) -> list[str]:
    lines = [
        "## Working days",
        "",
        "`schemas/policy/workdays.yaml`. A provisional year has the statutory days and their weekend substitutes only, without 调休; a year that is not listed has",
        "Saturdays and Sundays off and nothing else. `canbao doctor` asks for the notice of this year, and from December on for that of the next.",
        "",
        "| year | days | reference | last checked |",
        "|---|---|---|---|",
    ]
    return lines + [_row(str(one.year), "provisional" if one.provisional else "official", one.reference, one.last_checked) for one in years]


def _dated(value: Dated) -> str:
    shown = ", ".join(value.value) if isinstance(value.value, list) else str(value.value)
    return f"{shown} from {value.since}" + (f" in {value.division}" if value.division else "")


def codes_page(maps: list[CodeMap]) -> str:
    """The departments' codes: the same field name means different things in different systems, so the source is part of the key."""
    head = [
        "# Code tables",
        "",
        WRITTEN.format("`schemas/codes/*.yaml`"),
        "The same field name means different things in different sources.",
    ]
    lines = list(head)
    for code_map in maps:
        lines += ["", f"## {code_map.source.name} `{code_map.field}` → {code_map.target.__name__}", "", code_map.reference, ""]
        lines += ["| raw | meaning |", "|---|---|"]
        lines += [_row(f"`{raw}`", code_map.target(value).name) for raw, value in code_map.values.items()]
        lines.append(_row("any other", "the record is refused" if code_map.unknown is None else code_map.target(code_map.unknown).name))
    return "\n".join(lines) + "\n"


def feeds_page(feeds: list[Feed]) -> str:
    """The list of feeds, with a link to each one's page."""
    head = [
        "# Feeds",
        "",
        WRITTEN.format("`schemas/feeds/*.yaml`"),
        "",
        "| feed | 内容 | 部门 | topic | wire form |",
        "|---|---|---|---|---|",
    ]
    rows = [_row(f"[{feed.feed}](feeds/{feed.feed}.md)", feed.about, feed.department, f"`{feed.topic}`", feed.wire) for feed in feeds]
    return "\n".join([*head, *rows]) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
