"""Why a gap in contributions is no lapse: the reason that its record carries, a transfer, the retirement age, a new enrolment (domain R11).

AAE160 63xx says why contributions were interrupted, 64xx why an enrolment ended, 6501 that the person retired (domain 1.9).
"""

from collections.abc import Collection

from processors.person.cover import ENTITLING, state_of
from processors.person.exemptions import BY_REASON, spells_of
from processors.person.families import Family
from processors.person.payers import Basis, Payer, reaches
from processors.person.person import Person
from processors.person.retirement import resident_month, statutory_months
from processors.person.state import Flag
from processors.rules.model import Moment
from schemas.dates import first_day, month_of_day
from schemas.facts import Enrolment
from schemas.kinds import YEAR_SCHEMES, EnrolState

TRANSFER_OUT = 1
UNPAID_LEAVE = 6307  # 停薪留职: the job goes on, so it says nothing of why nobody pays
_YEAR = 12
_IN_FAMILY = {6308: "EXEMPT_RETIRE_AGE", 6311: "EXEMPT_RETIRE_AGE", 6404: "EXEMPT_TRANSFER", 6501: "EXEMPT_RETIRED"}
_STOPPED = frozenset({int(EnrolState.PAUSED), int(EnrolState.ENDED)})
_REASON_FAMILIES = (63, 64, 65)


def stop_reasons(person: Person, family: Family, prior: int, until: int) -> list[Enrolment]:
    """Records of the family that were paused or ended between the last covered month and `until` (0 = open) with a 63xx to 65xx reason."""
    found = []
    for record in person.enrolments:
        if record.scheme not in family.schemes or state_of(record) not in _STOPPED or record.reason // 100 not in _REASON_FAMILIES:
            continue
        day = record.to_day or record.changed_on
        month = month_of_day(day) if day else prior
        if month >= prior - 1 and (not until or month <= until):
            found.append(record)
    return sorted(found, key=lambda record: (record.to_day or record.changed_on, record.row))


def excuse_of(person: Person, family: Family, first: int, prior: int, until: int, payer: Payer, basis: Basis, now: Moment) -> str:
    """Why a gap that starts in `first` is no lapse, as the word of its closing (EXEMPT_x, ENROLLED); empty where nothing excuses it."""
    dated = {spell.fact.row for spell in spells_of(person, now)}
    for record in reversed(stop_reasons(person, family, prior, until)):
        code = _everywhere(record, dated) or _IN_FAMILY.get(record.reason)
        if code:
            return code
    elsewhere = _stopped_elsewhere(person, family, prior, until, dated)
    if elsewhere:
        return elsewhere
    if _moved_out(person, family, prior):
        return "EXEMPT_TRANSFER"
    if at_retirement(person, first, payer, basis, now):
        return "EXEMPT_RETIRE_AGE"
    return "ENROLLED" if new_enrolment(person, family, first, payer) else ""


def at_retirement(person: Person, first: int, payer: Payer, basis: Basis, now: Moment) -> bool:
    """Whether a gap starts around the statutory age, or in the year in which the resident pension may be drawn."""
    if basis is Basis.PENSION_YEAR:
        from_60 = resident_month(person.birth_day, now.policy)
        return bool(from_60) and from_60 // _YEAR <= first // _YEAR
    if payer.scheme in YEAR_SCHEMES:
        return False
    tolerance = now.policy.days("lapse.retire_tolerance_months", first_day(first), payer.place)
    return any(abs(first - month) <= tolerance for month in statutory_months(person.birth_day, person.sex, now.policy))


def last_before_retirement(person: Person, first: int, payer: Payer, now: Moment) -> int:
    """The last month of a gap that is judged: from three months before the latest statutory age on R16 looks after the person; 0 = none."""
    if payer.scheme in YEAR_SCHEMES:
        return 0
    tolerance = now.policy.days("lapse.retire_tolerance_months", first_day(first), payer.place)
    latest = max(statutory_months(person.birth_day, person.sex, now.policy), default=0)
    return latest - tolerance - 1 if first < latest - tolerance else 0


def new_enrolment(person: Person, family: Family, first: int, payer: Payer) -> Enrolment | None:
    """A record in the family that began in or after the first missing month: another record, or another employer, than before."""
    start = first_day(first)
    later = [
        record
        for record in person.enrolments
        if record.scheme in family.schemes and record.from_day >= start and state_of(record) in ENTITLING
    ]
    if not later:
        return None
    known = {record.record for record in person.enrolments if record.scheme in family.schemes and record.from_day < start}
    for scheme in family.schemes:
        known |= {fact.record for entry in person.entries(scheme) if entry.covers and reaches(entry, first - 1) for fact in entry.facts}
    for record in later:
        if record.record not in known or (record.employer and payer.employer and record.employer != payer.employer):
            return record
    return None


def _everywhere(record: Enrolment, dated: Collection[bytes]) -> str:
    """The reason of a record that holds for both families; one whose end is known is an exempt spell and excuses nothing after it."""
    code = BY_REASON.get(record.reason)
    return f"EXEMPT_{code}" if code and record.row not in dated else ""


def _stopped_elsewhere(person: Person, family: Family, prior: int, until: int, dated: Collection[bytes]) -> str:
    """Military service, school, custody or emigration booked on the other family's record excuses this one too."""
    for record in person.enrolments:
        code = _everywhere(record, dated)
        if not code or record.scheme in family.schemes or state_of(record) not in _STOPPED:
            continue
        day = record.to_day or record.changed_on
        if day and prior - 1 <= month_of_day(day) and (not until or month_of_day(day) <= until):
            return code
    return ""


def _moved_out(person: Person, family: Family, prior: int) -> bool:
    """A transfer out that was not cancelled, booked since the last covered month (R15 follows it)."""
    if not person.has(Flag.TRANSFER):
        return False
    return any(
        leg.scheme in family.schemes
        and leg.direction == TRANSFER_OUT
        and not leg.cancelled
        and (not leg.booked_on or month_of_day(leg.booked_on) >= prior)
        for leg in person.transfers
    )
