"""Parts of the lapse and enrolment judgement: settle days, bitsets of years, spells, payers' rhythms."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.person.apply import apply_fact
from processors.person.cover import whole_years
from processors.person.exemptions import age_day, spell_on, spells_of
from processors.person.families import MEDICAL, PENSION, complete_through, wakes_for
from processors.person.gaps import open_by_calendar, settle_day, settled_month
from processors.person.payers import Basis, basis_of, payer_of
from processors.person.person import Person
from processors.person.state import stored_ref
from processors.rules.model import CALENDAR, MINUS_INFINITY, Moment, Wake
from schemas.dates import MONTH_ZERO, day, month, months_of, span_bits
from schemas.facts import Contribution, Hukou, Status
from schemas.kinds import CancelReason, ContribKind, PayerKind, Scheme, Stage, StatusKind
from schemas.policy import load_policy

POLICY = load_policy()
FEEDS = ("tax_contribution", "business", "medical")
_REF = stored_ref("business")


def moment(as_of: str, horizons: Mapping[str, str] | None = None) -> Moment:
    """A day, with every feed complete to the day before or as given."""
    known = {(feed, 0): day(as_of) - 1 for feed in FEEDS} if horizons is None else {(feed, 0): day(at) for feed, at in horizons.items()}
    return Moment(day(as_of), known, POLICY, {})


def person_with(*facts: Contribution | Hukou | Status, birth: str = "1985-05-01") -> Person:
    """A person who has just these facts."""
    person = Person(b"\x01" * 17, lambda _: None)
    person.head.birth_day = day(birth)
    for fact in facts:
        apply_fact(person, fact, _REF, day("2024-01-01"))
    return person


def paid(number: int, scheme: int, first: int, months: int, kind: PayerKind) -> Contribution:
    """One booked contribution; `first` is YYYYMM."""
    return Contribution(
        row=number.to_bytes(8, "big"), status=0, incarnation=1, sequence=number, sub=0, ref=-1, offset=0, known_on=0, source=6, division=370102,
        scheme=scheme, place=370102, month=month(first), months=months, bill=number.to_bytes(8, "big"), stage=Stage.BOOKED,
        kind=ContribKind.NORMAL, payer_kind=kind, payer=b"payer---", item=0, person_fen=100 * months, employer_fen=0, public_fen=0, paid_on=0,
        settled_month=0, base_fen=0, reversed=0, record=b"", name_key=b"", employer="",
    )  # fmt: skip


def monthly(first: int, count: int, kind: PayerKind = PayerKind.INDIVIDUAL) -> Iterator[Contribution]:
    """Single months of 110 in a row."""
    start = month(first)
    for offset in range(count):
        number = start + offset
        yield paid(offset + 1, Scheme.PENSION_EMP, number // 12 * 100 + number % 12 + 1, 1, kind)


@pytest.mark.parametrize(
    ("through", "settled"),
    [("2024-03-24", 202401), ("2024-03-25", 202402), ("2024-03-31", 202402), ("2024-04-25", 202403), ("2024-01-25", 202312)],
)
def test_a_month_settles_on_the_25th_of_the_next(through: str, settled: int) -> None:
    """contrib.settle_day counts through its 24:00."""
    assert settled_month(day(through), moment("2024-06-01"), 370102) == month(settled)
    assert settle_day(month(settled), moment("2024-06-01"), 370102) <= day(through)


class _TwentiethFrom2026:
    """The policy, with a settle day that a law changed from 2026 on."""

    def __getattr__(self, name: str) -> object:
        return getattr(POLICY, name)

    def days(self, key: str, on_day: int, division: int = 0) -> int:
        """The 20th instead of the 25th."""
        return 20 if key == "contrib.settle_day" and on_day >= day("2026-01-01") else POLICY.days(key, on_day, division)


@pytest.mark.parametrize("as_of", ["2025-12-20", "2026-01-22", "2026-03-01"])
def test_a_month_settles_by_the_day_that_held_in_it(as_of: str) -> None:
    """December 2025 settles on 25 January, January 2026 on 20 February, whenever one asks."""
    now = Moment(day(as_of), {}, _TwentiethFrom2026(), {})  # type: ignore[arg-type]  # what it does not know the policy answers
    assert [settle_day(month(one), now, 370102) for one in (202512, 202601)] == [day("2026-01-25"), day("2026-02-20")]
    assert [settled_month(day(on), now, 370102) for on in ("2026-01-24", "2026-01-25", "2026-02-19", "2026-02-20")] == [
        month(one) for one in (202511, 202512, 202512, 202601)
    ]


def test_complete_through_is_the_least_of_day_and_horizons() -> None:
    """The day before today, unless a feed stands further back; a feed without horizon lets nothing be judged."""
    assert complete_through(moment("2024-03-26"), PENSION, 370102) == day("2024-03-25")
    late = {"tax_contribution": "2024-03-20", "business": "2024-03-25"}
    assert complete_through(moment("2024-03-26", late), PENSION, 370102) == day("2024-03-20")
    assert complete_through(moment("2024-03-26", late), MEDICAL, 370102) == MINUS_INFINITY


def test_wakes_wait_for_the_day_then_for_each_feed_that_lags() -> None:
    """Before the day a calendar wake; after it one for each lagging feed; none where all is known."""
    settle = day("2024-03-25")
    late = {"tax_contribution": "2024-03-20", "business": "2024-03-25"}
    assert wakes_for(moment("2024-03-20"), PENSION.feeds, 370102, settle) == [Wake(CALENDAR, settle + 1)]
    assert wakes_for(moment("2024-03-26", late), PENSION.feeds, 370102, settle) == [Wake("tax_contribution@0", settle)]
    assert wakes_for(moment("2024-03-26"), PENSION.feeds, 370102, settle) == []


@given(st.sets(st.integers(min_value=0, max_value=12 * 50 - 1), max_size=12))
def test_whole_years_are_the_calendar_years_of_the_months(offsets: set[int]) -> None:
    """Each year with a paid month is covered from January to December, no other month is."""
    bits = 0
    for offset in offsets:
        bits |= 1 << offset
    expected = {year * 12 + one for year in {(offset + MONTH_ZERO) // 12 for offset in offsets} for one in range(12)}
    assert set(months_of(whole_years(bits))) == expected


def test_an_unbroken_payer_is_settled_from_the_head() -> None:
    """No detail is read while no month can be missing; a hole or a month overdue asks to look closer."""
    person = person_with(*monthly(202301, 13))
    assert open_by_calendar(person, PENSION, moment("2024-03-25"), 370100) == Wake(CALENDAR, day("2024-03-26"))
    assert open_by_calendar(person, PENSION, moment("2024-03-26"), 370100) is None
    assert open_by_calendar(person, MEDICAL, moment("2024-03-25"), 370100) is None


def test_an_old_gap_before_a_year_of_cover_needs_no_closer_look() -> None:
    """A gap that ended more than twelve months ago has aged."""
    person = person_with(paid(90, Scheme.PENSION_EMP, 201501, 12, PayerKind.EMPLOYER), *monthly(202201, 27))
    assert open_by_calendar(person, PENSION, moment("2024-04-10"), 370100) == Wake(CALENDAR, day("2024-05-26"))


@pytest.mark.parametrize(("count", "basis"), [(11, Basis.OWN_YEAR), (12, Basis.MONTH), (24, Basis.MONTH)])
def test_twelve_single_months_make_a_monthly_payer(count: int, basis: Basis) -> None:
    """lapse.basis: MONTH from twelve single-month bills, else YEAR."""
    person = person_with(*monthly(202201, count))
    last = month(202201) + count - 1
    payer = payer_of(person, PENSION, last)
    assert payer is not None
    assert basis_of(person, payer, last, moment("2024-06-01")) is basis


def test_one_longer_bill_makes_a_yearly_payer() -> None:
    """A person who paid a quarter at once in the last 24 months is not judged by the month."""
    person = person_with(*monthly(202201, 14), paid(99, Scheme.PENSION_EMP, 202303, 3, PayerKind.INDIVIDUAL))
    payer = payer_of(person, PENSION, month(202305))
    assert payer is not None
    assert basis_of(person, payer, month(202305), moment("2024-06-01")) is Basis.OWN_YEAR


@pytest.mark.parametrize(
    ("scheme", "kind", "basis"),
    [
        (Scheme.PENSION_EMP, PayerKind.EMPLOYER, Basis.MONTH),
        (Scheme.PENSION_CIVIL, PayerKind.EMPLOYER, Basis.MONTH),
        (Scheme.PENSION_RES, PayerKind.INDIVIDUAL, Basis.PENSION_YEAR),
        (Scheme.PENSION_RES, PayerKind.GOVERNMENT, Basis.PENSION_YEAR),
    ],
)
def test_basis_by_scheme_and_payer(scheme: Scheme, kind: PayerKind, basis: Basis) -> None:
    """An employer pays by the month, the resident scheme is paid by the year."""
    person = person_with(paid(1, scheme, 202301, 12, kind))
    payer = payer_of(person, PENSION, month(202306))
    assert payer is not None
    assert (payer.scheme, basis_of(person, payer, month(202306), moment("2024-06-01"))) == (scheme, basis)


def test_an_employer_speaks_before_the_person_for_one_month() -> None:
    """Where both paid, the gap after is judged in the employer's rhythm."""
    person = person_with(
        paid(1, Scheme.PENSION_RES, 202301, 12, PayerKind.INDIVIDUAL), paid(2, Scheme.PENSION_EMP, 202306, 1, PayerKind.EMPLOYER)
    )
    payer = payer_of(person, PENSION, month(202306))
    assert payer is not None
    assert payer.scheme == Scheme.PENSION_EMP
    assert payer_of(person, PENSION, month(202406)) is None


