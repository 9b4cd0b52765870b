"""The scheme families inside which schemes replace each other: pension and medical (domain 3.1, R11, R12); everything else is a third one."""

from msgspec import Struct

from processors.person.state import Flag
from processors.rules.model import Moment, Wake
from schemas.kinds import Agency, Scheme

WHOLE = 0
"""No family: a question about the whole person."""
OTHER = 3
"""Number of the schemes outside both families."""


class Family(Struct, frozen=True, kw_only=True):
    """Schemes that replace each other: cover anywhere in the family is cover."""

    number: int
    name: str
    label: str
    schemes: tuple[int, ...]  # those that the person or an employer pays
    others: tuple[int, ...]  # further schemes whose record counts as enrolled
    feeds: tuple[str, ...]  # feeds without whose horizon a missing month is not judged
    enrolment_feed: str  # feed that brings its enrolment records
    flags: int  # presence flags of which one is set where there is anything of its schemes
    owner: Agency


PENSION = Family(
    number=1,
    name="PENSION",
    label="养老保险",
    schemes=(int(Scheme.PENSION_EMP), int(Scheme.PENSION_CIVIL), int(Scheme.PENSION_RES)),
    others=(),
    feeds=("tax_contribution", "business"),
    enrolment_feed="business",
    flags=Flag.PENSION_EMP | Flag.PENSION_RES,
    owner=Agency.SSC,
)
MEDICAL = Family(
    number=2,
    name="MEDICAL",
    label="基本医疗保险",
    schemes=(int(Scheme.MED_EMP), int(Scheme.MED_RES)),
    others=(int(Scheme.MED_SPECIAL),),
    feeds=("tax_contribution", "business", "medical"),
    enrolment_feed="medical",
    flags=Flag.MED_EMP | Flag.MED_RES,
    owner=Agency.MED,
)
FAMILIES = {family.name: family for family in (PENSION, MEDICAL)}
_NUMBER_OF = {scheme: family.number for family in (PENSION, MEDICAL) for scheme in (*family.schemes, *family.others)}


def family_of(scheme: int) -> int:
    """The number of a scheme's family."""
    return _NUMBER_OF.get(scheme, OTHER)


def complete_through(now: Moment, family: Family, division: int) -> int:
    """The last day that is over and for which every feed of the family is complete in a division."""
    return min(now.as_of - 1, *(now.horizon(feed, division) for feed in family.feeds))


def wakes_for(now: Moment, feeds: tuple[str, ...], division: int, day: int) -> list[Wake]:
    """Wakes for the moment when a day is over and the feeds are complete through it; none where that is so already."""
    if now.as_of <= day:
        return [Wake("", day + 1)]
    return [Wake.horizon(now, feed, division, day) for feed in feeds if now.horizon(feed, division) < day]
