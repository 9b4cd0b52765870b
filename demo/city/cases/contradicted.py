"""R24: evidence of life after a reported death."""

from dataclasses import replace

from demo.city.cases.death_payments import record_of
from demo.city.city import City
from demo.city.deaths import certified, cremated, put_in_order
from demo.city.money import PENSION_RES
from demo.city.pensions import certify, change_benefit
from demo.city.plan import case, trap
from demo.city.records import Settlement
from demo.city.registers import cancel
from demo.city.standing import pensioner


@case("R24", 12)
def hospital_saw_him_afterwards(city: City) -> None:
    """The police list him as dead; three days later a hospital treats him, his identity checked. Both stand at the end of the run."""
    life = pensioner(city)
    cancel(life, city.at(11, 6), "01", city.at(11, 3))
    city.write(
        Settlement(
            row=city.row(),
            who=life.who,
            noted=city.at(11, 9),
            account=life.account,
            place=life.home,
            treated_on=city.at(11, 8),
            checked=True,
        )
    )
    city.expect(life.who, "R24")
    city.expect(life.who, "R01A", record_of(life.benefits[PENSION_RES]), level="SIGNAL")


@case("R24", 10)
def certified_alive_and_annulled(city: City) -> None:
    """Face certification after the date of death; the pension was suspended before the police took the claim back."""
    life = pensioner(city, last=8)
    hukou = life.hukou
    cancel(life, city.at(8, 5), "01", city.at(8, 3))
    benefit = life.benefits[PENSION_RES]
    certify(life, benefit, city.at(8, 10), "1")
    suspended = change_benefit(life, benefit, city.at(8, 18), "0", "1299")
    if hukou is not None:
        city.write(replace(hukou, noted=city.at(8, 20)))
    city.expect(life.who, "R24", premise="RETRACTED")
    city.expect(life.who, "R01A", record_of(suspended), level="SIGNAL", premise="RETRACTED")
    city.expect(life.who, "UNDO_CHECK", record_of(suspended))


@case("R24", 12)
def second_source_against_the_evidence(city: City) -> None:
    """A card was used at the counter two weeks after the death, but hospital and crematorium agree: the evidence is in doubt."""
    life = pensioner(city)
    death = city.at(11, 3)
    certified(life, death, city.at(11, 5))
    certify(life, life.benefits[PENSION_RES], city.at(11, 16), "2")
    cremated(life, death, city.at(11, 18))
    put_in_order(life, death, city.at(11, 22))
    city.expect(life.who, "R24")
    city.expect(life.who, "R01A", record_of(life.benefits[PENSION_RES]))


@trap("R24", 6)
def evidence_that_proves_nothing(city: City) -> None:
    """A data match after the death, a stay settled two days after it, a visit made before it and uploaded later."""
    life = pensioner(city, last=3)
    benefit = life.benefits[PENSION_RES]
    death = city.at(3, 16)
    ended = change_benefit(life, benefit, city.at(3, 18), "3", "1401", death)
    certified(life, death, city.at(3, 20))
    city.write(
        Settlement(
            row=city.row(), who=life.who, noted=city.at(3, 18), account=life.account, place=life.home, treated_on=death, checked=True
        )
    )
    certify(life, ended, city.at(3, 24), "4")
    certify(life, ended, city.at(3, 9), "3", on=city.at(3, 25))
    put_in_order(life, death, city.at(3, 27))
    city.expect_nothing(life.who)


@case("R24", 7)
def settlement_was_another_person(city: City) -> None:
    """The hospital voids the settlement: it was booked on the wrong number. The death stands."""
    life = pensioner(city, last=4)
    death = city.at(4, 3)
    cancel(life, city.at(4, 5), "01", death)
    seen = Settlement(
        row=city.row(), who=life.who, noted=city.at(4, 9), account=life.account, place=life.home, treated_on=city.at(4, 8), checked=True
    )
    city.write(seen)
    city.write(replace(seen, noted=city.at(4, 19), void=True))
    put_in_order(life, death, city.at(4, 22))
    ended = change_benefit(life, life.benefits[PENSION_RES], city.at(4, 28), "3", "1401", death)
    city.expect(life.who, "R24", premise="RETRACTED")
    city.expect(life.who, "R01A", record_of(ended), premise="HEALED")


@case("R24", 7)
def date_of_death_corrected(city: City) -> None:
    """The certificate named the day of admission; corrected, it agrees with the visit before the death."""
    life = pensioner(city, last=4)
    paper = certified(life, city.at(4, 3), city.at(4, 6))
    certify(life, life.benefits[PENSION_RES], city.at(4, 8), "3", on=city.at(4, 9))
    city.write(replace(paper, noted=city.at(4, 12), state="2", died_on=city.at(4, 9).isoformat()))
    put_in_order(life, city.at(4, 9), city.at(4, 22))
    ended = change_benefit(life, life.benefits[PENSION_RES], city.at(4, 28), "3", "1401", city.at(4, 9))
    city.expect(life.who, "R24", premise="RETRACTED")
    city.expect(life.who, "R01A", record_of(ended), premise="HEALED")
