"""R01, R01A and UNDO_CHECK: benefits after a death, and before one is paid."""

from demo.city.city import City
from demo.city.deaths import annulled, certified, cremated, put_in_order
from demo.city.labels import RecordOf
from demo.city.life import Life, life_of
from demo.city.money import PENSION_RES
from demo.city.pensions import change_benefit, give_back, pay_benefit
from demo.city.plan import case, trap
from demo.city.records import Benefit
from demo.city.registers import cancel
from demo.city.standing import pensioner, retiree


def record_of(benefit: Benefit) -> RecordOf:
    """The scope of an alert about a benefit record."""
    return RecordOf("business", benefit.scheme, benefit.account, benefit.place)


def died(city: City, life: Life, offset: int, day: int, *, heard_after: int = 3) -> Benefit:
    """Death known from the crematorium; all affairs but the pension put in order within two weeks."""
    death = city.at(offset, day)
    cremated(life, death, city.at(offset, day + heard_after))
    put_in_order(life, death, city.at(offset, day + heard_after + 9))
    return life.benefits[next(iter(life.benefits))]


@case("R01", 7)
def paid_two_months_after_death(city: City) -> None:
    """Nobody stops the pension in time: two months are paid, then it is suspended."""
    life = pensioner(city, last=5)
    benefit = died(city, life, 3, city.rng.randint(3, 7))
    change_benefit(life, benefit, city.at(5, 25), "0", "1299")
    city.expect(life.who, "R01A", record_of(benefit), premise="SUPERSEDED")
    city.expect(life.who, "R01", record_of(benefit))


@case("R01", 7)
def paid_to_a_retired_employee(city: City) -> None:
    """The same in the employee scheme, still payable at the end: three months are paid."""
    life = retiree(city, last=6)
    benefit = died(city, life, 3, city.rng.randint(3, 7))
    city.expect(life.who, "R01A", record_of(benefit), premise="SUPERSEDED")
    city.expect(life.who, "R01", record_of(benefit))


@case("R01", 6)
def paid_and_returned(city: City) -> None:
    """One month was paid; the record is ended and the bank returns the money."""
    life = pensioner(city, last=3)
    benefit = died(city, life, 3, city.rng.randint(3, 8))
    payment = pay_benefit(life, benefit, 4)
    ended = change_benefit(life, benefit, city.at(4, 20), "3", "1401", city.at(3, 5))
    give_back(life, payment, city.at(4, 27))
    city.expect(life.who, "R01A", record_of(ended), premise="SUPERSEDED")
    city.expect(life.who, "R01", record_of(ended), premise="HEALED")


@case("UNDO_CHECK", 6)
def death_annulled_after_suspension(city: City) -> None:
    """A false death: one month paid after it, the pension suspended, then the claim is revoked. What was stopped must be given back."""
    life = pensioner(city, last=4)
    benefit = life.benefits[PENSION_RES]
    claim = cremated(life, city.at(3, 26), city.at(3, 29))
    suspended = change_benefit(life, benefit, city.at(4, 18), "0", "1299")
    annulled(life, claim, city.at(4, 20))
    city.expect(life.who, "R01A", record_of(suspended), premise="SUPERSEDED")
    city.expect(life.who, "R01", record_of(suspended), premise="RETRACTED")
    city.expect(life.who, "UNDO_CHECK", record_of(suspended))


@case("R01", 7)
def sources_name_different_months(city: City) -> None:
    """The crematorium says January, the police say March: the sum is split, the earliest month counts."""
    life = pensioner(city, last=5)
    benefit = life.benefits[PENSION_RES]
    cancel(life, city.at(5, 6), "01", city.at(5, 4))
    cremated(life, city.at(3, 10), city.at(5, 9))
    put_in_order(life, city.at(5, 4), city.at(5, 16))
    change_benefit(life, benefit, city.at(5, 28), "0", "1299")
    city.expect(life.who, "R01A", record_of(benefit), level="SIGNAL", premise="SUPERSEDED")
    city.expect(life.who, "R01", record_of(benefit))


@trap("R01", 6)
def ended_before_the_claim(city: City) -> None:
    """Ended at once by the village; the month of death, a funeral grant and the inherited account balance are paid."""
    life = pensioner(city, last=2)
    benefit = life.benefits[PENSION_RES]
    death = city.at(3, 4)
    ended = change_benefit(life, benefit, city.at(3, 6), "3", "1401", death)
    cremated(life, death, city.at(3, 9))
    put_in_order(life, death, city.at(3, 16))
    pay_benefit(life, ended, 3)
    pay_benefit(life, ended, 4, item="500011", amount=100_000)
    pay_benefit(life, ended, 4, item="400011", amount=350_000)
    city.expect_nothing(life.who)


