"""The statutory retirement month against the table of the 2024 decision (birth month → delay → month)."""

import pytest

from processors.person.retirement import RetirementClass, classes_of, resident_month, statutory_month, statutory_months
from schemas.dates import day, month
from schemas.policy import load_policy

POLICY = load_policy()


@pytest.mark.parametrize(
    ("one", "birth", "retires"),
    [
        (RetirementClass.MALE, 196412, 202412),  # the last month before the reform
        (RetirementClass.MALE, 196501, 202502),
        (RetirementClass.MALE, 196504, 202505),
        (RetirementClass.MALE, 196505, 202507),  # the second step
        (RetirementClass.MALE, 196508, 202510),
        (RetirementClass.MALE, 197608, 203907),  # 63 less a month
        (RetirementClass.MALE, 197609, 203909),  # 63
        (RetirementClass.MALE, 199001, 205301),
        (RetirementClass.FEMALE_CADRE, 196912, 202412),
        (RetirementClass.FEMALE_CADRE, 197001, 202502),
        (RetirementClass.FEMALE_CADRE, 198109, 203909),  # 58
        (RetirementClass.FEMALE_WORKER, 197412, 202412),
        (RetirementClass.FEMALE_WORKER, 197501, 202502),
        (RetirementClass.FEMALE_WORKER, 197502, 202503),
        (RetirementClass.FEMALE_WORKER, 197503, 202505),
        (RetirementClass.FEMALE_WORKER, 198411, 203911),  # 55
        (RetirementClass.FEMALE_WORKER, 199501, 205001),
    ],
)
def test_statutory_month(one: RetirementClass, birth: int, retires: int) -> None:
    """One month later for every four (two) months of birth, until 63, 58 and 55."""
    assert statutory_month(month(birth), one, POLICY) == month(retires)


def test_classes_follow_what_is_known_of_the_sex() -> None:
    """A woman may be of two classes; of an unknown sex all are possible."""
    assert classes_of(1) == (RetirementClass.MALE,)
    assert set(classes_of(2)) == {RetirementClass.FEMALE_CADRE, RetirementClass.FEMALE_WORKER}
    assert set(classes_of(0)) == set(RetirementClass)


def test_an_unknown_birth_day_has_no_retirement_month() -> None:
    """Nothing is guessed where the birth day is unknown."""
    assert statutory_months(0, 1, POLICY) == ()
    assert resident_month(0, POLICY) == 0


def test_the_resident_pension_stays_at_sixty() -> None:
    """国发〔2014〕8号: 60 for everybody."""
    assert resident_month(day("1965-08-10"), POLICY) == month(202508)
    assert statutory_months(day("1965-08-10"), 1, POLICY) == (month(202510),)
