"""docs/privacy/data-classes.md: what each topic holds of persons, in which form, how long, who may read it; and the personal columns of each feed."""

from collections.abc import Iterable

from schemas.feed_file import Feed
from schemas.topics import Topic, load_topics

FORMS = {
    "IDENTIFIED": ("明示", "as the department holds it: numbers and names in the clear", "敏感个人信息，最高级"),
    "SEALED": ("加密", "AEAD envelope; nothing without a key that is not in Kafka", "敏感个人信息，加密保存"),
    "PSEUDONYMOUS": ("假名", "person keys; no number, no name", "个人信息（去标识化）"),
    "NONE": ("无", "nothing of persons", "一般数据"),
}


def page(feeds: Iterable[Feed]) -> str:
    """The page, Markdown."""
    lines = [
        "# Classes of data 数据分级",
        "",
        "Written from `schemas/topics.yaml` and `schemas/feeds/` by `canbao docs write`; a test compares. Basis: 个人信息保护法 art. 28 and 51, 数据安全法 art. 21.",
        "",
        "| class | 形式 | what it is | 级别 |",
        "|---|---|---|---|",
        *(f"| {name} | {form} | {meaning} | {level} |" for name, (form, meaning, level) in FORMS.items()),
        "",
        "## Topics",
        "",
        "| topic | class | kept | written by | read by | holds |",
        "|---|---|---|---|---|---|",
        *(_topic(topic) for name in FORMS for topic in load_topics() if topic.personal_data == name),
        "",
        "RocksDB is a copy of the changelogs and has their class; Redis holds what `canbao.alerts` and `canbao.enrolments` hold. Neither is encrypted by canbao:",
        "put both, and the broker's disks, on encrypted volumes.",
        "",
        "## Personal columns of the feeds",
        "",
        "Columns that a feed's file marks `personal`: they are read at the edge, become keys or leave sealed, and are shown nowhere. Columns that are not declared are dropped.",
        "",
        "| feed | table | columns |",
        "|---|---|---|",
    ]
    for feed in feeds:
        for table in feed.tables:
            marked = [column.name for column in table.columns if column.personal]
            if marked:
                lines.append(f"| {feed.feed} | {table.name} | {', '.join(marked)} |")
    return "\n".join(lines) + "\n"


def _topic(topic: Topic) -> str:
    kept = f"{topic.retention_days} d" if topic.cleanup == "DELETE" else "newest of each key"
    if topic.erased_after_days:
        kept += f"; erased ones gone within {topic.erased_after_days} d"
    cells = (f"`{topic.name}`", topic.personal_data, kept, ", ".join(topic.producers), ", ".join(topic.consumers), topic.purpose)
    return "| " + " | ".join(cells) + " |"