def hukou(number: int, from_day: str, to_day: str = "", reason: CancelReason = CancelReason.NONE) -> Hukou:
    """One registration."""
    return Hukou(
        row=number.to_bytes(8, "big"), status=0, incarnation=1, sequence=number, sub=0, ref=-1, offset=0, known_on=0, source=1, division=370102,
        place=370102, from_day=day(from_day), to_day=day(to_day) if to_day else 0, cancel_reason=reason, residence_permit=0, name_key=b"",
    )  # fmt: skip


def status(number: int, kind: StatusKind, from_day: str, to_day: str = "") -> Status:
    """One dated status."""
    return Status(
        row=number.to_bytes(8, "big"), status=0, incarnation=1, sequence=number, sub=0, ref=-1, offset=0, known_on=0, source=10, division=370102,
        status_kind=kind, from_day=day(from_day), to_day=day(to_day) if to_day else 0, code=0,
    )  # fmt: skip


def test_military_service_lasts_from_the_cancellation_to_the_return() -> None:
    """户口登记条例 第11条: cancelled for service; 退伍复户 ends it."""
    person = person_with(hukou(1, "1999-06-15", "2024-03-20", CancelReason.MILITARY), hukou(2, "2026-03-10"))
    spells = spells_of(person, moment("2026-06-01"))
    assert [(spell.code, spell.from_day, spell.to_day) for spell in spells] == [("MILITARY", day("2024-03-20"), day("2026-03-09"))]
    assert spell_on(spells, day("2026-03-09")) is not None
    assert spell_on(spells, day("2026-03-10")) is None


