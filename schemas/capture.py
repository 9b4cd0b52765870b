"""What capturing a database feed takes, written from its feed file: SQL for PostgreSQL and the configuration of the Debezium connector."""

import json

from schemas.feed_file import Column, Feed, TableSpec, load_feeds

ROLE = "canbao_cdc"
MARKER = "feed_complete"
MARKER_DEFAULTS = {
    "id": " generated always as identity",
    "at": " default clock_timestamp()",
    "snap": " default pg_current_snapshot()::text",
}
AVRO = {"schema.name.adjustment.mode": "avro"}
AVRO_CONVERTER = {
    "": "io.apicurio.registry.utils.converter.AvroConverter",
    ".apicurio.registry.url": "${env:CANBAO_CONNECT_REGISTRY_URL}",
    ".apicurio.registry.auto-register": "true",
    # Confluent's framing with the id that the registry's Confluent API knows; the converter's own defaults are a header and another id
    ".apicurio.registry.headers.enabled": "false",
    ".apicurio.registry.as-confluent": "true",
    ".apicurio.registry.use-id": "contentId",
    # default 30 s and an error: a registry that is down would stop changes whose schemas it has long since given ids
    ".apicurio.registry.check-period-ms": "86400000",
    ".apicurio.registry.fault-tolerant-refresh": "true",
}


def database_feeds() -> list[Feed]:
    """The feeds that Debezium captures from a database, by name."""
    return [feed for feed in load_feeds().values() if feed.wire.startswith("debezium")]


def tables_sql(feed: Feed) -> str:
    """The department's own tables, without the marker table; Chinese meanings as comments."""
    tables = [_table(feed.feed, table) for table in feed.tables if table.name != MARKER]
    head = f"-- {feed.about}\n-- Generated from schemas/feeds/{feed.feed}.yaml by `canbao docs write`.\n"
    return "\n".join([head, f"create schema {feed.feed};\n", *tables])


def capture_sql(feed: Feed) -> str:
    """What a department's database administrator runs: marker table, full before-images, rights of the role, publication."""
    marker = [_table(feed.feed, table) for table in feed.tables if table.name == MARKER]
    names = [f"{feed.feed}.{table.name}" for table in feed.tables]
    listed = ",\n  ".join(names)
    return "\n".join(
        [
            f"-- Lets Debezium capture the feed {feed.feed}: run by the database's owner, once, after role.sql.",
            f"-- Generated from schemas/feeds/{feed.feed}.yaml by `canbao docs write`.\n",
            *marker,
            "-- before-images carry every column: a change of the person or of a key can be undone at the old place",
            *[f"alter table {name} replica identity full;" for name in names],
            "",
            f"grant usage on schema {feed.feed} to {ROLE};",
            f"grant select on\n  {listed}\nto {ROLE};",
            *([f"grant insert on {feed.feed}.{MARKER} to {ROLE};  -- the heartbeat writes watermarks"] if marker else []),
            "",
            f"create publication canbao_{feed.feed} for table\n  {listed};",
            "",
        ]
    )


def connector_json(feed: Feed) -> str:
    """The connector's configuration: all captured tables of the feed in commit order in one single-partition topic."""
    name = feed.feed
    access = f"${{env:CANBAO_{name.upper()}_"
    config = {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "topic.prefix": f"canbao-{name}",
        # of the ways to route tables into one topic the only one that keeps the table in key and headers and the schema in the match
        "topic.naming.strategy": "io.debezium.schema.SchemaRegexTopicNamingStrategy",
        "topic.regex": rf"canbao-{name}\.{name}\..*",
        "topic.replacement": feed.topic,
        "database.hostname": access + "HOST}",
        "database.port": access + "PORT}",
        "database.dbname": access + "DATABASE}",
        "database.user": ROLE,
        "database.password": access + "PASSWORD}",
        "plugin.name": "pgoutput",
        "slot.name": f"canbao_{name}",
        "publication.name": f"canbao_{name}",
        "publication.autocreate.mode": "disabled",
        "schema.include.list": name,
        "snapshot.mode": "initial",
        # a snapshot reads table by table: an old marker would come before rows that it speaks of
        "snapshot.include.collection.list": rf"{name}\.(?!{MARKER}$).*",
        "skipped.operations": "none",
        "tombstones.on.delete": "true",
        "decimal.handling.mode": "string",
        "provide.transaction.metadata": "false",
        "topic.heartbeat.prefix": "canbao.connect.heartbeat",
        "heartbeat.interval.ms": "5000",
        # a horizon counts once a later marker shows that what was open at it has arrived (these have no `through`)
        "heartbeat.action.query": f"insert into {name}.{MARKER} (feed, by_whom) values ('{name}', 'heartbeat')",  # noqa: S608 - names come from our own file
        "poll.interval.ms": "100",
        "topic.creation.default.replication.factor": "-1",
        "topic.creation.default.partitions": "1",
        "extended.headers.enabled": "false",
    }
    if feed.wire == "debezium-avro":
        config |= AVRO | {f"{side}.converter{key}": value for side in ("key", "value") for key, value in AVRO_CONVERTER.items()}
    return json.dumps(config, indent=2) + "\n"


def _table(schema: str, table: TableSpec) -> str:
    name = f"{schema}.{table.name}"
    lines = [f"  {column.name} {column.type}{_rest(table, column)}" for column in table.columns]
    lines.append(f"  primary key ({', '.join(table.key)})")
    comments = [f"comment on table {name} is {_quoted(table.about)};"]
    comments += [f"comment on column {name}.{column.name} is {_quoted(column.about)};" for column in table.columns]
    return f"create table {name} (\n" + ",\n".join(lines) + "\n);\n" + "\n".join(comments) + "\n"


def _rest(table: TableSpec, column: Column) -> str:
    default = MARKER_DEFAULTS.get(column.name, "") if table.name == MARKER else ""
    required = column.required or bool(default)
    return (" not null" if required else "") + default


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
