"""R06: two pensions for one month."""

from dataclasses import replace

from demo.city.cases.death_payments import record_of
from demo.city.city import City
from demo.city.labels import RecordOf
from demo.city.life import Life
from demo.city.money import PENSION_EMP, PENSION_RES
from demo.city.pensions import change_benefit, draw, give_back, pay_benefit, pay_benefits
from demo.city.plan import case, trap
from demo.city.records import Benefit
from demo.city.standing import pensioner, retiree


def second_pension(life: Life, scheme: int, start: int, place: int) -> tuple[RecordOf, RecordOf]:
    """A further pension record of the person, paid from a month on; returns both records' scopes."""
    first = next(iter(life.benefits.values()))
    account = f"37{life.city.row():08d}"
    other = draw(life, scheme, start, life.city.at(start, 3), place=place, account=account)
    pay_benefits(life, other, start, 1000)
    return record_of(first), record_of(other)


@case("R06", 6)
def two_schemes(city: City) -> None:
    """The employee pension begins, the resident pension goes on."""
    life = pensioner(city, 63)
    city.expect(life.who, "R06", *second_pension(life, PENSION_EMP, 3, life.home))


@case("R06", 6)
def two_places(city: City) -> None:
    """The resident pension is drawn in two cities."""
    life = pensioner(city, 70)
    city.expect(life.who, "R06", *second_pension(life, PENSION_RES, 3, 370883))


@case("R06", 9)
def two_schemes_settled(city: City) -> None:
    """Two months paid twice; the resident record is ended (1407), and what was paid is refunded."""
    life = pensioner(city, 64, last=2)
    benefit = life.benefits[PENSION_RES]
    first, second = second_pension(life, PENSION_EMP, 3, life.home)
    payments = [pay_benefit(life, benefit, offset) for offset in (3, 4)]
    change_benefit(life, benefit, city.at(4, 26), "3", "1407")
    for payment in payments:
        give_back(life, payment, city.at(6, 12), "2")
    city.expect(life.who, "R06", first, second, premise="HEALED")


@trap("R06", 7)
def award_paid_for_months_past(city: City) -> None:
    """An employee pension is granted late: three months in one run, all after the resident pension ended."""
    life = pensioner(city, 61, last=1)
    change_benefit(life, life.benefits[PENSION_RES], city.at(1, 28), "3", "1407")
    other = draw(life, PENSION_EMP, 2, city.at(5, 4), account=f"37{city.row():08d}")
    for offset in (2, 3, 4):
        pay_benefit(life, other, offset, on=city.at(5, 15))
    pay_benefits(life, other, 5, 1000)
    city.expect_nothing(life.who)


@trap("R06", 6)
def failed_here_paid_there(city: City) -> None:
    """He moves: the last run of the old place fails, the new place pays that month."""
    life = pensioner(city, 69, last=2)
    benefit = life.benefits[PENSION_RES]
    pay_benefit(life, benefit, 3, state="2")
    change_benefit(life, benefit, city.at(3, 18), "3", "1406")
    second_pension(life, PENSION_RES, 3, 370883)
    city.expect_nothing(life.who)


@trap("R06", 6)
def re_reported_after_the_merger(city: City) -> None:
    """莱芜 became part of 济南: the same record is reported again under the new agency, with its history."""
    life = pensioner(city, 71)
    benefit = life.benefits[PENSION_RES]
    old = replace(benefit, row=city.row(), place=371202)
    new = replace(benefit, row=city.row(), place=370116, noted=city.at(2, 20))
    city.changes = [
        change for change in city.changes if getattr(change.record, "scheme", 0) != PENSION_RES or change.record.who is not life.who
    ]
    enrolment = replace(life.enrolments[PENSION_RES], place=371202)
    city.write(enrolment)
    city.write(replace(enrolment, row=city.row(), place=370116, noted=city.at(2, 20)))
    city.write(old)
    city.write(new)
    pay_benefits(life, old, -3, 2)
    pay_benefits(life, new, 3, 1000)
    for offset in (0, 1, 2):
        payment = pay_benefit(life, new, offset, on=city.at(offset, 15))
        last = city.changes.pop()
        city.changes.append(replace(last, day=city.at(2, 21), record=replace(payment, noted=city.at(2, 21))))
    city.expect_nothing(life.who)


@trap("R06", 6)
def allowance_through_the_same_platform(city: City) -> None:
    """A retired village teacher gets an allowance that the resident platform pays out; it is no pension."""
    life = retiree(city, 72)
    benefit = replace(life.benefits[PENSION_EMP], scheme=PENSION_RES, account=f"37{city.row():08d}")
    for offset in range(min(6, city.months)):
        pay_benefit(life, benefit, offset, item="805", amount=12_000)
    city.expect_nothing(life.who)


@case("R06", 8)
def ended_but_money_open(city: City) -> None:
    """The resident record was ended after two double months; nothing was refunded yet."""
    life = pensioner(city, 65, last=4)
    scopes = second_pension(life, PENSION_EMP, 3, life.home)
    change_benefit(life, record_now(life, PENSION_RES), city.at(4, 26), "3", "1407")
    city.expect(life.who, "R06", *scopes)


@case("R06", 7)
def one_county_two_numbers(city: City) -> None:
    """Two records in one county, one of them under the fifteen-digit number."""
    life = pensioner(city, 72)
    old = replace(life, who=life.who.in_15_digits(), benefits=dict(life.benefits), enrolments=dict(life.enrolments))
    city.expect(life.who, "R06", *second_pension(old, PENSION_RES, 3, life.home))


@case("R06", 9)
def award_lumped_in_one_row(city: City) -> None:
    """An employee pension granted for the months since January, paid as one row of the month of the run."""
    life = pensioner(city, 62)
    first = life.benefits[PENSION_RES]
    other = draw(life, PENSION_EMP, 3, city.at(6, 4), account=f"37{city.row():08d}")
    pay_benefit(life, other, 6, amount=4 * 285_000)
    pay_benefits(life, other, 7, 1000)
    city.expect(life.who, "R06", record_of(first), record_of(other))


def record_now(life: Life, scheme: int) -> Benefit:
    """The person's benefit record of a scheme as it stands."""
    return life.benefits[scheme]
