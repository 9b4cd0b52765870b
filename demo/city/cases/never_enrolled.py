"""R12: enrolled nowhere."""

import datetime as dt

from demo.city.city import City
from demo.city.life import born, person
from demo.city.plan import case, trap
from demo.city.registers import cancel, card, permit, register
from demo.city.residents import join_medical, join_pension, pay_medical_year, pay_pension_year
from demo.city.standing import child, member
from demo.city.work import end, hire, pay_months, wages

FAMILIES = ("PENSION", "MEDICAL")


@case("R12", 2)
def known_to_nobody(city: City) -> None:
    """Registered all his life, in no scheme."""
    life = born(city, 39)
    register(life)
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL")


@case("R12", 5)
def newborn_not_enrolled(city: City) -> None:
    """Born in October, not enrolled after ninety days."""
    life = person(city, city.at(0, city.rng.randint(8, 20)))
    register(life, on=city.at(0, 26), reason="01")
    city.expect(life.who, "R12", "MEDICAL", level="SIGNAL")


@case("R12", 2)
def only_ended_records(city: City) -> None:
    """Left both resident schemes years ago."""
    life = member(city, 43)
    join_pension(life, dt.date(2014, 3, 3))
    join_medical(life, dt.date(2014, 10, 9))
    end(life, dt.date(2016, 12, 20), "6405")
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL")


@case("R12", 6)
def enrolled_at_last(city: City) -> None:
    """In no scheme until January; then enrolled in both."""
    life = born(city, 50)
    register(life)
    card(life, city.at(3, 9))
    join_pension(life, city.at(3, 9))
    join_medical(life, city.at(3, 9))
    pay_pension_year(life, city.first.year + 1, city.at(3, 11))
    pay_medical_year(life, city.first.year + 1, city.at(3, 11), first_month=2)
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL", premise="HEALED")


@trap("R12", 6)
def not_yet_or_not_here(city: City) -> None:
    """A newborn enrolled on day forty; a pupil of seventeen; a man who moved away."""
    baby = person(city, city.at(1, 5))
    register(baby, on=city.at(1, 9), reason="01")
    card(baby, city.at(2, 13))
    join_medical(baby, city.at(2, 15), "newborn")
    for year in (city.first.year, city.first.year + 1):
        pay_medical_year(baby, year, city.at(2, 15), first_month=11 if year == city.first.year else 1)
    pupil = child(city, 16)
    mover = born(city, 44)
    register(mover)
    cancel(mover, dt.date(2018, 4, 4), "03")
    for life in (baby, pupil, mover):
        city.expect_nothing(life.who)


@trap("R12", 5)
def worker_from_elsewhere(city: City) -> None:
    """Residence permit, wages, insured by the firm from the first month."""
    employer = city.registry.employer()
    life = born(city, 26)
    permit(life, city.at(-3, 1))
    card(life, city.at(-3, 5))
    hire(life, employer, city.at(-3, 1))
    pay_months(life, employer, -3, 1000)
    for offset in range(-1, city.months - 1):
        wages(life, employer, offset)
    city.expect_nothing(life.who)


@case("R12", 6)
def moved_in_and_not_enrolled(city: City) -> None:
    """Moved into the city in December, in no scheme here."""
    life = born(city, 41)
    register(life, since=city.at(2, city.rng.randint(4, 20)))
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL")


@case("R12", 6)
def moved_away_meanwhile(city: City) -> None:
    """Found in no scheme, and moved away in February."""
    life = born(city, 38)
    register(life)
    cancel(life, city.at(4, 12), "03")
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL", premise="HEALED")


@case("R12", 2)
def over_sixty_without_a_pension(city: City) -> None:
    """Sixty-four, in no scheme: may still pay in and draw."""
    life = born(city, 64)
    register(life)
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL")


@case("R12", 6)
def known_from_wages_only(city: City) -> None:
    """Registered elsewhere, known only from wages that a firm here taxed."""
    life = born(city, 28)
    employer = city.registry.employer()
    for offset in range(city.months - 1):
        wages(life, employer, offset)
    for family in FAMILIES:
        city.expect(life.who, "R12", family, level="SIGNAL")
