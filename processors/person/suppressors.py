"""What must be known before a missing enrolment may be an ALERT: the national platform's answer, students, custody, military (domain R12).

A feed that has not reached the day on which the finding opened, or does not exist here, caps it at SIGNAL and is named as 未比对; a city may
accept that it has no such feed (`suppressors.accepted_absent`), the national match excepted.
"""

from msgspec import Struct

from processors.person.cover import GONE
from processors.person.exemptions import age_day
from processors.person.families import PENSION, Family
from processors.person.person import Person
from processors.person.population import Entry
from processors.rules.model import CALENDAR, Moment, Wake
from schemas.dates import day_in_month, first_day, month_of_day
from schemas.facts import NationalMatch
from schemas.kinds import Scheme

NATIONAL_MATCH = "national_match"
EDUCATION = "education"
JUSTICE = "justice"
MILITARY = "military"
_ADULT_YEARS = 16


class Suppression(Struct):
    """What was compared. `unchecked` names feeds; `matches` are answers of the national platform that found nothing."""

    capped: bool
    unchecked: list[str]
    matches: list[NationalMatch]
    wakes: list[Wake]


class Elsewhere(Struct, frozen=True):
    """An enrolment that the national platform found, and the last day on which its answer counts."""

    match: NationalMatch
    valid_to: int


def suppression_of(person: Person, family: Family, entry: Entry, now: Moment) -> Suppression:
    """What was compared for a finding of this entry, and what caps it."""
    through = compared_through(entry, now)
    accepted = now.policy.texts("suppressors.accepted_absent", now.as_of, entry.division)
    asked_from = _months_before(entry.opens_on, now.policy.days("match.valid_months", now.as_of, entry.division))
    matches = [match for match in _answers(person, family) if match.state in GONE and match.queried_on >= asked_from]
    adult = not _younger_than(person, _ADULT_YEARS, now) or not person.birth_day
    relevant = [
        feed for feed, asked in ((EDUCATION, _student_age(person, family, entry, now)), (JUSTICE, adult), (MILITARY, adult)) if asked
    ]
    missing = [feed for feed in relevant if now.horizon(feed, entry.division) < through]
    unchecked = ([] if matches else [NATIONAL_MATCH]) + missing
    wakes = [Wake.horizon(now, feed, entry.division, through) for feed in missing]
    return Suppression(not matches or any(feed not in accepted for feed in missing), unchecked, matches, wakes)


def compared_through(entry: Entry, now: Moment) -> int:
    """The day that a feed must have reached to count as compared: a little before the finding opened, for these feeds come by the month."""
    return entry.opens_on - 1 - now.policy.days("suppressors.max_age_days", now.as_of, entry.division)


def presumed_student(person: Person, family: Family, entry: Entry, now: Moment) -> bool:
    """Whether the person counts as a student: young enough, and no education feed says otherwise (`student.age_max`).

    A city that has accepted that it has no education feed gets the finding, marked 未比对.
    """
    accepted = now.policy.texts("suppressors.accepted_absent", now.as_of, entry.division)
    unknown = now.horizon(EDUCATION, entry.division) < compared_through(entry, now) and EDUCATION not in accepted
    return unknown and _student_age(person, family, entry, now)


def student_wakes(person: Person, entry: Entry, now: Moment) -> list[Wake]:
    """When a presumed student is one no longer: too old, or the education feed has come."""
    years = now.policy.days("student.age_max", now.as_of, entry.division) + 1
    return [
        Wake(CALENDAR, age_day(person.birth_day, years)),
        Wake.horizon(now, EDUCATION, entry.division, compared_through(entry, now)),
    ]


def found_elsewhere(person: Person, family: Family, now: Moment) -> Elsewhere | None:
    """The latest answer of the national platform, where it found an enrolment in the family and is still valid."""
    answers = _answers(person, family)
    latest = max((match.queried_on for match in answers), default=0)
    for match in answers:
        if match.queried_on == latest and match.state not in GONE:
            valid_to = _months_before(latest, -now.policy.days("match.valid_months", latest, match.division))
            return Elsewhere(match, valid_to) if now.as_of <= valid_to else None
    return None


def _answers(person: Person, family: Family) -> list[NationalMatch]:
    schemes = (*family.schemes, *family.others, Scheme.UNKNOWN)
    return sorted((match for match in person.national_matches if match.scheme in schemes), key=lambda match: (match.queried_on, match.row))


def _student_age(person: Person, family: Family, entry: Entry, now: Moment) -> bool:
    """Only the pension family asks for students, and only up to an age: they are in the medical population like everybody."""
    return family is PENSION and _younger_than(person, now.policy.days("student.age_max", now.as_of, entry.division) + 1, now)


def _younger_than(person: Person, years: int, now: Moment) -> bool:
    return not person.birth_day or now.as_of < age_day(person.birth_day, years)


def _months_before(day: int, months: int) -> int:
    month = month_of_day(day)
    return day_in_month(month - months, day - first_day(month) + 1)
