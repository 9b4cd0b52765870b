"""The one table of stable error codes, `CB-nnn`."""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path

from msgspec import Struct

from schemas.strict_yaml import read_table

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FILE = Path(__file__).parent / "errors.yaml"


class Code(StrEnum):
    """Every code by its name; `load_errors` proves that the table lists exactly these."""

    NOT_DECODABLE = "CB-101"
    NOT_A_CHANGE = "CB-102"
    UNKNOWN_SCHEMA = "CB-103"
    TOO_LARGE = "CB-104"
    UNKNOWN_TABLE = "CB-105"
    NULL_KEY = "CB-106"
    NO_BEFORE_IMAGE = "CB-107"
    VALUE_NOT_SENT = "CB-108"
    TRUNCATED = "CB-109"
    NO_POSITION = "CB-110"
    UNKNOWN_OPERATION = "CB-111"
    KEY_DIFFERS = "CB-112"
    OUR_FAULT = "CB-190"
    NO_NUMBER = "CB-201"
    NUMBER_LENGTH = "CB-202"
    NUMBER_CHARACTERS = "CB-203"
    NUMBER_CHECKSUM = "CB-204"
    NUMBER_DATE = "CB-205"
    NUMBER_FUTURE = "CB-206"
    NUMBER_TOO_OLD = "CB-207"
    REQUIRED = "CB-301"
    NOT_A_DATE = "CB-302"
    FUTURE_DATE = "CB-303"
    NOT_A_MONTH = "CB-304"
    OUT_OF_RANGE = "CB-305"
    NOT_AN_AMOUNT = "CB-306"
    NEGATIVE_AMOUNT = "CB-307"
    NOT_A_NUMBER = "CB-308"
    CODE_NOT_ALLOWED = "CB-309"
    NOT_A_DIVISION = "CB-310"
    TOO_LONG = "CB-311"
    NOT_OF_FORM = "CB-312"
    CODE_UNKNOWN = "CB-313"
    DIVISION_NOT_SERVED = "CB-314"
    BEFORE_BIRTH = "CB-315"
    TOO_FAR_AHEAD = "CB-316"
    EQUAL_VERSION = "CB-401"
    OTHER_SOURCE = "CB-402"
    BRAKE_RATIO = "CB-403"
    BRAKE_RUN = "CB-404"
    POISON_PERSON = "CB-501"
    NOT_AN_EVENT = "CB-502"
    BRAKE_QUARANTINE = "CB-503"
    CONTROL_REFUSED = "CB-504"
    ADDRESS_NOT_ALLOWED = "CB-601"
    TARGET_GONE = "CB-602"
    GIVEN_UP = "CB-603"
    WRONG_SETTING = "CB-701"
    WRONG_FILE = "CB-702"
    WRONG_ARGUMENT = "CB-703"
    NOT_OPENED = "CB-704"
    NOT_TOGETHER = "CB-705"
    FILE_UNUSABLE = "CB-706"
    NOT_ALLOWED = "CB-707"
    NEWER_ROW = "CB-708"
    SERVER_DOWN = "CB-711"
    UNANSWERED = "CB-712"
    NOTHING_KNOWN = "CB-721"
    RESTRICTED = "CB-722"
    NOT_APPLIED = "CB-723"
    STILL_WRITTEN = "CB-724"
    AUDIT_BROKEN = "CB-725"
    COMMAND_FAULT = "CB-790"


class ErrorEntry(Struct, forbid_unknown_fields=True, frozen=True):
    """One row of the table: what the code means and what to do."""

    code: str
    name: str
    meaning: str
    meaning_zh: str
    action: str
    action_zh: str


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    errors: list[ErrorEntry]


@cache
def load_errors(file: Path = FILE) -> dict[str, ErrorEntry]:
    """Code → entry; ConfigError where the table and `Code` disagree, a code is given twice, or its meaning or advice is not in Chinese."""
    table = read_table(file, file.name)
    found: dict[str, ErrorEntry] = {}
    for index, entry in enumerate(table.convert(_File).errors):
        path = f"$.errors[{index}].code"
        if entry.code in found:
            raise table.fault(path, "is given twice")
        if entry.name not in Code.__members__ or Code[entry.name] != entry.code:
            raise table.fault(path, f"{entry.code} {entry.name} is no member of schemas.errors.Code")
        for field in ("meaning_zh", "action_zh"):
            if CHINESE.search(getattr(entry, field)) is None:
                raise table.fault(f"$.errors[{index}].{field}", f"of {entry.code} must be Chinese")
        found[entry.code] = entry
    missing = [code.name for code in Code if code not in found]
    if missing:
        raise table.fault("$.errors", f"has no entry for {', '.join(missing)}")
    return found


def page() -> str:
    """The reference page of all codes, in Markdown."""
    rows = [
        f"| {entry.code} | {entry.name} | {entry.meaning} | {entry.meaning_zh} | {entry.action} | {entry.action_zh} |"
        for entry in load_errors().values()
    ]
    head = [
        "# Error codes",
        "",
        "Written from `schemas/errors.yaml` by `canbao docs write`; change it there. A code never changes its meaning.",
        "",
        "| code | name | meaning | 含义 | what to do | 处理办法 |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"
