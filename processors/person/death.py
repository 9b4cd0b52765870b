"""Death as weighted evidence: which claims are in force, from which month, how sure (domain R01, 3.4 `corroboration`)."""

from msgspec import Struct

from processors.person.person import Person
from processors.rules.model import Moment
from schemas.facts import DeathClaim


class Death(Struct, kw_only=True):
    """The claims in force together. Months are month numbers, days are day numbers."""

    month: int  # earliest month of death: audit practice
    last_month: int  # latest month that any claim gives: money after it is certain
    day: int  # earliest day of death; the last day of its month or year where precision is coarser
    known_on: int  # when the first claim in force became known
    groups: frozenset[int]  # independent origin groups (DeathOrigin) after copies are removed
    claims: list[DeathClaim]  # claims in force, copies included

    @property
    def corroborated(self) -> bool:
        """Two independent origin groups agree that the person died."""
        return len(self.groups) >= 2  # noqa: PLR2004 - corroboration is two origin groups


def death_of(person: Person, now: Moment) -> Death | None:
    """The death of a person as the claims in force state it; None where no claim is in force."""
    raise NotImplementedError


def death_alert_level(person: Person, now: Moment) -> Death | None:
    """The death, if it is at ALERT level by settle window or corroboration and not held by evidence of life; else None.

    An ALERT-level death silences the rules that judge the absence of a living person (R11, R12, ...).
    """
    raise NotImplementedError
