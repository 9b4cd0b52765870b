"""R02, R03, R04 and R24: contributions after a death, a registration left open, deaths that are none."""

from dataclasses import replace

from demo.city.cases.death_payments import record_of
from demo.city.city import City
from demo.city.deaths import certified, cremated, put_in_order
from demo.city.money import MED_EMP, MED_RES, PENSION_EMP, PENSION_RES, SHARES, Bill, pay
from demo.city.pensions import certify, change_benefit
from demo.city.plan import case, trap
from demo.city.records import Refund, Settlement
from demo.city.registers import cancel, close_card, permit
from demo.city.standing import child, employee, member, pensioner, resident
from demo.city.work import end, hire, leave, pay_months


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


@case("R03", 8)
def registration_never_cancelled(city: City) -> None:
    """The crematorium knows, the police were never told."""
    life = resident(city, 57, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(5, 12))
    cremated(life, death, city.at(3, 15))
    end(life, city.at(3, 22), "6401")
    close_card(life, city.at(3, 24))
    city.expect(life.who, "R03")


@case("R03", 8)
def registration_cancelled_late(city: City) -> None:
    """Cancelled after eleven weeks."""
    life = child(city, 9)
    death = city.at(3, city.rng.randint(5, 9))
    certified(life, death, city.at(3, 11))
    end(life, city.at(3, 22), "6401")
    close_card(life, city.at(3, 24))
    cancel(life, city.at(6, 2), "01", death)
    city.expect(life.who, "R03", premise="HEALED")


@trap("R03", 8)
def registered_elsewhere(city: City) -> None:
    """She moved away before she died; and a worker with a residence permit has no registration here at all."""
    mover = resident(city, 56, pension_years=(city.first.year,))
    cancel(mover, city.at(2, 20), "03")
    end(mover, city.at(2, 22), "6404")
    cremated(mover, city.at(4, 4), city.at(4, 9))
    close_card(mover, city.at(4, 20))
    employer = city.registry.employer()
    worker = member(city, 33)
    city.changes = [change for change in city.changes if change.record is not worker.hukou]
    worker.hukou = None
    permit(worker, city.at(-3, 1))
    hire(worker, employer, city.at(-3, 1))
    pay_months(worker, employer, -3, 3)
    cremated(worker, city.at(3, 20), city.at(3, 25))
    end(worker, city.at(4, 5), "6401")
    close_card(worker, city.at(4, 8))
    city.expect_nothing(mover.who)
    city.expect_nothing(worker.who)


@trap("R03", 6)
def cancelled_on_day_fifty(city: City) -> None:
    """The family needed seven weeks for the registration office."""
    life = resident(city, 51, pension_years=(city.first.year,))
    death = city.at(3, 3)
    cremated(life, death, city.at(3, 6))
    end(life, city.at(3, 20), "6401")
    close_card(life, city.at(3, 21))
    cancel(life, city.at(4, 24), "01", death)
    city.expect_nothing(life.who)


@trap("R04", 6)
def conscripted(city: City) -> None:
    """Conscription cancels a registration; it is no death, and no lapse."""
    employer = city.registry.employer()
    life = employee(city, employer, 21, last=4)
    leave(life, city.at(5, 2), "6303")
    cancel(life, city.at(5, 3), "02")
    city.expect_nothing(life.who)


@trap("R04", 6)
def settled_abroad(city: City) -> None:
    """Emigration cancels the registration and ends the records."""
    life = resident(city, 44, pension_years=(city.first.year,))
    cancel(life, city.at(3, 12), "04")
    end(life, city.at(3, 15), "6402")
    city.expect_nothing(life.who)


@trap("R04", 6)
def duplicate_registration_deleted(city: City) -> None:
    """A double registration is deleted, the other one stands."""
    life = resident(city)
    second = replace(life.hukou, row=city.row(), place=370113) if life.hukou else None
    if second is not None:
        city.write(second)
        city.write(replace(second, noted=city.at(3, 11), cancelled_on=city.at(3, 11), cancel_reason="05"))
    city.expect_nothing(life.who)


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
