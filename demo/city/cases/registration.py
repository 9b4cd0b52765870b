"""R03 and R04: a registration left open after a death, and cancellations that are no death."""

from dataclasses import replace

from demo.city.city import City
from demo.city.deaths import certified, cremated
from demo.city.plan import case, trap
from demo.city.registers import cancel, close_card, permit
from demo.city.standing import child, employee, member, resident
from demo.city.work import end, hire, leave, pay_months


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


@case("R03", 8)
def moved_out_after_death(city: City) -> None:
    """The registration was closed as a move, weeks after the cremation: the death is still not registered."""
    life = resident(city, 56, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(4, 10))
    cremated(life, death, city.at(3, 13))
    end(life, city.at(3, 22), "6401")
    close_card(life, city.at(3, 24))
    cancel(life, city.at(4, 22), "03")
    city.expect(life.who, "R03")


@case("R03", 9)
def restored_after_cancellation(city: City) -> None:
    """Cancelled for death, restored by mistake: the crematorium still says that he died."""
    life = resident(city, 53, pension_years=(city.first.year,))
    hukou = life.hukou
    death = city.at(3, city.rng.randint(4, 10))
    cremated(life, death, city.at(3, 13))
    cancel(life, city.at(3, 20), "01", death)
    end(life, city.at(3, 22), "6401")
    close_card(life, city.at(3, 24))
    if hukou is not None:
        city.write(replace(hukou, noted=city.at(6, 10), since=city.at(6, 10), reason="03"))
    city.expect(life.who, "R03")
