"""Which of two medical records stays (domain 3.3; 医保办函〔2021〕11号): the winner of R09, or that the person must choose."""

from collections.abc import Callable

from msgspec import Struct, field

from processors.person.exemptions import STUDENT, spells_of
from processors.person.medical_records import Cover, continuous_months
from processors.person.person import Person
from processors.person.places import registrations
from processors.person.state import Flag
from processors.rules.model import MINUS_INFINITY, Moment
from schemas.dates import first_day, last_day
from schemas.kinds import PersonType, Scheme

EDUCATION = "education"
TAX = "tax_payroll"


class Winner(Struct):
    """What stays and what goes; both None where no rule decides. `why` is the reason in Chinese."""

    keep: Cover | None
    clear: Cover | None
    why: str
    needs_person_choice: bool = False
    unchecked: list[str] = field(default_factory=list)


def winner_of(person: Person, one: Cover, two: Cover, month: int, now: Moment) -> Winner:
    """The winner of a pair, judged in its last shared month."""
    newborn = _only(one, two, lambda cover: cover.row.person_type == PersonType.NEWBORN)
    if newborn is not None:
        return Winner(_other(newborn, one, two), newborn, "新生儿以本人证件登记的参保关系为准，借用他人证件登记的应更正")
    subsidised = _only(one, two, lambda cover: cover.row.scheme == Scheme.MED_RES and bool(cover.row.subsidised))
    if subsidised is not None:
        return Winner(_other(subsidised, one, two), subsidised, "资助参保的居民医保由本人签署放弃承诺后暂停", needs_person_choice=True)
    if one.row.scheme != two.row.scheme:
        employee, resident = (one, two) if one.row.scheme == Scheme.MED_EMP else (two, one)
        return _across_schemes(person, employee, resident, month, now)
    if one.row.scheme == Scheme.MED_EMP:
        return _two_employee(person, one, two)
    return _two_resident(person, one, two, month, now)


def _across_schemes(person: Person, employee: Cover, resident: Cover, month: int, now: Moment) -> Winner:
    """310 stays after a year without a break, and where an employer pays; a shorter 310 of one's own is the person's choice."""
    months = continuous_months(person, employee, month)
    year = now.policy.days("med.keep_employee_months", first_day(month), employee.row.place)
    if employee.row.retired or months >= year:
        return Winner(employee, resident, "职工医保连续参保满一年，原则上保留职工医保")
    if employee.by_employer:
        return Winner(employee, resident, "已随用人单位参加职工医保，保留职工医保")
    return Winner(
        None, None, f"以个人身份参加职工医保连续{months}个月，不满一年，由本人选择保留一个可以享受待遇的关系", needs_person_choice=True
    )


def _two_employee(person: Person, one: Cover, two: Cover) -> Winner:
    """The place of work stays: the employer that pays the wages, else the only record that an employer pays for."""
    employers = {row.employer for row in person.payroll} if person.has(Flag.PAYROLL) else set()
    working = _only(one, two, lambda cover: bool(cover.row.employer) and cover.row.employer in employers)
    working = working or _only(one, two, lambda cover: cover.by_employer)
    if working is not None:
        return Winner(working, _other(working, one, two), "两地职工医保，保留就业地的参保关系")
    return Winner(
        None,
        None,
        "两地职工医保，就业地尚不能确定，由本人与两地经办机构商定",
        needs_person_choice=True,
        unchecked=[] if employers else [TAX],
    )


def _two_resident(person: Person, one: Cover, two: Cover, month: int, now: Moment) -> Winner:
    """A student keeps the school's place, anybody else the place of usual residence; without a student feed the person is asked."""
    day = last_day(month)
    student = next((spell for spell in spells_of(person, now) if spell.code == STUDENT and spell.holds_on(day)), None)
    known = student is not None or any(now.horizon(EDUCATION, cover.row.place) > MINUS_INFINITY for cover in (one, two))
    if not known:
        return Winner(
            None, None, "两地居民医保，没有学籍数据，由本人选择（学生保留学籍地）", needs_person_choice=True, unchecked=[EDUCATION]
        )
    if student is not None:
        school = _only(one, two, lambda cover: _pool(cover, student.fact.division, now) == cover.pool)
        school = school or _only(one, two, lambda cover: cover.row.person_type == PersonType.STUDENT)
        if school is not None:
            return Winner(school, _other(school, one, two), "在校学生保留学籍地的居民医保")
    living = _usual_residence(person, one, two, now)
    if living is not None and student is None:
        return Winner(living, _other(living, one, two), "两地居民医保，保留常住地的参保关系")
    return Winner(None, None, "两地居民医保，常住地或学籍地尚不能确定，由本人选择", needs_person_choice=True)


def _usual_residence(person: Person, one: Cover, two: Cover, now: Moment) -> Cover | None:
    """The record at the place of the residence permit, else of the registration, where only one is."""
    for home in sorted(registrations(person, now), key=lambda spell: not spell.residence_permit):
        here = [cover for cover in (one, two) if _pool(cover, home.place, now) == cover.pool]
        if len(here) == 1:
            return here[0]
    return None


def _pool(cover: Cover, division: int, now: Moment) -> int:
    return now.policy.pool(cover.row.scheme, division, now.as_of)


def _only(one: Cover, two: Cover, fits: Callable[[Cover], bool]) -> Cover | None:
    """The one cover that fits where the other does not."""
    if fits(one) == fits(two):
        return None
    return one if fits(one) else two


def _other(cover: Cover, one: Cover, two: Cover) -> Cover:
    return two if cover is one else one
