"""R01, R01A and UNDO_CHECK: deaths that reach the books by an unusual way."""

from dataclasses import replace

from demo.city.cases.death_payments import record_of
from demo.city.city import City
from demo.city.deaths import annulled, cremated, put_in_order
from demo.city.money import PENSION_RES
from demo.city.pensions import change_benefit, pay_benefit
from demo.city.plan import case
from demo.city.registers import cancel
from demo.city.standing import pensioner


@case("R01", 8)
def pension_under_the_old_number(city: City) -> None:
    """The pension record bears the fifteen-digit number, the crematorium has the eighteen-digit one: one person."""
    life = pensioner(city, 70, last=5)
    old = life.who.in_15_digits()
    city.changes = [
        replace(change, record=replace(change.record, who=old))
        if getattr(change.record, "scheme", 0) == PENSION_RES and change.record.who is life.who
        else change
        for change in city.changes
    ]
    death = city.at(3, city.rng.randint(3, 8))
    cremated(life, death, city.at(3, 11))
    put_in_order(life, death, city.at(3, 20))
    change_benefit(life, replace(life.benefits[PENSION_RES], who=old), city.at(5, 26), "0", "1299")
    city.expect(life.who, "R01A", record_of(life.benefits[PENSION_RES]), premise="SUPERSEDED")
    city.expect(life.who, "R01", record_of(life.benefits[PENSION_RES]))


@case("R01", 8)
def ended_two_months_late(city: City) -> None:
    """The first to hear of it is the agency: it ends the record, but two months were paid in between."""
    life = pensioner(city, last=5)
    death = city.at(3, city.rng.randint(3, 8))
    ended = change_benefit(life, life.benefits[PENSION_RES], city.at(5, 20), "3", "1401", death)
    put_in_order(life, death, city.at(5, 26))
    city.expect(life.who, "R01", record_of(ended))


@case("R01", 8)
def declared_dead_by_a_court(city: City) -> None:
    """Missing for years; a judgment fixes the date, and the months since were paid."""
    life = pensioner(city, last=5)
    death = city.at(3, city.rng.randint(10, 20))
    cancel(life, city.at(5, 20), "06", death)
    put_in_order(life, death, city.at(5, 24))
    change_benefit(life, life.benefits[PENSION_RES], city.at(5, 28), "0", "1299")
    city.expect(life.who, "R01", record_of(life.benefits[PENSION_RES]))


@case("UNDO_CHECK", 8)
def suspended_and_given_back(city: City) -> None:
    """A false death stopped February's pension; revoked, resumed in March, and February is paid back."""
    life = pensioner(city, last=3)
    benefit = life.benefits[PENSION_RES]
    claim = cremated(life, city.at(3, 26), city.at(3, 29))
    suspended = change_benefit(life, benefit, city.at(4, 10), "0", "1299")
    annulled(life, claim, city.at(4, 20))
    resumed = change_benefit(life, suspended, city.at(5, 5), "1", "1399")
    pay_benefit(life, resumed, 4, on=city.at(5, 15))
    for offset in range(5, city.months):
        pay_benefit(life, resumed, offset)
    city.expect(life.who, "R01A", record_of(benefit), premise="RETRACTED")
    city.expect(life.who, "UNDO_CHECK", record_of(benefit), premise="HEALED")
