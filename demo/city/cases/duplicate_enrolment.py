"""R08: the employee and the resident pension scheme in one month."""

from demo.city.city import City
from demo.city.money import MED_RES, PENSION_EMP, PENSION_RES
from demo.city.plan import case, trap
from demo.city.records import Refund
from demo.city.residents import pay_pension_year
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
