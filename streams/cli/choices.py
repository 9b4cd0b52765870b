"""Options that name one of a few things: a value that is none of them is refused and the option and what is allowed are named, never taken to match nothing."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import typer

from schemas.divisions import load_divisions
from schemas.errors import Code
from schemas.feed_file import load_feeds

OTHER_LETTERS = ("decisions", "people")
"""What dead letters may be of beside a department's feed."""
CITY_ITSELF = 99
PERSON_BYTES = 17
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
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


def person_given(text: str, place: str = "key") -> bytes:
    """The bytes of a person key; `place` names the argument or line it stands in."""
    return bytes.fromhex(hexadecimal(text, place, 2 * PERSON_BYTES, "a person key, as alerts show it (person_key)"))


def hexadecimal(text: str, place: str, digits: int, what: str) -> str:
    """An identifier of so many hexadecimal digits; `what` says where one is found."""
    name = text.strip().lower()
    if len(name) != digits or not _HEXADECIMAL.fullmatch(name):
        raise refused(place, f"{digits} hexadecimal digits, {what}")
    return name


def file_to_write(path: Path | None, place: str) -> None:
    """Refuses a file that cannot be written, as far as can be told before it is opened: nothing is begun for a result that has nowhere to go."""
    if path is None:
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise refused(place, "a file in a folder that is there")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise refused(place, "a file that this account may write")


def refused(option: str, allowed: str) -> typer.BadParameter:
    """The refusal of an option's value, which is not repeated: it may be pasted from anywhere."""
    return typer.BadParameter(f"{option}: allowed: {allowed}")
