"""Where a person belongs: the open registration, else the residence permit; where a family of schemes was last covered."""

from processors.person.exemptions import is_open
from processors.person.families import Family
from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.model import Moment
from schemas.facts import Hukou


def registrations(person: Person, now: Moment) -> list[Hukou]:
    """Open household registrations, then open residence permits, the latest first in each."""
    if not person.has(Flag.HUKOU):
        return []
    found = [spell for spell in person.hukou if is_open(spell, now.as_of)]
    return sorted(found, key=lambda spell: (spell.residence_permit, -spell.from_day, spell.row))


def home_of(person: Person, now: Moment) -> int:
    """The current code of the division where the person is registered or lives; 0 = not known here."""
    found = registrations(person, now)
    return now.policy.successor(found[0].place) if found else 0


def place_of_family(person: Person, family: Family) -> int:
    """The city of the family's last covered month, from the head; 0 = none."""
    place, last = 0, -1
    for line in person.head.places:
        if line.scheme in family.schemes and line.last_month >= last:
            place, last = line.place, line.last_month
    return place
