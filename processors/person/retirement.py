"""Statutory retirement month by birth month and class (全国人大常委会 2024-09-13, 国务院关于渐进式延迟法定退休年龄的办法).

From 2025 men move from 60 to 63, women from 55 to 58 or from 50 to 55: one month later for every four (two) months of birth, until 2040.
The resident scheme stays at 60 (国发〔2014〕8号 七). Every number is policy (`retire.*`).
"""

from enum import StrEnum

from processors.rules.model import Numbers
from schemas.dates import first_day, month_of_day

MALE = 1
FEMALE = 2


class RetirementClass(StrEnum):
    """Who retires when; the values are the policy keys' endings."""

    MALE = "male"
    FEMALE_CADRE = "female_cadre"
    FEMALE_WORKER = "female_worker"


def statutory_month(birth_month: int, retirement_class: RetirementClass, policy: Numbers) -> int:
    """The month in which the statutory age is reached. Months are month numbers.

    The original month plus one month for each started step after the start of the reform, at most the class's greatest delay: a man born
    1965-01 retires 2025-02, one born 1965-08 retires 2025-10.
    """
    day = first_day(birth_month)
    original = birth_month + 12 * policy.days(f"retire.age_years.{retirement_class}", day)
    start = 12 * policy.days("retire.delay_start_year", day)
    if original < start:
        return original
    step = policy.days(f"retire.step_months.{retirement_class}", day)
    delay = (original - start) // step + 1
    return original + min(delay, policy.days(f"retire.delay_max_months.{retirement_class}", day))


def classes_of(sex: int) -> tuple[RetirementClass, ...]:
    """The classes that a person of this sex may belong to; all of them where it is unknown."""
    if sex == MALE:
        return (RetirementClass.MALE,)
    if sex == FEMALE:
        return (RetirementClass.FEMALE_WORKER, RetirementClass.FEMALE_CADRE)
    return tuple(RetirementClass)


def statutory_months(birth_day: int, sex: int, policy: Numbers) -> tuple[int, ...]:
    """The months in which a person may reach the statutory age, one a class; none where the birth day is unknown (0)."""
    if not birth_day:
        return ()
    birth_month = month_of_day(birth_day)
    return tuple(statutory_month(birth_month, one, policy) for one in classes_of(sex))


def resident_month(birth_day: int, policy: Numbers) -> int:
    """The month in which the resident pension may be drawn; 0 where the birth day is unknown."""
    if not birth_day:
        return 0
    return month_of_day(birth_day) + 12 * policy.days("retire.resident_age_years", birth_day)
