"""What a person's records say now, as bits of the head, so that the rules that need it read no records.

A set bit is a proof; an unset one says nothing, and the records are asked. Pure function of enrolment and benefit records.
"""

from processors.person.cover import ENTITLING, is_enrolled, state_of
from processors.person.families import MEDICAL, PENSION
from processors.person.person import Person
from schemas.kinds import Scheme

ENROLLED_PENSION = 1
ENROLLED_MEDICAL = 2
ONE_MEDICAL = 4
"""At most one main-scheme medical record entitles."""
ENROLLED = {PENSION.number: ENROLLED_PENSION, MEDICAL.number: ENROLLED_MEDICAL}
_MAIN = frozenset({int(Scheme.MED_EMP), int(Scheme.MED_RES)})


def refresh_standing(person: Person) -> None:
    """Bring the head up to date after an enrolment or benefit record changed."""
    person.head.standing = standing_of(person)


def standing_of(person: Person) -> int:
    """The bits, from nothing but the records."""
    bits = 0
    for family in (PENSION, MEDICAL):
        if is_enrolled(person, family):
            bits |= ENROLLED[family.number]
    entitling = sum(row.scheme in _MAIN and state_of(row) in ENTITLING for row in person.enrolments)
    return bits | ONE_MEDICAL if entitling <= 1 else bits
