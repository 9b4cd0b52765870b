"""What a look-up must say about itself: a coded reason with the case or the file it is for."""

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from schemas.audit import NUMBER_LIKE
from sinks.desk.read import DeskReader
from sinks.web.rights import Reach, User

CASE_REASONS = ("VERIFY", "CONTACT")
"""About a case or alert that the user sees whole; only its own person is named."""
FILE_REASONS = ("SUBJECT_REQUEST", "INCIDENT", "SUPERVISION")
"""About a file elsewhere: 个人信息保护法 art. 45 and 46, art. 57, art. 54."""
ID = re.compile(r"[0-9a-f]{32}")
FILE = re.compile(r"[\w〔〕（）()\[\]./-]{4,40}")
LONG_NUMBER = re.compile(r"[0-9]{12,}")
"""No file has such a number; an identity number has."""
KEY = re.compile(r"[0-9a-f]{34}")
REQUEST = re.compile(r"b[0-9a-f]{15}")
MOST_PERSONS = 200
"""In one request of the page; the command takes more."""


class Why(StrEnum):
    """Why the page refuses before the vault is asked."""

    QUOTA = "QUOTA"
    REASON = "REASON"
    REFERENCE = "REFERENCE"
    CASE = "CASE"
    KEY = "KEY"
    OTHER_PERSON = "OTHER_PERSON"
    MANY = "MANY"
    REQUEST = "REQUEST"


class AskedWrongError(Exception):
    """A look-up that is refused before the vault is asked."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Question(Struct, frozen=True):
    """Why somebody asks. `reason`: as it is written down; `person`: of the case, 34 hexadecimal digits, empty where a file is named."""

    reason: str
    person: str


async def question_of(desk: DeskReader, user: User, form: Mapping[str, str]) -> Question:
    """The question's grounds; AskedWrongError where they are missing, or the case is not this user's."""
    code, reference = form.get("reason", ""), form.get("reference", "").strip()
    if code in FILE_REASONS:
        if not file_named(reference):
            raise AskedWrongError(Why.REFERENCE)
        return Question(f"{code} {reference}", "")
    if code not in CASE_REASONS:
        raise AskedWrongError(Why.REASON)
    if not ID.fullmatch(reference):
        raise AskedWrongError(Why.REFERENCE)
    person = await _person(desk, user, reference)
    if not person:
        raise AskedWrongError(Why.CASE)
    return Question(f"{code} {reference}", person)


def file_named(reference: str) -> bool:
    """Whether a text can be the number of a file, and is no number of a person."""
    return bool(FILE.fullmatch(reference)) and not LONG_NUMBER.search(reference) and not NUMBER_LIKE.search(reference)


async def _person(desk: DeskReader, user: User, reference: str) -> str:
    briefs = await desk.briefs([reference]) or await desk.case(reference)
    return next((brief.person for brief in briefs if user.reach(brief) is Reach.WHOLE), "")


def key_asked(question: Question, form: Mapping[str, str]) -> bytes:
    """The person key to be named: that of the case, or the one typed in; both must agree where both are given."""
    typed = form.get("key", "").strip()
    if typed and not KEY.fullmatch(typed):
        raise AskedWrongError(Why.KEY)
    if question.person and typed not in {"", question.person}:
        raise AskedWrongError(Why.OTHER_PERSON)
    if not question.person and not typed:
        raise AskedWrongError(Why.KEY)
    return bytes.fromhex(question.person or typed)


def many_asked(form: Mapping[str, str]) -> set[bytes]:
    """The person keys of a bulk request, one a line; for a file only, never for a case."""
    if form.get("reason") not in FILE_REASONS:
        raise AskedWrongError(Why.REASON)
    lines = {line.strip() for line in form.get("keys", "").splitlines()} - {""}
    if not 0 < len(lines) <= MOST_PERSONS or not all(KEY.fullmatch(line) for line in lines):
        raise AskedWrongError(Why.MANY)
    return {bytes.fromhex(line) for line in lines}


def request_asked(form: Mapping[str, str]) -> str:
    """The name of a bulk request."""
    name = form.get("request", "").strip()
    if not REQUEST.fullmatch(name):
        raise AskedWrongError(Why.REQUEST)
    return name
