"""One YAML file a feed: where its records come from, how they are laid out, and which facts they become.

`load_feeds` reads and checks `schemas/feeds/*.yaml`; `processors.intake.compile` turns a `Feed` into code once. Every fault names the file,
the line, the field and what is allowed.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from schemas.code_maps import load_code_maps
from schemas.fact_fields import COLUMNS_NEEDED, FIELDS, FieldRule, Reading
from schemas.kinds import Kind, Source
from schemas.strict_yaml import Table, read_table

HOME = Path(__file__).parent / "feeds"
Wire = Literal["debezium-json", "debezium-avro", "json", "avro"]
Personal = Literal["", "identifier", "name", "attribute", "address", "card", "account", "medical"]
OnDelete = Literal["ignore", "ended", "annulled"]
PRINCIPAL = re.compile(r"[a-z][a-z0-9]{0,30}")
"""No hyphen: a department's groups begin with its user's name and a hyphen, so no department's names begin with another's."""
COLUMN_TYPE = re.compile(r"(bigint|integer|smallint|text|date|timestamptz|boolean|varchar\(\d+\)|numeric\(\d+,\d+\))")
SEVERAL_ALLOWED = (Reading.DAY, Reading.DAY_PAST, Reading.DAY_PARTIAL, Reading.PRECISION)
MOST_STATE_COLUMNS = 2


class Column(Struct, forbid_unknown_fields=True, frozen=True):
    """One column as the department sends it; `type` is the PostgreSQL type for DDL."""

    name: str
    type: str
    about: str
    personal: Personal = ""
    required: bool = False


class Constant(Struct, forbid_unknown_fields=True, frozen=True):
    """A value that the table itself says: a code's name, or digits."""

    const: str


FieldSpec = str | list[str] | Constant


class FactSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """One fact that a row of the table states.

    `when`: only rows with one of these raw values in any of these columns; `present`: only rows where this column is not empty;
    `absent`: only rows where it is.
    """

    kind: str
    fields: dict[str, FieldSpec]
    about: str = ""
    when: dict[str, list[str]] = {}
    present: str = ""
    absent: str = ""

    @property
    def deciding(self) -> list[str]:
        """The columns that decide whether a row states the fact."""
        return [*self.when, *(column for column in (self.present, self.absent) if column)]


class Subject(Struct, forbid_unknown_fields=True, frozen=True):
    """Which columns say whom a row is about."""

    number: str
    name: str
    document: str = ""
    country: str = ""
    sex: str = ""
    birth: str = ""


class TableSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """One table of a feed.

    Attributes:
        key: primary key; identifies the source row.
        natural_key: columns that stay when a row is deleted and inserted again within one transaction (a correction).
        master: the row says who the person is (name, sex, birth date): it also states an IDENTITY fact.
        on_delete: what a deleted row means. ignore: archiving, the facts stay, marked; ended: true until now; annulled: was never true.
        status: column whose code says ASSERTED or WITHDRAWN.
        division: column of the office that states the row, or a constant for the feed of one office.
        no subject: the table holds no facts about persons (completeness markers).
    """

    name: str
    about: str
    events: list[str]
    key: list[str]
    columns: list[Column]
    natural_key: list[str] = []
    master: bool = False
    on_delete: OnDelete = "ignore"
    subject: Subject | UnsetType = UNSET
    division: str | Constant = ""
    recorded_on: str = ""
    status: str = ""
    facts: list[FactSpec] = []

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


