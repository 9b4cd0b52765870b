"""Which fields of a feed's facts are filled from columns that its file marks `personal`."""

from schemas.feed_file import Feed, FieldSpec, Subject, TableSpec
from schemas.kinds import Kind


def personal_fields(feed: Feed) -> dict[Kind, dict[str, str]]:
    """Kind → field → the classes of the personal columns that fill it, in any table of the feed."""
    found: dict[Kind, dict[str, str]] = {}
    for table in feed.tables:
        for fact in table.facts:
            for field, spec in fact.fields.items():
                _note(found.setdefault(Kind[fact.kind], {}), table, field, _columns(spec))
        if table.master and isinstance(table.subject, Subject):
            own = found.setdefault(Kind.IDENTITY, {})
            subject = table.subject
            named = [fact.fields["record"] for fact in table.facts if "record" in fact.fields]
            for field, columns in (
                ("name_key", [subject.name]),
                ("birth_day", [subject.birth, subject.number]),
                ("sex", [subject.sex, subject.number]),
                ("record", [column for spec in named for column in _columns(spec)]),
            ):
                _note(own, table, field, columns)
    return found


def _note(found: dict[str, str], table: TableSpec, field: str, columns: list[str]) -> None:
    classes = {column.personal for column in table.columns if column.name in columns and column.personal}
    if classes:
        found[field] = ", ".join(sorted({*found.get(field, "").split(", "), *classes} - {""}))


def _columns(spec: FieldSpec) -> list[str]:
    if isinstance(spec, str):
        return [spec]
    return spec if isinstance(spec, list) else []
