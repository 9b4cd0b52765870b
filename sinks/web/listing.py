"""The question behind a list: filters, order and cursor, from a URL to the read model and back."""

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import Struct, structs

from schemas.divisions import load_divisions
from schemas.kinds import Agency, Handling, Level, Origin, Queue, Severity
from sinks.desk.brief import Brief
from sinks.desk.read import Cursor, DeskReader, Page, Wanted
from sinks.web.rights import User

FILTERS: Mapping[str, tuple[str, ...]] = {
    "queue": tuple(Queue),
    "severity": tuple(Severity),
    "level": tuple(Level),
    "handling": tuple(Handling),
    "owner": tuple(Agency),
    "origin": tuple(Origin),
}
"""Filters with known values; `rule` takes any code."""
SORTS = ("due", "severity", "new", "amount")
DUES = ("overdue", "today", "week")
WEEK_DAYS = 7
PAGE_ROWS = 50
CHUNK_ROWS = 500
RULE_LENGTH = 16


class WrongQueryError(ValueError):
    """A filter that does not exist; the message names it and what is allowed."""


class Query(Struct, frozen=True, kw_only=True):
    """What was asked for. `division` 0: the user's own."""

    filters: dict[str, str] = {}
    division: int = 0
    due: str = ""
    sort: str = "due"
    after: str = ""

    def url(self, **changes: str) -> str:
        """The query as a URL's, with changes; an empty value leaves a part out."""
        parts = {**self.filters, "division": str(self.division or ""), "due": self.due, "sort": self.sort, "after": self.after, **changes}
        return urlencode({name: value for name, value in parts.items() if value})


def query_of(given: Mapping[str, str]) -> Query:
    """The query of a URL's parameters; WrongQueryError names the first that is wrong."""
    filters = {}
    for name, allowed in FILTERS.items():
        filters[name] = _one_of(name, given.get(name, ""), allowed)
    rule = given.get("rule", "")
    if len(rule) > RULE_LENGTH or not ((rule.replace("_", "").isalnum() and rule.isascii()) or not rule):
        raise WrongQueryError("rule: a rule's code")
    division = given.get("division", "")
    if division and not (division.isascii() and division.isdecimal() and len(division) == len("370102")):
        raise WrongQueryError("division: six digits")
    return Query(
        filters={**{name: value for name, value in filters.items() if value}, **({"rule": rule} if rule else {})},
        division=int(division or 0),
        due=_one_of("due", given.get("due", ""), DUES),
        sort=_one_of("sort", given.get("sort", "") or "due", SORTS),
        after=_cursor(given.get("after", "")),
    )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value and value not in allowed:
        raise WrongQueryError(f"{name}: one of {', '.join(allowed)}")
    return value


def _cursor(text: str) -> str:
    try:
        return Cursor.parse(text).text() if text else ""
    except ValueError:
        raise WrongQueryError("after: the cursor that a page gave") from None


async def listed(desk: DeskReader, user: User, query: Query, limit: int = PAGE_ROWS) -> Page:
    """The page of alerts; a division that the user does not cover has none."""
    place = query.division or user.division
    if not user.covers(place):
        return Page([], None, 0)
    today = (await desk.fresh()).as_of
    due_from, due_to = _days(query.due, today)
    wanted = Wanted(
        facets={name: frozenset({value}) for name, value in query.filters.items()},
        due_from=due_from,
        due_to=due_to,
        sort=query.sort,
        after=Cursor.parse(query.after) if query.after else None,
        limit=limit,
    )
    return await desk.page(place, wanted)


async def everything(desk: DeskReader, user: User, query: Query, most: int) -> list[Brief]:
    """The rows of all pages, at most so many; a few hundred a call, so that nobody else waits for the server."""
    rows: list[Brief] = []
    while len(rows) < most:
        found = await listed(desk, user, query, min(CHUNK_ROWS, most - len(rows)))
        rows += found.rows
        if found.following is None:
            break
        query = structs.replace(query, after=found.following.text())
    return rows


def _days(due: str, today: int) -> tuple[int, int]:
    """First and last day of a filter by due; 0, 0 for none."""
    if due == "overdue":
        return 1, today - 1
    if due == "today":
        return today, today
    return (today, today + WEEK_DAYS) if due == "week" else (0, 0)


def divisions_of(user: User) -> list[int]:
    """The divisions that a user may choose among."""
    counties = load_divisions().counties_of(user.division) if user.division % 100 == 0 else []
    return [user.division, *counties]