class Position(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the version of a row comes from: Debezium's own LSN, a declared column, or (only if said so) the Kafka offset."""

    form: Literal["debezium", "column", "offset"]
    column: str = ""


class HorizonSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """The table of completeness markers.

    `snapshot` names the column with the database's snapshot text, for database feeds; `feed` the column that says whose marker it is, where
    several feeds come from one database: another feed's marker is a watermark only.
    """

    table: str
    division: str
    through: str
    snapshot: str = ""
    feed: str = ""


class BrakeSpec(Struct, forbid_unknown_fields=True, frozen=True):
    """When a feed stops by itself: `rejected_ratio` of the last `window` records, or `rejected_run` in a row."""

    rejected_ratio: float = 0.2
    window: int = 500
    rejected_run: int = 50


class Feed(Struct, forbid_unknown_fields=True, frozen=True):
    """One department's feed.

    Attributes:
        principal: the department's own user on Kafka is canbao-department-<principal>; feeds of one department have the same.
        before_image: full: updates carry the old row (REPLICA IDENTITY FULL); index: intake keeps what it last stated per source row.
        table_column: for plain feeds, the column that names the table; empty when the feed has one table.
        op_column: for plain feeds, the column that says c, u or d; empty: every record asserts its row.
        partitions: source partitions; completeness is their minimum.
        null_key: what a record without a Kafka key is: a fault of the source, or accepted.
        codec: for plain Avro, the schema file below schemas/avro.
    """

    feed: str
    about: str
    department: str
    principal: str
    source: str
    topic: str
    wire: Wire
    partitions: int
    position: Position
    before_image: Literal["full", "index"]
    tables: list[TableSpec]
    table_column: str = ""
    op_column: str = ""
    null_key: Literal["refuse", "accept"] = "refuse"
    horizon: HorizonSpec | UnsetType = UNSET
    brake: BrakeSpec = BrakeSpec()
    codec: str = ""

    @property
    def source_code(self) -> Source:
        """The source as a code."""
        return Source[self.source]


@cache
def load_feeds() -> dict[str, Feed]:
    """Every feed of `schemas/feeds`, by name."""
    return {feed.feed: feed for feed in (load_feed(path) for path in sorted(HOME.glob("*.yaml")))}


def load_feed(path: Path) -> Feed:
    """One checked feed file.

    Raises:
        ConfigFault: names file, line, field and what is allowed.
    """
    table = read_table(path, f"feeds/{path.name}")
    feed = table.convert(Feed)
    _check_feed(table, feed)
    for index, spec in enumerate(feed.tables):
        _check_table(table, f"$.tables[{index}]", feed, spec)
    return feed


def _check_feed(table: Table, feed: Feed) -> None:
    if feed.source not in Source.__members__:
        raise table.fault("$.source", f"{feed.source!r} is not allowed; allowed: {', '.join(Source.__members__)}")
    if PRINCIPAL.fullmatch(feed.principal) is None:
        raise table.fault("$.principal", f"{feed.principal!r} is not allowed; allowed: {PRINCIPAL.pattern}")
    if feed.partitions < 1:
        raise table.fault("$.partitions", "must be at least 1")
    if (feed.position.form == "column") != bool(feed.position.column):
        raise table.fault("$.position.column", "is given exactly when form is 'column'")
    if feed.wire.startswith("debezium") != (feed.position.form == "debezium"):
        raise table.fault(
            "$.position.form", f"does not fit wire {feed.wire!r}: 'debezium' for Debezium feeds, 'column' or 'offset' for others"
        )
    names = [spec.name for spec in feed.tables]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise table.fault(f"$.tables[{index}].name", "is given twice")
    _check_horizon(table, feed)


def _check_horizon(table: Table, feed: Feed) -> None:
    if feed.horizon is UNSET:
        return
    marker = next((spec for spec in feed.tables if spec.name == feed.horizon.table), None)
    if marker is None:
        allowed = ", ".join(spec.name for spec in feed.tables)
        raise table.fault("$.horizon.table", f"{feed.horizon.table!r} is no table of this feed; allowed: {allowed}")
    for field in ("division", "through", "snapshot", "feed"):
        column = getattr(feed.horizon, field)
        if column and marker.column(column) is None:
            raise table.fault(f"$.horizon.{field}", _no_column(marker, column))


def _check_table(table: Table, path: str, feed: Feed, spec: TableSpec) -> None:
    for index, column in enumerate(spec.columns):
        if COLUMN_TYPE.fullmatch(column.type) is None:
            raise table.fault(f"{path}.columns[{index}].type", f"{column.type!r} is not allowed; allowed: {COLUMN_TYPE.pattern}")
    named = {"division": spec.division if isinstance(spec.division, str) else "", "recorded_on": spec.recorded_on, "status": spec.status}
    if feed.position.form == "column" and spec.facts:
        named["key"] = feed.position.column
    if spec.subject is not UNSET:
        named |= {f"subject.{name}": getattr(spec.subject, name) for name in Subject.__struct_fields__}
    named |= {f"key[{index}]": name for index, name in enumerate(spec.key)}
    named |= {f"natural_key[{index}]": name for index, name in enumerate(spec.natural_key)}
    for field, column_name in named.items():
        if column_name and spec.column(column_name) is None:
            raise table.fault(f"{path}.{field}", _no_column(spec, column_name))
    if not spec.key:
        raise table.fault(f"{path}.key", "needs at least one column")
    if spec.facts and (spec.subject is UNSET or not spec.division):
        raise table.fault(f"{path}.subject", "a table with facts needs a subject and a division")
    _check_codes(table, path, feed, spec)
    for index, fact in enumerate(spec.facts):
        _check_fact(table, f"{path}.facts[{index}]", feed, spec, fact)


def _check_codes(table: Table, path: str, feed: Feed, spec: TableSpec) -> None:
    """Columns of the table itself that are codes have a map of this feed's source, and the subject's columns are marked personal."""
    if spec.subject is not UNSET:
        for name, target in (("document", "Document"), ("sex", "Sex")):
            column = getattr(spec.subject, name)
            if column and (feed.source_code, column, target) not in load_code_maps():
                raise table.fault(f"{path}.subject.{name}", f"schemas/codes has no map of {target} for ({feed.source}, {column})")
        for name in ("number", "name"):
            column = spec.column(getattr(spec.subject, name))
            if column is not None and not column.personal:
                raise table.fault(f"{path}.subject.{name}", f"column {column.name} must be marked personal")
    if spec.status and (feed.source_code, spec.status, "FactStatus") not in load_code_maps():
        raise table.fault(f"{path}.status", f"schemas/codes has no map of FactStatus for ({feed.source}, {spec.status})")


def _check_fact(table: Table, path: str, feed: Feed, spec: TableSpec, fact: FactSpec) -> None:
    if fact.kind not in Kind.__members__ or Kind[fact.kind] not in FIELDS:
        raise table.fault(f"{path}.kind", f"{fact.kind!r} is not allowed; allowed: {', '.join(kind.name for kind in FIELDS)}")
    rules = FIELDS[Kind[fact.kind]]
    for name in fact.fields:
        if name not in rules:
            raise table.fault(f"{path}.fields.{name}", f"is no field of {fact.kind}; allowed: {', '.join(rules)}")
    for name, rule in rules.items():
        if rule.default is None and name not in fact.fields:
            raise table.fault(f"{path}.fields", f"{name} is missing: {rule.reading.value}")
    for column in fact.deciding:
        if spec.column(column) is None:
            raise table.fault(f"{path}.when", _no_column(spec, column))
    for name, field in fact.fields.items():
        _check_field(table, f"{path}.fields.{name}", feed, spec, rules[name], field)


def _check_field(table: Table, path: str, feed: Feed, spec: TableSpec, rule: FieldRule, field: FieldSpec) -> None:
    if isinstance(field, Constant):
        allowed = list(rule.enum.__members__) if rule.enum else []
        if (allowed and field.const not in allowed) or (not allowed and not field.const.isdigit()):
            raise table.fault(path, f"{field.const!r} is not allowed; allowed: {', '.join(allowed) or 'digits'}")
        return
    columns = [field] if isinstance(field, str) else field
    for column in columns:
        if spec.column(column) is None:
            raise table.fault(path, _no_column(spec, column))
    wanted = COLUMNS_NEEDED.get(rule.reading, 1)
    if len(columns) != wanted and not _takes_several(rule.reading, len(columns)):
        raise table.fault(path, f"takes {wanted} column(s): {rule.reading.value}")
    if rule.enum is not None and (feed.source_code, "+".join(columns), rule.enum.__name__) not in load_code_maps():
        raise table.fault(path, f"schemas/codes has no map of {rule.enum.__name__} for ({feed.source}, {'+'.join(columns)})")


def _takes_several(reading: Reading, count: int) -> bool:
    return reading in SEVERAL_ALLOWED or (reading is Reading.STATE and count == MOST_STATE_COLUMNS)


def _no_column(spec: TableSpec, name: str) -> str:
    return f"{name!r} is no column of table {spec.name}; allowed: {', '.join(column.name for column in spec.columns)}"
