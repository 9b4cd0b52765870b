"""People as they stand when the run begins, with everything in order. Cases start from these and change one thing."""

import datetime as dt

from demo.city.city import City
from demo.city.life import Life, born
from demo.city.money import PENSION_EMP, PENSION_RES
from demo.city.pensions import draw, pay_benefits, retire_medical
from demo.city.registers import card, register
from demo.city.residents import join_medical, join_pension, pay_medical_year, pay_pension_year
from demo.city.work import BOTH, hire, pay_months

BEFORE = -3
"""History of monthly payments starts three months before the run."""


def years_paid(city: City) -> tuple[int, ...]:
    """The years that the resident schemes are paid for during the run: the one that begins, and every year whose window lies in the run."""
    last = city.last
    return tuple(range(city.first.year, last.year + (2 if last.month == 12 else 1)))


def member(city: City, age: int, sex: int | None = None, home: int | None = None) -> Life:
    """Registered since birth, with a card."""
    life = born(city, age, sex, home)
    register(life)
    card(life, dt.date(2019, 5, city.rng.randint(6, 24)))
    return life


def resident(
    city: City, age: int = 40, *, medical_years: tuple[int, ...] | None = None, pension_years: tuple[int, ...] | None = None
) -> Life:
    """In 170 and 390, paid for every year unless the years are given."""
    life = member(city, age)
    join_pension(life, dt.date(2015, 3, 2))
    join_medical(life, dt.date(2015, 10, 8))
    for year in years_paid(city) if medical_years is None else medical_years:
        pay_medical_year(life, year)
    for year in years_paid(city) if pension_years is None else pension_years:
        pay_pension_year(life, year, dt.date(year, city.rng.randint(3, 6), city.rng.randint(3, 25)))
    return life


def child(city: City, age: int = 7) -> Life:
    """In 390, paid for every year."""
    life = member(city, age)
    join_medical(life, dt.date(city.first.year - age, 11, 20), "child")
    for year in years_paid(city):
        pay_medical_year(life, year)
    return life


def employee(city: City, employer: str, age: int = 36, *, last: int = 1000, first: int = BEFORE) -> Life:
    """In 110 and 310, paid every month from the month `first` to the month `last`."""
    life = member(city, age)
    hire(life, employer, city.at(first, 1), BOTH)
    pay_months(life, employer, first, last)
    return life


def pensioner(city: City, age: int = 68, *, last: int = 1000) -> Life:
    """Draws 170, in 390; paid every month to the month `last`."""
    life = member(city, age)
    join_pension(life, dt.date(2012, 1, 4))
    join_medical(life, dt.date(2012, 10, 8))
    for year in years_paid(city):
        pay_medical_year(life, year)
    benefit = draw(life, PENSION_RES, BEFORE, city.at(BEFORE, 2))
    pay_benefits(life, benefit, BEFORE, last)
    return life


def retiree(city: City, age: int = 66, *, last: int = 1000, medical: bool = True) -> Life:
    """Draws 110, 310 without contributions (or 390, if not `medical`)."""
    life = member(city, age)
    benefit = draw(life, PENSION_EMP, BEFORE, city.at(BEFORE, 2))
    pay_benefits(life, benefit, BEFORE, last)
    if medical:
        retire_medical(life, city.at(BEFORE, 3))
        return life
    join_medical(life, dt.date(2012, 10, 8))
    for year in years_paid(city):
        pay_medical_year(life, year)
    return life
