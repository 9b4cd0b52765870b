"""Why a person is not enrolled: the recorded reasons of a coverage audit, and what the facts themselves say (domain 1.14).

A valid reason (合理未参保) answers the finding while it lasts; an actionable one (待扩面) stays on it.
"""

from processors.person.exemptions import age_day
from processors.person.families import PENSION, Family
from processors.person.person import Person
from processors.person.population import Entry
from processors.rules.model import Moment
from schemas.facts import Status
from schemas.kinds import FactStatus, StatusKind

OVER_AGE_60_PLUS = "OVER_AGE_60_PLUS"
EMPLOYER_FAULT = "EMPLOYER_FAULT"
UNKNOWN = "UNKNOWN"
_SEEN_MONTHS = "tax.months_seen"

VALID = {
    200: "ELSEWHERE_EMP",  # 省内职工养老
    201: "ELSEWHERE_CIVIL",  # 机关事业养老
    202: "ELSEWHERE_EMP",  # 省外职工养老
    203: "STUDENT",
    204: "MILITARY",
    205: "PRISON",
    206: "ABROAD",
    207: "DEAD_NOT_CANCELLED",
    208: "EMPTY_HUKOU",  # 迁出、注销、空挂户、数据有误
}
ACTIONABLE = {11: "UNWILLING"}
_PENSION_ONLY = frozenset({"ELSEWHERE_EMP", "ELSEWHERE_CIVIL", "STUDENT"})


def valid_reason(person: Person, family: Family, now: Moment) -> str:
    """The UninsuredReason that answers a missing enrolment in this family today; empty where none is recorded or it has expired."""
    for status in _recorded(person, now):
        reason = VALID.get(status.code, "")
        if reason and (family is PENSION or reason not in _PENSION_ONLY):
            return reason
    return ""


def reason_of(person: Person, family: Family, entry: Entry, now: Moment) -> str:
    """The UninsuredReason of a finding: age before a recorded answer before wages; UNKNOWN where nothing says."""
    years = now.policy.days("retire.resident_age_years", now.as_of, entry.division)
    if family is PENSION and person.birth_day and age_day(person.birth_day, years) <= now.as_of:
        return OVER_AGE_60_PLUS
    for status in _recorded(person, now):
        if status.code in ACTIONABLE:
            return ACTIONABLE[status.code]
    seen = now.policy.days(_SEEN_MONTHS, now.as_of, entry.division)
    return EMPLOYER_FAULT if entry.wage_months >= seen else UNKNOWN


def _recorded(person: Person, now: Moment) -> list[Status]:
    """Recorded reasons in force, the latest first."""
    found = [
        status
        for status in person.statuses
        if status.status_kind == StatusKind.UNINSURED_REASON
        and status.status != FactStatus.ENDED
        and status.from_day <= now.as_of
        and (not status.to_day or now.as_of <= status.to_day)
    ]
    return sorted(found, key=lambda status: (status.from_day, status.row), reverse=True)
