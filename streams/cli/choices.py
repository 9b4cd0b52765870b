"""Options that name one of a few things: a value that is none of them is refused and the option and what is allowed are named, never taken to match nothing."""

import re
from collections.abc import Iterable

import typer

from schemas.divisions import load_divisions
from schemas.errors import Code
from schemas.feed_file import load_feeds

OTHER_LETTERS = ("decisions", "people")
"""What dead letters may be of beside a department's feed."""
CITY_ITSELF = 99
_REFERENCE = re.compile(r"\d{1,9}:\d{1,18}")


def several(text: str, option: str, allowed: Iterable[str]) -> set[str]:
    """The parts of a list with commas, in capitals; each must be allowed."""
    names = list(allowed)
    given = {part.strip().upper() for part in text.split(",") if part.strip()}
    if not given <= set(names):
        raise refused(option, ", ".join(names))
    return given


def divisions_given(text: str, option: str) -> set[int]:
    """Divisions of the province, today's and replaced ones."""
    table = load_divisions()
    found = {int(part) if re.fullmatch(r"\s*\d{6}\s*", part) else 0 for part in text.split(",") if part.strip()}
    known = {*table.cities, *table.counties, *table.replaced}
    if any(one not in known and not (one % 100 == CITY_ITSELF and one // 100 * 100 in table.cities) for one in found):
        cities = ", ".join(f"{code} {name}" for code, name in table.cities.items())
        raise refused(option, f"six digits of a county (`schemas/codes/divisions.yaml`) or a whole city: {cities}")
    return found


def letters_feed(name: str, option: str = "--feed") -> str:
    """A feed of dead letters; empty for all."""
    names = [*load_feeds(), *OTHER_LETTERS]
    if name and name not in names:
        raise refused(option, ", ".join(names))
    return name


def error_code(text: str, option: str = "--code") -> str:
    """A code CB-nnn; empty for all."""
    code = text.strip().upper()
    if code and code not in set(Code):
        raise refused(option, ", ".join(Code))
    return code


def reference_given(text: str) -> str:
    """The reference of one dead letter."""
    if not _REFERENCE.fullmatch(text):
        raise refused("reference", "partition:offset, such as 3:1041, as `canbao dlq list` shows it")
    return text


def refused(option: str, allowed: str) -> typer.BadParameter:
    """The refusal of an option's value, which is not repeated: it may be pasted from anywhere."""
    return typer.BadParameter(f"{option}: allowed: {allowed}")
