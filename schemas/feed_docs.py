"""The reference page of a feed, written from its file."""

from msgspec import UNSET

from schemas.acls import role_of
from schemas.feed_file import Constant, FactSpec, Feed, TableSpec
from schemas.topics import quality_topic

ENVELOPE = {
    "debezium-json": (
        "Debezium's change record as JSON, with or without its schema block. All captured tables are routed into this one topic, which has one "
        "partition; the table is read from `source.table`, the version from `source.lsn`. Column names are lower case, as PostgreSQL folds them. "
        "The tables need `REPLICA IDENTITY FULL`."
    ),
    "debezium-avro": "Debezium's change record as Avro (Confluent wire format or single-object encoding).",
    "json": (
        "One flat JSON object a record, columns as below; a column that is left out is empty. Amounts and codes are strings (numbers are taken "
        "too). The Kafka key is the primary key as text. A changed row is sent again whole, with a larger position."
    ),
    "avro": "Avro, single-object encoding or Confluent wire format; the schema is below `schemas/avro`.",
}
DELETE = {
    "ignore": "nothing: archiving jobs delete rows; the facts stay, marked as gone from the source",
    "ended": "the facts were true until now",
    "annulled": "the facts were never true",
}


def page(feed: Feed) -> str:
    """The feed's page in Markdown."""
    horizon = f"table `{feed.horizon.table}`" if feed.horizon is not UNSET else "none: no absence is ever judged from this feed"
    lines = [
        f"# Feed `{feed.feed}`: {feed.about}",
        "",
        f"Written from `schemas/feeds/{feed.feed}.yaml` by `canbao docs write`; change it there.",
        "",
        f"- department: {feed.department} (source `{feed.source}`)",
        f"- user on Kafka: `canbao-{role_of(feed)}` writes the topic, and reads what is told about its records on `{quality_topic(feed.feed)}`",
        f"- topic: `{feed.topic}`, {feed.partitions} partition(s)",
        f"- wire form: `{feed.wire}`. {ENVELOPE[feed.wire]}",
        f"- version of a row: {_position(feed)}",
        f"- rows before a change: {_before(feed)}",
        f"- completeness: {horizon}",
        f"- brake: {feed.brake.rejected_ratio:.0%} of the last {feed.brake.window} records refused, or {feed.brake.rejected_run} in a row",
    ]
    if feed.table_column:
        lines.append(f"- table of a record: column `{feed.table_column}`")
    for spec in feed.tables:
        lines += ["", *_table(spec)]
    return "\n".join(lines) + "\n"


def _position(feed: Feed) -> str:
    if feed.position.form == "debezium":
        return "Debezium's own LSN, after the incarnation that `canbao feed resume --incarnation` raises at a fail-over"
    return f"column `{feed.position.column}`" if feed.position.form == "column" else "the Kafka offset"


def _before(feed: Feed) -> str:
    if feed.before_image == "full":
        return "in the record (`before`); an update without it is refused (CB-107)"
    return "kept by intake: an index from source row to the facts it last stated"


def _table(spec: TableSpec) -> list[str]:
    lines = [f"## `{spec.name}`: {spec.about}", ""]
    lines.append(f"Events: {', '.join(spec.events)}. Primary key: {', '.join(f'`{name}`' for name in spec.key)}.")
    if spec.natural_key:
        lines.append(
            f"Natural key (deleted and inserted again in one transaction = corrected): {', '.join(f'`{name}`' for name in spec.natural_key)}."
        )
    if spec.facts:
        lines.append(f"A deleted row means {DELETE[spec.on_delete]}.")
    lines += ["", "| column | type | required | personal | meaning |", "|---|---|---|---|---|"]
    lines += [
        f"| `{column.name}` | {column.type} | {'yes' if column.required else ''} | {column.personal} | {column.about} |"
        for column in spec.columns
    ]
    if spec.facts:
        lines += ["", "| fact | stated when | fields |", "|---|---|---|"]
        lines += [f"| {fact.kind} | {_when(fact)} | {_fields(fact)} |" for fact in spec.facts]
        if spec.master:
            lines.append("| IDENTITY | always | name key, sex, birth date, form of the number |")
    return lines


def _when(fact: FactSpec) -> str:
    conditions = " or ".join(f"`{column}` is {' / '.join(values)}" for column, values in fact.when.items())
    present = f"`{fact.present}` is given" if fact.present else ""
    absent = f"`{fact.absent}` is empty" if fact.absent else ""
    return " and ".join(part for part in (conditions, present, absent) if part) or "always"


def _fields(fact: FactSpec) -> str:
    shown = []
    for name, field in fact.fields.items():
        value = f"= {field.const}" if isinstance(field, Constant) else f"← {field if isinstance(field, str) else ' + '.join(field)}"
        shown.append(f"{name} {value}")
    return ", ".join(shown)
