"""One synthetic person: who it is, and the latest row of everything that departments hold about it."""

import datetime as dt
from dataclasses import dataclass, field

from demo.city.city import COUNTIES, City
from demo.city.identity import FEMALE, MALE, Who
from demo.city.records import Benefit, CardRecord, Enrolment, MedicalEnrolment, Resident


@dataclass(slots=True)
class Life:
    """A person in the making."""

    city: City
    who: Who
    home: int
    account: str
    hukou: Resident | None = None
    card: CardRecord | None = None
    enrolments: dict[int, Enrolment] = field(default_factory=dict)
    medical: dict[int, MedicalEnrolment] = field(default_factory=dict)
    benefits: dict[int, Benefit] = field(default_factory=dict)


def born(city: City, age: int, sex: int | None = None, home: int | None = None) -> Life:
    """A person who is `age` years old throughout the run's first year and more: born so that the birthday lies before the run."""
    year = city.first.year - age
    birth = dt.date(year, 1, 1) + dt.timedelta(days=city.rng.randrange(240))
    return person(city, birth, sex, home)


def person(city: City, birth: dt.date, sex: int | None = None, home: int | None = None) -> Life:
    """A person with that birth date, known to nobody yet."""
    who = city.registry.person(birth, sex or city.rng.choice((MALE, FEMALE)))
    return life_of(city, who, home)


def life_of(city: City, who: Who, home: int | None = None) -> Life:
    """A life for somebody whose number is given, such as a twin."""
    return Life(city, who, home or city.rng.choice(COUNTIES), f"37{city.row():08d}")