@trap("R01", 9)
def raise_paid_for_earlier_months(city: City) -> None:
    """A raise decided in May is paid to the heirs for January, when he still lived."""
    life = pensioner(city, last=2)
    death = city.at(3, 20)
    pay_benefit(life, life.benefits[PENSION_RES], 3)
    ended = change_benefit(life, life.benefits[PENSION_RES], city.at(3, 23), "3", "1401", death)
    cremated(life, death, city.at(3, 26))
    put_in_order(life, death, city.at(4, 5))
    pay_benefit(life, ended, 3, on=city.at(7, 15), item="100021", amount=1_500)
    city.expect_nothing(life.who)


@trap("R01", 6)
def widow_with_survivor_benefit(city: City) -> None:
    """Her survivor benefit rests on his number; his death is no death of hers."""
    husband, widow = pensioner(city, 74, last=2), pensioner(city, 72)
    death = city.at(3, 5)
    ended = change_benefit(husband, husband.benefits[PENSION_RES], city.at(3, 8), "3", "1401", death)
    pay_benefit(husband, ended, 3)
    cremated(husband, death, city.at(3, 11))
    put_in_order(husband, death, city.at(3, 18))
    survivor = Benefit(
        row=city.row(), who=widow.who, noted=city.at(4, 8), account=husband.account, place=husband.home, scheme=110, benefit="4",
        changed_on=city.at(4, 8), start=city.month(4), insured=husband.who.number,
    )  # fmt: skip
    city.write(survivor)
    for offset in range(4, min(8, city.months)):
        pay_benefit(widow, survivor, offset, item="600011", amount=60_000)
    city.expect_nothing(husband.who)
    city.expect_nothing(widow.who)


@case("R01A", 5)
def ended_within_the_week(city: City) -> None:
    """The ordinary case: a signal, and the end is booked three days later."""
    life = pensioner(city, last=3)
    benefit = died(city, life, 3, city.rng.randint(16, 18), heard_after=2)
    day = life.city.at(3, 16)
    ended = change_benefit(life, benefit, city.at(3, 23), "3", "1401", day)
    city.expect(life.who, "R01A", record_of(ended), level="SIGNAL", premise="HEALED")


@case("R01A", 6)
def ended_after_two_weeks(city: City) -> None:
    """The end is booked before the next run, but after the settle window."""
    life = pensioner(city, last=4)
    benefit = died(city, life, 4, city.rng.randint(16, 17), heard_after=2)
    ended = change_benefit(life, benefit, city.at(5, 5), "3", "1401", city.at(4, 16))
    city.expect(life.who, "R01A", record_of(ended), premise="HEALED")


@case("R01A", 12)
def two_sources_before_the_run(city: City) -> None:
    """Hospital and crematorium agree: an alert without waiting, open when the run ends."""
    life = pensioner(city, last=11)
    death = city.at(11, 5)
    paper = certified(life, death, city.at(11, 7))
    cremated(life, death, city.at(11, 10), paper.number)
    put_in_order(life, death, city.at(11, 18))
    city.expect(life.who, "R01A", record_of(life.benefits[PENSION_RES]))


@case("R01A", 5)
def claim_revoked_within_the_week(city: City) -> None:
    """The wrong person: revoked on the fifth day, the signal never became an alert. He has a twin brother, who is left alone."""
    life = pensioner(city)
    twin = life_of(city, city.registry.person(life.who.birth, life.who.sex), life.home)
    claim = cremated(life, city.at(3, 6), city.at(3, 8))
    annulled(life, claim, city.at(3, 13))
    city.expect(life.who, "R01A", record_of(life.benefits[PENSION_RES]), level="SIGNAL", premise="RETRACTED")
    city.expect_nothing(twin.who)


@trap("R01A", 5)
def revoked_before_it_arrived(city: City) -> None:
    """The revocation overtakes the registration: the later version wins, nothing is raised."""
    life = pensioner(city)
    claim = cremated(life, city.at(3, 6), city.at(3, 12))
    annulled(life, claim, city.at(3, 10))
    city.expect_nothing(life.who)
