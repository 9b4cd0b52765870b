"""Who may do what, where: role x division. One table; pages and API ask the same functions."""

from enum import StrEnum

from msgspec import Struct

from schemas.divisions import load_divisions
from schemas.roles import Role
from sinks.desk.brief import Brief


class Right(StrEnum):
    """What a page or a call needs."""

    OVERVIEW = "overview"
    CASES = "cases"
    DECIDE = "decide"
    EXPORT = "export"
    QUALITY = "quality"
    MEND = "mend"
    RULES = "rules"
    LOOK_UP = "look_up"
    BULK = "bulk"
    APPROVE = "approve"


class Reach(StrEnum):
    """What a person at this place sees of an alert."""

    WHOLE = "whole"
    INVOLVED = "involved"
    NONE = "none"


LOOKING = {Right.LOOK_UP, Right.BULK}
APPROVING = {Right.APPROVE, Right.BULK}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CLERK: frozenset({Right.OVERVIEW, Right.CASES, Right.DECIDE, Right.EXPORT, Right.RULES}),
    Role.SUPERVISOR: frozenset({Right.OVERVIEW, Right.CASES, Right.DECIDE, Right.EXPORT, Right.QUALITY, Right.RULES} | LOOKING | APPROVING),
    Role.STEWARD: frozenset({Right.OVERVIEW, Right.CASES, Right.QUALITY, Right.MEND, Right.RULES} | LOOKING),
    Role.POLICY: frozenset({Right.OVERVIEW, Right.RULES}),
    Role.OPERATOR: frozenset({Right.OVERVIEW, Right.QUALITY, Right.MEND}),
    Role.AUDITOR: frozenset({Right.OVERVIEW, Right.CASES, Right.QUALITY, Right.RULES} | APPROVING),
    Role.PROVINCE: frozenset({Right.OVERVIEW, Right.RULES}),
    Role.SYSTEM: frozenset(),
}
PERSONAL = {Right.CASES, Right.DECIDE, Right.EXPORT, *LOOKING, *APPROVING}
PROVINCE_UNIT = 10_000
CITY_UNIT = 100


class User(Struct, frozen=True):
    """Who is signed in. `division` is a six-digit code: a county, a city (nn00) or the province (nn0000)."""

    subject: str
    name: str
    role: Role
    division: int

    def may(self, right: Right) -> bool:
        """Whether the role has the right; cases of persons are never for the province as a whole, feeds are the city's and not a county's."""
        if right in PERSONAL and self.division % PROVINCE_UNIT == 0:
            return False
        if right is Right.MEND and self.division % CITY_UNIT:
            return False
        return right in RIGHTS[self.role]

    def reach(self, alert: Brief) -> Reach:
        """What the user sees of an alert: the division that handles it or is asked to, and its city, all; another involved division that it exists."""
        if self.covers(alert.division) or (alert.referred_to and self.covers(alert.referred_to)):
            return Reach.WHOLE
        return Reach.INVOLVED if any(self.covers(division) for division in alert.involved) else Reach.NONE

    def covers(self, division: int) -> bool:
        """Whether a division is the user's own, or lies in the user's city."""
        if self.division % PROVINCE_UNIT == 0:
            return self.division // PROVINCE_UNIT == division // PROVINCE_UNIT
        if self.division % CITY_UNIT == 0:
            return load_divisions().city_of(division) == self.division
        return division == self.division
