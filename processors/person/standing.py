"""What a person's records say now, as bits of the head, so that the rules that need it read no records.

A set bit is a proof; an unset one says nothing, and the records are asked. Pure function of enrolment, benefit and master records and
of registrations, and of the birth and sex by the identifier: whoever learns these clears the bits.
"""

from processors.person.conflict import all_agree
from processors.person.cover import ENTITLING, is_enrolled, state_of
from processors.person.families import MEDICAL, PENSION
from processors.person.person import Person
from schemas.kinds import Scheme

ENROLLED_PENSION = 1
ENROLLED_MEDICAL = 2
ONE_MEDICAL = 4
"""At most one main-scheme medical record entitles."""
AGREE = 8
"""No two rows state different things of the person (processors.person.conflict.all_agree)."""
ENROLLED = {PENSION.number: ENROLLED_PENSION, MEDICAL.number: ENROLLED_MEDICAL}
_MAIN = frozenset({int(Scheme.MED_EMP), int(Scheme.MED_RES)})


def refresh_standing(person: Person) -> None:
    """Bring the head up to date after one of these records changed."""
    person.head.standing = standing_of(person)


def standing_of(person: Person) -> int:
    """The bits, from nothing but the records."""
    bits = 0
    for family in (PENSION, MEDICAL):
        if is_enrolled(person, family):
            bits |= ENROLLED[family.number]
    entitling = sum(row.scheme in _MAIN and state_of(row) in ENTITLING for row in person.enrolments)
    if entitling <= 1:
        bits |= ONE_MEDICAL
    return bits | AGREE if all_agree(person) else bits
