"""Why a person need not be covered now (domain R04, R11, R12).

Dated statuses, registrations cancelled for service or emigration, and the reasons of stopped records where something says when that ended.

Days are day numbers; a spell that has not ended has `to_day` 0.
"""

from collections.abc import Iterable

from msgspec import Struct

from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.model import Moment
from schemas.dates import date_of, day_of, month_of_day, span_bits
from schemas.facts import Fact, Hukou, Status
from schemas.kinds import CancelReason, EnrolState, FactStatus, StatusKind

MILITARY = "MILITARY"
CUSTODY = "CUSTODY"
STUDENT = "STUDENT"
EMIGRATED = "EMIGRATED"

_BY_STATUS = {
    StatusKind.STUDENT: STUDENT,
    StatusKind.MILITARY: MILITARY,
    StatusKind.CUSTODY: CUSTODY,
    StatusKind.EMIGRATED: EMIGRATED,
}
_BY_CANCELLATION = {
    CancelReason.MILITARY: MILITARY,  # 户口登记条例 第11条（服现役注销户口）
    CancelReason.ARREST: CUSTODY,  # 第12条；老数据
    CancelReason.EMIGRATED: EMIGRATED,
}
BY_REASON = {6303: MILITARY, 6304: STUDENT, 6305: CUSTODY, 6402: EMIGRATED, 6403: EMIGRATED}
"""AAE160 of a paused or ended record."""
_STOPPED = frozenset({int(EnrolState.PAUSED), int(EnrolState.ENDED)})


class Spell(Struct, frozen=True):
    """A time in which the person is exempt, and the fact that says so."""

    code: str
    from_day: int
    to_day: int  # last day; 0 = still
    fact: Fact

    def holds_on(self, day: int) -> bool:
        """Whether the day lies in the spell."""
        return self.from_day <= day and (not self.to_day or day <= self.to_day)

    def month_bits(self, until_day: int) -> int:
        """The months that the spell touches, up to that of the given day, as a bitset."""
        first, last = month_of_day(self.from_day), month_of_day(min(self.to_day or until_day, until_day))
        return span_bits(first, max(last - first + 1, 0))


def spells_of(person: Person, now: Moment) -> list[Spell]:
    """All exempt spells of the person, by first day."""
    spells = [] if not person.has(Flag.STATUS) else list(_from_statuses(person, now))
    if person.has(Flag.HUKOU):
        spells += _from_cancellations(person.hukou)
    spells += _from_reasons(person, spells, now)
    return sorted(spells, key=lambda spell: (spell.from_day, spell.code))


def spell_on(spells: Iterable[Spell], day: int) -> Spell | None:
    """The spell that exempts on a day: military before custody before study before abroad."""
    order = (MILITARY, CUSTODY, STUDENT, EMIGRATED)
    return min((spell for spell in spells if spell.holds_on(day)), key=lambda spell: order.index(spell.code), default=None)


def is_open(hukou: Hukou, day: int) -> bool:
    """Whether a registration or permit stands on a day."""
    ended = hukou.status == FactStatus.ENDED or hukou.cancel_reason != CancelReason.NONE
    return hukou.from_day <= day and (day < hukou.to_day if hukou.to_day else not ended)


def age_day(birth_day: int, years: int) -> int:
    """The day on which an age in years is reached; born on 29 February counts as 1 March."""
    birth = date_of(birth_day)
    try:
        return day_of(birth.replace(year=birth.year + years))
    except ValueError:
        return day_of(birth.replace(year=birth.year + years, month=3, day=1))


def _from_statuses(person: Person, now: Moment) -> Iterable[Spell]:
    for status in person.statuses:
        code = _BY_STATUS.get(status.status_kind)  # type: ignore[call-overload]  # an int finds its IntEnum
        if code is not None:
            yield Spell(code, status.from_day or status.known_on, _status_end(person, now, status, code), status)


def _status_end(person: Person, now: Moment, status: Status, code: str) -> int:
    """The last day of a status; a student without an expected graduation stays one up to the policy's age."""
    if status.to_day:
        return status.to_day
    if status.status == FactStatus.ENDED:
        return status.from_day or status.known_on
    if code == STUDENT and person.birth_day:
        return age_day(person.birth_day, now.policy.days("student.age_max", now.as_of, status.division) + 1) - 1
    return 0


def _from_reasons(person: Person, spells: list[Spell], now: Moment) -> list[Spell]:
    """What a stopped record gives as its reason, where something says when that was over: discharge, release, graduation, return."""
    found = []
    for record in person.enrolments:
        code, since = BY_REASON.get(record.reason), record.to_day or record.changed_on
        if code is None or not since or record.state not in _STOPPED:
            continue
        end = _end_of(person, code, since, spells, now, record.place)
        if end:
            found.append(Spell(code, since, end, record))
    return found


def _end_of(person: Person, code: str, since: int, spells: list[Spell], now: Moment, place: int) -> int:
    """The last day of what began on a day or soon after it; 0 = none is known. Study without a known end lasts up to the policy's age."""
    ends = [spell.to_day for spell in spells if spell.code == code and (not spell.to_day or spell.to_day >= since)]
    if not ends and code == STUDENT and person.birth_day:
        adult = age_day(person.birth_day, now.policy.days("student.age_max", now.as_of, place) + 1) - 1
        return adult if adult >= since else 0
    return max(ends) if ends and all(ends) else 0


def _from_cancellations(registrations: list[Hukou]) -> list[Spell]:
    """A cancelled registration exempts until the person is registered again (退伍复户, 回国恢复户口)."""
    spells = []
    for gone in registrations:
        code = _BY_CANCELLATION.get(gone.cancel_reason)  # type: ignore[call-overload]  # an int finds its IntEnum
        if code is None:
            continue
        start = gone.to_day or gone.known_on
        back = [other.from_day or other.known_on for other in registrations if other is not gone and not other.residence_permit]
        returned = min((day for day in back if day >= start), default=0)
        if not returned or returned > start:
            spells.append(Spell(code, start, returned - 1 if returned else 0, gone))
    return spells
