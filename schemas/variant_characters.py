"""The table of variant characters in names, as `str.translate` takes it."""

from functools import cache
from pathlib import Path

from msgspec import Struct

from schemas.strict_yaml import read_table

FILE = Path(__file__).parent / "codes" / "variant_characters.yaml"


class Pair(Struct, forbid_unknown_fields=True, frozen=True):
    """One character and the one that stands for it; `old` is the character itself or its code point as U+XXXX."""

    old: str
    new: str


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    private_use: list[Pair]
    traditional: list[Pair]
    variant: list[Pair]


@cache
def load_variants() -> dict[int, str]:
    """Code point → replacement; ConfigFault where the file is wrong, names a character twice, or a replacement is itself replaced."""
    table = read_table(FILE, "codes/variant_characters.yaml")
    content = table.convert(_File)
    found: dict[int, str] = {}
    for section in ("private_use", "traditional", "variant"):
        for index, pair in enumerate(getattr(content, section)):
            code_point = int(pair.old.removeprefix("U+"), 16) if pair.old.startswith("U+") else ord(pair.old)
            if code_point in found:
                raise table.fault(f"$.{section}[{index}].old", "is given twice")
            found[code_point] = pair.new
    for section in ("private_use", "traditional", "variant"):
        for index, pair in enumerate(getattr(content, section)):
            if ord(pair.new) in found:
                raise table.fault(f"$.{section}[{index}].new", "is itself replaced: name the last character of the chain")
    return found
