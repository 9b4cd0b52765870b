"""R02: paid or enrolled after a death."""

from dataclasses import replace

from demo.city.city import City
from demo.city.deaths import annulled, certified, put_in_order
from demo.city.money import MED_EMP, MED_RES, PENSION_EMP, PENSION_RES, SHARES, Bill, pay
from demo.city.plan import case, trap
from demo.city.records import Refund
from demo.city.registers import cancel, close_card
from demo.city.standing import employee, resident
from demo.city.work import end


@case("R02", 8)
def employer_goes_on_paying(city: City) -> None:
    """Two months of both schemes are paid after the death, and the records stay open."""
    life = employee(city, city.registry.employer(), 47, last=5)
    death = city.at(3, city.rng.randint(4, 8))
    certified(life, death, city.at(3, 10))
    cancel(life, city.at(3, 25), "01", death)
    close_card(life, city.at(3, 27))
    city.expect(life.who, "R02", PENSION_EMP)
    city.expect(life.who, "R02", MED_EMP)


@case("R02", 8)
def paid_after_death_and_refunded(city: City) -> None:
    """One month is paid after the death; the tax office and the business database both report its refund."""
    employer = city.registry.employer()
    life = employee(city, employer, 51, last=3)
    death = city.at(3, city.rng.randint(18, 21))
    certified(life, death, city.at(3, 23))
    put_in_order(life, death, city.at(3, 29))
    _, booked = pay(life, Bill(scheme=PENSION_EMP, month=city.month(4), on=city.at(4, 14), payer=employer))
    person, paid_by_employer, _ = SHARES[PENSION_EMP]
    refund = Refund(
        row=city.row(), who=life.who, noted=city.at(6, 10), by_tax=False, account=life.account, place=life.home, scheme=PENSION_EMP,
        month=city.month(4), months=1, payer=employer, bill=booked.bill if booked else "", document=f"TF{city.row():07d}",
        refund_type="F10007", person_fen=person, employer_fen=paid_by_employer,
    )  # fmt: skip
    city.write(refund)
    city.write(replace(refund, row=city.row(), by_tax=True, noted=city.at(6, 12)))
    city.expect(life.who, "R02", PENSION_EMP, premise="HEALED")


@case("R02", 8)
def resident_record_left_open(city: City) -> None:
    """The death is known, the medical record is ended, the pension record is forgotten."""
    life = resident(city, 55, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(5, 9))
    certified(life, death, city.at(3, 11))
    cancel(life, city.at(3, 25), "01", death)
    close_card(life, city.at(3, 28))
    end(life, city.at(3, 24), "6401", [MED_RES])
    city.expect(life.who, "R02", PENSION_RES)


@case("R02", 6)
def back_pay_booked_after_death(city: City) -> None:
    """A month before the first job month is paid back after the death, so that the years suffice."""
    employer = city.registry.employer()
    life = employee(city, employer, 58, first=-2, last=3)
    death = city.at(3, city.rng.randint(17, 20))
    certified(life, death, city.at(3, 22))
    put_in_order(life, death, city.at(3, 28))
    pay(life, Bill(scheme=PENSION_EMP, month=city.month(-3), on=city.at(4, 16), payer=employer, kind="2"))
    city.expect(life.who, "R02", PENSION_EMP)


@case("R02", 4)
def premium_of_a_year_not_yet_begun(city: City) -> None:
    """Next year's medical premium was paid in November; he died in December: refundable on request."""
    life = resident(city, 52, medical_years=(city.first.year,), pension_years=(city.first.year,))
    pay(life, Bill(scheme=MED_RES, month=(city.first.year + 1) * 12, months=12, on=city.at(1, 14)))
    death = city.at(2, city.rng.randint(8, 12))
    certified(life, death, city.at(2, 14))
    put_in_order(life, death, city.at(2, 22))
    city.expect(life.who, "R02", MED_RES)


@trap("R02", 6)
def arrears_for_the_month_of_death(city: City) -> None:
    """The month of death is paid late, and a base correction for an earlier month comes after it."""
    employer = city.registry.employer()
    life = employee(city, employer, 49, last=2)
    death = city.at(3, 24)
    certified(life, death, city.at(3, 26))
    put_in_order(life, death, city.at(4, 2))
    for scheme in (PENSION_EMP, MED_EMP):
        pay(life, Bill(scheme=scheme, month=city.month(3), on=city.at(4, 8), payer=employer, kind="11"))
    pay(
        life,
        Bill(scheme=PENSION_EMP, month=city.month(2), on=city.at(4, 12), payer=employer, kind="13", number="JS2", shares=(400, 800, 0)),
    )
    city.expect_nothing(life.who)


@case("R02", 7)
def claim_revoked_after_payment(city: City) -> None:
    """A false death; the firm goes on paying, as it must; the claim is revoked six weeks later."""
    life = employee(city, city.registry.employer(), 43)
    claim = certified(life, city.at(3, 6), city.at(3, 9))
    annulled(life, claim, city.at(4, 24))
    city.expect(life.who, "R02", PENSION_EMP, premise="RETRACTED")
    city.expect(life.who, "R02", MED_EMP, premise="RETRACTED")
