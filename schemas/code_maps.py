"""Code maps of the departments, keyed by (source, field, raw value): the same field name means different things in different systems."""

from enum import IntEnum
from functools import cache
from pathlib import Path

from msgspec import Struct

from schemas import kinds, record_kinds
from schemas.kinds import Source
from schemas.strict_yaml import Table, read_table

HOME = Path(__file__).parent / "codes"
OTHER_TABLES = ("divisions.yaml", "variant_characters.yaml")
REFUSE = "REFUSE"
TARGETS: dict[str, type[IntEnum]] = {
    name: value
    for module in (kinds, record_kinds)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
}


class _Map(Struct, forbid_unknown_fields=True, frozen=True):
    source: str
    field: str
    reference: str
    values: dict[str, str]
    unknown: str = ""


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    target: str
    about: str
    maps: list[_Map]


class CodeMap(Struct, frozen=True):
    """One department's codes for one field.

    `unknown` is the value of a raw code that is not listed: the target's UNKNOWN, or the harmless value that the file names; None means
    that no value is harmless and the record is refused. It is never a guess.
    """

    source: Source
    field: str
    target: type[IntEnum]
    reference: str
    values: dict[str, int]
    unknown: int | None

    def allowed(self) -> str:
        """The raw codes, for messages."""
        return ", ".join(self.values)


@cache
def load_code_maps() -> dict[tuple[Source, str, str], CodeMap]:
    """(source, field, target name) → map, from `schemas/codes/*.yaml`; ConfigFault where a file is wrong or a field has two maps."""
    found: dict[tuple[Source, str, str], CodeMap] = {}
    for path in sorted(HOME.glob("*.yaml")):
        if path.name in OTHER_TABLES:
            continue
        table = read_table(path, f"codes/{path.name}")
        content = table.convert(_File)
        target = TARGETS.get(content.target)
        if target is None:
            raise table.fault("$.target", f"{content.target!r} is no enum of schemas.kinds or schemas.record_kinds")
        for index, one in enumerate(content.maps):
            code_map = _compiled(table, f"$.maps[{index}]", one, target)
            key = (code_map.source, code_map.field, content.target)
            if key in found:
                raise table.fault(f"$.maps[{index}].field", f"{one.source} {one.field} has a map of {content.target} already")
            found[key] = code_map
    return found


def _compiled(table: Table, path: str, one: _Map, target: type[IntEnum]) -> CodeMap:
    source = Source.__members__.get(one.source)
    if source is None:
        raise table.fault(f"{path}.source", f"{one.source!r} is not allowed; allowed: {', '.join(Source.__members__)}")
    members = target.__members__
    for raw, name in one.values.items():
        if name not in members:
            raise table.fault(f"{path}.values.{raw}", f"{name!r} is not allowed; allowed: {', '.join(members)}")
    unknown = one.unknown or "UNKNOWN"
    if unknown != REFUSE and unknown not in members:
        problem = f"{target.__name__} has no UNKNOWN: name the harmless value, or {REFUSE}; allowed: {', '.join(members)}"
        raise table.fault(f"{path}.unknown", problem)
    values = {raw: int(members[name]) for raw, name in one.values.items()}
    return CodeMap(source, one.field, target, one.reference, values, None if unknown == REFUSE else int(members[unknown]))
