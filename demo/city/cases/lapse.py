"""R11: contributions interrupted."""

import datetime as dt
from dataclasses import replace

from demo.city.city import City
from demo.city.deaths import certified, put_in_order
from demo.city.identity import MALE
from demo.city.life import person
from demo.city.money import PENSION_EMP, PENSION_RES, SHARES, Bill, bill_number, pay
from demo.city.pensions import draw, pay_benefits, retire_medical
from demo.city.plan import case, trap
from demo.city.records import Refund
from demo.city.registers import cancel, card, register
from demo.city.standing import employee, member, resident
from demo.city.work import BOTH, end, hire, leave, pay_months
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


@case("R11", 8)
def dies_while_interrupted(city: City) -> None:
    """Left in January, interrupted when she dies in April: the alert ends with her."""
    life = employee(city, city.registry.employer(), 44, last=3)
    leave(life, city.at(3, 30), "6301")
    death = city.at(6, city.rng.randint(3, 6))
    certified(life, death, city.at(6, 8))
    put_in_order(life, death, city.at(6, 18))
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(4)), premise="HEALED")


@case("R11", 8)
def conscripted_while_interrupted(city: City) -> None:
    """The conscription becomes known when the alert is already open."""
    life = employee(city, city.registry.employer(), 21, last=3)
    leave(life, city.at(3, 30), "6301")
    cancel(life, city.at(6, 10), "02")
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(4)), premise="HEALED")


@case("R11", 9)
def covered_month_refunded(city: City) -> None:
    """February's pension money is refunded in May: the month is open again."""
    employer = city.registry.employer()
    life = employee(city, employer, 37)
    person, paid, _ = SHARES[PENSION_EMP]
    refund = Refund(
        row=city.row(),
        who=life.who,
        noted=city.at(7, 10),
        by_tax=True,
        account=life.account,
        place=life.home,
        scheme=PENSION_EMP,
        month=city.month(4),
        months=1,
        payer=employer,
        bill=bill_number(life, Bill(scheme=PENSION_EMP, month=city.month(4), on=city.at(4, 1), payer=employer)),
        document=f"TF{city.row():07d}",
        refund_type="F10007",
        person_fen=person,
        employer_fen=paid,
    )
    city.write(refund)
    city.write(replace(refund, row=city.row(), by_tax=False, noted=city.at(7, 12)))
    city.expect(life.who, "R11", "PENSION", yyyymm(city.month(4)))


@case("R11", 8)
def pays_alone_and_stops(city: City) -> None:
    """A flexible worker who paid every month for more than a year stops in March."""
    life = member(city, 47)
    hire(life, "", city.at(-14, 1))
    pay_months(life, "", -14, 4)
    for family in FAMILIES:
        city.expect(life.who, "R11", family, yyyymm(city.month(5)))


@case("R11", 6)
def pays_by_year_and_skips_one(city: City) -> None:
    """110 for 2022 was paid in one bill, nothing for 2023: judged in January 2024."""
    life = resident(city, 45, pension_years=())
    city.changes = [change for change in city.changes if change.record is not life.enrolments[PENSION_RES]]
    year = city.first.year - 1
    hire(life, "", city.at(-21, 5), [PENSION_EMP])
    pay(life, Bill(scheme=PENSION_EMP, month=year * 12, months=12, on=city.at(-15, 8), shares=(1_000_000, 0, 0)))
    city.expect(life.who, "R11", "PENSION", yyyymm((year + 1) * 12))


@trap("R11", 8)
def transferred_out(city: City) -> None:
    """The relation was transferred to another province with the new job there."""
    life = employee(city, city.registry.employer(), 32, last=4)
    end(life, city.at(4, 28), "6404")
    cancel(life, city.at(5, 4), "03")
    city.expect_nothing(life.who)