@pytest.mark.parametrize("reason", [CancelReason.MOVED_OUT, CancelReason.DUPLICATE, CancelReason.UNKNOWN, CancelReason.DEATH])
def test_other_cancellations_exempt_nobody(reason: CancelReason) -> None:
    """Moving out, a duplicate or an unknown reason says nothing of service."""
    assert spells_of(person_with(hukou(1, "1999-06-15", "2024-03-20", reason)), moment("2026-06-01")) == []


def test_a_student_without_an_end_is_one_up_to_the_policy_age() -> None:
    """student.age_max: through the last day of the 25th year of life."""
    person = person_with(status(1, StatusKind.STUDENT, "2021-09-01"), birth="2003-05-10")
    spell = spells_of(person, moment("2024-06-01"))[0]
    assert (spell.code, spell.to_day) == ("STUDENT", day("2028-05-09"))


def test_military_is_named_before_custody_and_student() -> None:
    """One word closes an alert where several exemptions hold."""
    person = person_with(status(1, StatusKind.STUDENT, "2021-09-01"), status(2, StatusKind.MILITARY, "2023-09-01"))
    found = spell_on(spells_of(person, moment("2024-06-01")), day("2024-06-01"))
    assert found is not None
    assert found.code == "MILITARY"


def test_a_spell_covers_each_month_that_it_touches() -> None:
    """First and last month count whole, and an open spell ends with the given day."""
    person = person_with(status(1, StatusKind.CUSTODY, "2024-02-28"))
    spell = spells_of(person, moment("2024-06-01"))[0]
    assert spell.month_bits(day("2024-04-01")) == span_bits(month(202402), 3)


def test_a_leap_day_birthday_falls_on_the_first_of_march() -> None:
    """Born on 29 February: an age is reached on 1 March of a common year."""
    assert age_day(day("2008-02-29"), 16) == day("2024-02-29")
    assert age_day(day("2008-02-29"), 17) == day("2025-03-01")
