"""R08: the employee and the resident pension scheme in one month."""

from dataclasses import replace

from demo.city.city import City
from demo.city.money import MED_EMP, MED_RES, PENSION_EMP, PENSION_RES, Bill, pay
from demo.city.plan import case, trap
from demo.city.records import Refund
from demo.city.residents import join_pension, pay_pension_year
from demo.city.standing import pensioner, resident
from demo.city.work import end, hire, leave, pay_months, starts_work


@case("R08", 9)
def year_paid_then_a_job(city: City) -> None:
    """170 for the year was paid in March; the job begins in May."""
    life = resident(city, 34, pension_years=(city.first.year,))
    pay_pension_year(life, city.first.year + 1, city.at(5, 10))
    starts_work(life, city.registry.employer(), 7)
    leave(life, city.at(7, 12), "6407", [PENSION_RES])
    city.expect(life.who, "R08", city.first.year + 1, subtype="PAYING_BOTH")


@case("R08", 11)
def year_paid_then_a_job_and_refunded(city: City) -> None:
    """Two months in the firm; the share of these months is refunded (F10004)."""
    life = resident(city, 31, pension_years=(city.first.year,))
    year = city.first.year + 1
    pay_pension_year(life, year, city.at(5, 10))
    starts_work(life, city.registry.employer(), 6, 7, pause_medical=None)
    leave(life, city.at(6, 10), "6407", [PENSION_RES, MED_RES])
    leave(life, city.at(8, 2), "6301")
    city.write(
        Refund(
            row=city.row(),
            who=life.who,
            noted=city.at(9, 18),
            by_tax=False,
            account=life.account,
            place=life.home,
            scheme=PENSION_RES,
            month=city.month(6),
            months=2,
            bill=f"{life.account[-7:]}{year}01170",
            document=f"TF{city.row():07d}",
            person_fen=5_000,
        )
    )
    city.expect(life.who, "R08", year, premise="HEALED", subtype="PAYING_BOTH")


@case("R08", 7)
def old_record_left_open(city: City) -> None:
    """In work since January; the resident record stays open, nothing was paid on it this year."""
    life = resident(city, 29, medical_years=(city.first.year,), pension_years=(city.first.year,))
    starts_work(life, city.registry.employer(), 3)
    city.expect(life.who, "R08", city.first.year + 1, subtype="STATE_BOTH")


@case("R08", 7)
def drawing_and_in_work(city: City) -> None:
    """Draws the resident pension, and a firm pays the employee pension for him."""
    life = pensioner(city, 60)
    employer = city.registry.employer()
    hire(life, employer, city.at(3, 1), [PENSION_EMP])
    pay_months(life, employer, 3, 1000, [PENSION_EMP])
    city.expect(life.who, "R08", city.first.year + 1, subtype="DRAW_AND_PAY")


@trap("R08", 8)
def earlier_year_paid_back(city: City) -> None:
    """170 for 2022 is paid back in 2024, while the firm pays 2024; the record ended when the job began."""
    life = resident(city, 38, medical_years=(city.first.year,), pension_years=(city.first.year,))
    end(life, city.at(3, 2), "6407", [PENSION_RES])
    starts_work(life, city.registry.employer(), 3)
    pay_pension_year(life, city.first.year - 1, city.at(6, 14), kind="2")
    city.expect_nothing(life.who)


@case("R08", 11)
def overlap_over_before_the_year_was_paid(city: City) -> None:
    """Worked from January to May, then paid 170 for the year: low."""
    life = resident(city, 36, pension_years=(city.first.year,))
    year = city.first.year + 1
    leave(life, city.at(3, 3), "6407", [PENSION_RES])
    starts_work(life, city.registry.employer(), 3, 7, pause_medical=12)
    leave(life, city.at(8, 2), "6301")
    join_pension(life, city.at(9, 3), account=life.account)
    pay_pension_year(life, year, city.at(9, 5))
    hire(life, "", city.at(8, 3), [MED_EMP])
    pay_months(life, "", 8, 1000, [MED_EMP])
    city.expect(life.who, "R08", year, subtype="PAYING_BOTH")


@case("R08", 10)
def government_paid_the_year(city: City) -> None:
    """The government paid 170 for a poor family's son; he works since May. Nothing of it is his to get back."""
    life = resident(city, 24, pension_years=(city.first.year,))
    year = city.first.year + 1
    pay(life, Bill(scheme=PENSION_RES, month=year * 12, months=12, on=city.at(5, 8), item="11", shares=(0, 0, 20_000)))
    starts_work(life, city.registry.employer(), 7)
    leave(life, city.at(7, 12), "6407", [PENSION_RES])
    city.expect(life.who, "R08", year, subtype="PAYING_BOTH")


@case("R08", 8)
def a_year_of_the_employee_scheme_in_one_bill(city: City) -> None:
    """A flexible worker pays twelve months of 110 in one bill, and 170 for the same year."""
    life = resident(city, 40)
    year = city.first.year + 1
    hire(life, "", city.at(3, 5), [PENSION_EMP])
    pay(life, Bill(scheme=PENSION_EMP, month=year * 12, months=12, on=city.at(4, 10), shares=(1_000_000, 0, 0)))
    city.expect(life.who, "R08", year, subtype="PAYING_BOTH")


@trap("R08", 9)
def month_reversed_before_booking(city: City) -> None:
    """A firm paid one month by mistake; the tax office reversed it before it was booked."""
    life = resident(city, 35)
    collected, _ = pay(life, Bill(scheme=PENSION_EMP, month=city.month(6), on=city.at(6, 14), payer=city.registry.employer(), booked=False))
    if collected is not None:
        city.write(replace(collected, noted=city.at(6, 25), reversed=True))
    city.expect_nothing(life.who)
