"""R10: one month paid twice."""

from dataclasses import replace

from demo.city.city import DAY, City
from demo.city.life import Life
from demo.city.money import INJURY, MED_EMP, PENSION_EMP, SHARES, Bill, pay
from demo.city.plan import case, trap
from demo.city.records import Refund
from demo.city.standing import employee
from demo.city.work import pay_months
from schemas.dates import yyyymm


def paid_twice(city: City, first: int, last: int, *, number: str | None = None, kind: str = "10") -> tuple[Life, list[Bill]]:
    """An employee for whom a second employer pays the pension too, from one month to another."""
    life = employee(city, city.registry.employer(), 37)
    second = city.registry.employer()
    bills = [
        Bill(scheme=PENSION_EMP, month=city.month(offset), on=city.at(offset, 18), payer=second, number=number, kind=kind)
        for offset in range(first, last + 1)
    ]
    for bill in bills:
        pay(life, bill)
    return life, bills


@case("R10", 8)
def two_employers_two_months(city: City) -> None:
    """Two months in a row paid by two employers."""
    life, bills = paid_twice(city, 4, 5)
    for bill in bills:
        city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@case("R10", 7)
def hand_over_month(city: City) -> None:
    """Changed the employer in mid-month, both paid: low."""
    life, (bill,) = paid_twice(city, 4, 4)
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@case("R10", 7)
def coded_as_prepaid(city: City) -> None:
    """The second payment is coded as prepaid."""
    life, (bill,) = paid_twice(city, 4, 4, kind="12")
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@case("R10", 7)
def bill_number_used_twice(city: City) -> None:
    """Two employers happen to use the same bill number."""
    employer = city.registry.employer()
    life = employee(city, employer, 39, last=3)
    other = city.registry.employer()
    pay_months(life, employer, 5, 1000)
    pay(life, Bill(scheme=MED_EMP, month=city.month(4), on=city.at(4, 13), payer=employer))
    for payer in (employer, other):
        pay(life, Bill(scheme=PENSION_EMP, month=city.month(4), on=city.at(4, 14), payer=payer, number="2024020001"))
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(city.month(4)))


@case("R10", 9)
def paid_twice_and_refunded(city: City) -> None:
    """The second payment is refunded; tax office and business database report the same refund."""
    life, (bill,) = paid_twice(city, 4, 4)
    refund = Refund(
        row=city.row(), who=life.who, noted=city.at(6, 20), by_tax=True, account=life.account, place=life.home, scheme=PENSION_EMP,
        month=bill.month, months=1, payer=bill.payer, bill=f"{bill.payer[-7:]}{yyyymm(bill.month)}110", document=f"TF{city.row():07d}",
        person_fen=48_000, employer_fen=96_000,
    )  # fmt: skip
    city.write(refund)
    city.write(replace(refund, row=city.row(), by_tax=False, noted=city.at(6, 23)))
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month), premise="HEALED")


@trap("R10", 7)
def one_payment_many_rows(city: City) -> None:
    """A base correction, a booking without bill number, a re-delivery, a row deleted and inserted again, two injury premiums."""
    employer, second = city.registry.employer(), city.registry.employer()
    life = employee(city, employer, 35, last=3)
    pay(
        life,
        Bill(scheme=PENSION_EMP, month=city.month(3), on=city.at(4, 9), payer=employer, kind="13", number="JS1", shares=(800, 1_600, 0)),
    )
    for scheme in (PENSION_EMP, MED_EMP):
        collected, _ = pay(life, Bill(scheme=scheme, month=city.month(4), on=city.at(4, 14), payer=employer, booked_number=""))
        if collected is not None:
            city.repeat(collected, city.at(4, 16))
    _, booked = pay(life, Bill(scheme=PENSION_EMP, month=city.month(5), on=city.at(5, 12), payer=employer))
    pay(life, Bill(scheme=MED_EMP, month=city.month(5), on=city.at(5, 12), payer=employer))
    if booked is not None:
        city.repeat(booked, booked.noted + 2 * DAY)
        city.delete(booked, city.at(5, 20))
        city.write(replace(booked, row=city.row()), city.at(5, 20))
    pay_months(life, employer, 6, 1000)
    for payer in (employer, second):
        pay(life, Bill(scheme=INJURY, month=city.month(4), on=city.at(4, 15), payer=payer))
    city.expect_nothing(life.who)


@case("R10", 8)
def moved_to_another_month(city: City) -> None:
    """The second payment was meant for the month before the first job month; it is moved there."""
    life = employee(city, city.registry.employer(), 34)
    second = city.registry.employer()
    collected, booked = pay(life, Bill(scheme=PENSION_EMP, month=city.month(4), on=city.at(4, 18), payer=second))
    for record in (collected, booked):
        if record is not None:
            city.write(replace(record, noted=city.at(6, 20), month=city.month(-4)))
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(city.month(4)), premise="HEALED")


@case("R10", 7)
def second_payment_coded_as_back_pay(city: City) -> None:
    """Back-pay for a month that was paid all along."""
    life, (bill,) = paid_twice(city, 4, 4, kind="2")
    city.expect(life.who, "R10", PENSION_EMP, yyyymm(bill.month))


@trap("R10", 7)
def shares_in_two_rows(city: City) -> None:
    """One bill, booked as two rows: the employer's share and the person's."""
    employer = city.registry.employer()
    life = employee(city, employer, 42, last=3)
    for scheme in (PENSION_EMP, MED_EMP):
        person, paid, _ = SHARES[scheme]
        for shares in ((person, 0, 0), (0, paid, 0)):
            pay(life, Bill(scheme=scheme, month=city.month(4), on=city.at(4, 14), payer=employer, shares=shares))
    pay_months(life, employer, 5, 1000)
    city.expect_nothing(life.who)
