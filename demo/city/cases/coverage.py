"""R11, R12 and R17: interrupted, never enrolled, card and enrolment that do not fit."""

import datetime as dt
from dataclasses import replace

from demo.city.city import City
from demo.city.deaths import certified, put_in_order
from demo.city.identity import MALE
from demo.city.life import born, person
from demo.city.money import PENSION_EMP, Bill, pay
from demo.city.pensions import draw, pay_benefits, retire_medical
from demo.city.plan import case, trap
from demo.city.registers import cancel, card, close_card, permit, register
from demo.city.residents import join_medical, join_pension, pay_medical_year, pay_pension_year
from demo.city.standing import child, employee, member, resident
from demo.city.work import BOTH, end, hire, leave, pay_months, wages
from schemas.dates import yyyymm

FAMILIES = ("PENSION", "MEDICAL")


@case("R11", 8)
def left_the_firm(city: City) -> None:
    """Left in February, nothing since."""
    life = employee(city, city.registry.employer(), 35, last=4)
    leave(life, city.at(4, 28), "6301")
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(5)))


@case("R11", 9)
def paid_back(city: City) -> None:
    """Two months missing, then a new firm pays on and back."""
    life = employee(city, city.registry.employer(), 33, last=3)
    leave(life, city.at(3, 30), "6301")
    new = city.registry.employer()
    hire(life, new, city.at(6, 1))
    pay_months(life, new, 6, 1000)
    for offset in (4, 5):
        for scheme in BOTH:
            pay(life, Bill(scheme=scheme, month=city.month(offset), on=city.at(7, 9), payer=new, kind="2"))
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(4)), premise="HEALED")


@case("R11", 9)
def first_missing_month_paid_back(city: City) -> None:
    """Left in January; February is paid back in May: the gap now begins in March."""
    employer = city.registry.employer()
    life = employee(city, employer, 38, last=3)
    leave(life, city.at(3, 30), "6301")
    for scheme in BOTH:
        pay(life, Bill(scheme=scheme, month=city.month(4), on=city.at(7, 9), payer=employer, kind="2"))
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(4)), premise="SUPERSEDED")
        city.expect(life.who, "R11", family, yyyymm(city.month(5)))


@case("R11", 8)
def employer_does_not_pay(city: City) -> None:
    """Still registered with the firm, but the firm stopped paying: a signal until more is known of the firm."""
    life = employee(city, city.registry.employer(), 40, last=4)
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(5)), level="SIGNAL")


@case("R11", 7)
def pension_year_not_paid(city: City) -> None:
    """170 was paid for 2022 and not for 2023: judged two months after the year's end."""
    life = resident(city, 42, pension_years=(city.first.year - 1, city.first.year + 1))
    city.expect(life.who, "R11", "PENSION", yyyymm(city.first.year * 12))


@case("R11", 7)
def medical_year_not_paid(city: City) -> None:
    """390 was paid for 2023 and not for 2024."""
    life = resident(city, 41, medical_years=(city.first.year,))
    city.expect(life.who, "R11", "MEDICAL", yyyymm((city.first.year + 1) * 12))


@trap("R11", 8)
def exempt_interruptions(city: City) -> None:
    """Went to study, was imprisoned."""
    for reason in ("6304", "6305"):
        life = employee(city, city.registry.employer(), 20, last=4)
        leave(life, city.at(4, 28), reason)
        city.expect_nothing(life.who)


@trap("R11", 8)
def next_job_next_month(city: City) -> None:
    """Left at the month's end, the next firm pays from the next month."""
    life = employee(city, city.registry.employer(), 31, last=4)
    leave(life, city.at(4, 28), "6301")
    new = city.registry.employer()
    hire(life, new, city.at(5, 1))
    pay_months(life, new, 5, 1000)
    city.expect_nothing(life.who)


@trap("R11", 8)
def posted_late(city: City) -> None:
    """February's money reaches the treasury on the 24th of March and the books on the 28th."""
    employer = city.registry.employer()
    life = employee(city, employer, 45, last=3)
    for scheme in BOTH:
        pay(life, Bill(scheme=scheme, month=city.month(4), on=city.at(5, 22), payer=employer, booked_after=6))
    pay_months(life, employer, 5, 1000)
    city.expect_nothing(life.who)


@trap("R11", 10)
def pays_by_quarter(city: City) -> None:
    """A flexible worker pays three months at a time."""
    life = member(city, 46)
    hire(life, "", city.at(-3, 1))
    for offset in range(-3, city.months, 3):
        for scheme in BOTH:
            pay(life, Bill(scheme=scheme, month=city.month(offset), months=3, on=city.at(offset, 16), shares=(432_000, 0, 0)))
    city.expect_nothing(life.who)


@trap("R11", 8)
def retired(city: City) -> None:
    """Reached sixty in February; the pension is granted in March."""
    employer = city.registry.employer()
    birth = dt.date(city.first.year + 1 - 60, 2, city.rng.randint(2, 26))
    life = person(city, birth, MALE)
    register(life)
    card(life, dt.date(2019, 6, 6))
    hire(life, employer, city.at(-3, 1))
    pay_months(life, employer, -3, 4)
    benefit = draw(life, PENSION_EMP, 5, city.at(5, 6))
    retire_medical(life, city.at(5, 7))
    pay_benefits(life, benefit, 5, 1000)
    city.expect_nothing(life.who)


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


@case("R17", 2)
def enrolled_without_card(city: City) -> None:
    """In both schemes, no card."""
    life = resident(city, 37)
    city.changes = [change for change in city.changes if change.record is not life.card]
    city.expect(life.who, "R17")


@case("R17", 4)
def card_came_later(city: City) -> None:
    """The same, and a card is issued in December."""
    life = resident(city, 36)
    city.changes = [change for change in city.changes if change.record is not life.card]
    card(life, city.at(2, 11), in_person=True)
    city.expect(life.who, "R17", premise="HEALED")


@case("R17", 5)
def two_active_cards(city: City) -> None:
    """A second card under the old fifteen-digit number."""
    life = resident(city, 49)
    city.write(
        replace(life.card, row=city.row(), who=life.who.in_15_digits(), noted=city.at(3, 14), issued_on=city.at(3, 14))
    ) if life.card else None
    city.expect(life.who, "R17")


@case("R17", 6)
def new_card_of_a_dead_man(city: City) -> None:
    """A card is issued after the death."""
    life = resident(city, 54, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(4, 9))
    certified(life, death, city.at(3, 12))
    put_in_order(life, death, city.at(3, 18))
    card(life, city.at(4, 12))
    city.expect(life.who, "R17")


@case("R17", 11)
def card_open_after_half_a_year(city: City) -> None:
    """The card is still active 180 days after the death."""
    life = resident(city, 53, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(4, 9))
    certified(life, death, city.at(3, 12))
    put_in_order(life, death, city.at(3, 18))
    city.changes = [
        change
        for change in city.changes
        if not (change.record.who is life.who and getattr(change.record, "state", "") == "3" and hasattr(change.record, "serial"))
    ]
    city.expect(life.who, "R17")


@trap("R17", 5)
def card_replaced(city: City) -> None:
    """The new card is announced before the old one is closed, on the same day."""
    life = resident(city, 32)
    old = life.card
    card(life, city.at(3, 12), in_person=True)
    if old is not None:
        close_card(life, city.at(3, 12), old, "4")
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
