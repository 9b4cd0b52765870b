"""Death as weighted evidence: which claims are copies, which dates count, when a death may be acted upon."""

from typing import Any

import pytest

from processors.person.claims import claim_days
from processors.person.death import Standing, death_alert_level, death_of, death_standing, settle_wakes
from processors.person.person import Person
from processors.rules.model import CALENDAR, Moment, Wake
from schemas.dates import day, month
from schemas.facts import Alive, DeathClaim, Enrolment, Hukou, IdentityRecord
from schemas.kinds import AliveKind, DeathOrigin, FactStatus, Precision, Source
from tests.processors.person.people import POLICY, SOURCES, at, fact, person

MEDICAL, POLICE, FUNERAL = DeathOrigin.MEDICAL, DeathOrigin.POLICE, DeathOrigin.FUNERAL
FAMILY, COURT, NATIONAL = DeathOrigin.FAMILY_COMMUNITY, DeathOrigin.COURT, DeathOrigin.NATIONAL
KNOWN = "2024-05-10"
NAME, OTHER = b"namename", b"othernam"


def claim(origin: DeathOrigin, died_on: str | int = "2024-05-06", **given: Any) -> DeathClaim:
    """One claim, the row named after its origin, under the registered name."""
    row = given.pop("row", origin.name[:8])
    return fact(DeathClaim, row, **{"origin": origin, "died_on": died_on, "source": SOURCES[origin], "name_key": NAME} | given)


def registered(*claims: DeathClaim, on: str = KNOWN) -> Person:
    """A person registered under NAME with these claims, all known on one day."""
    home = fact(Hukou, "home", place=370102, name_key=NAME, source=Source.POLICE)
    return person(("2024-01-02", home), *((on, one) for one in claims))


def groups(*claims: DeathClaim, on: str = KNOWN) -> set[int]:
    """Independent origin groups of these claims."""
    death = death_of(registered(*claims, on=on), at(KNOWN))
    assert death is not None
    return set(death.groups)


def test_no_claim_is_no_death() -> None:
    """Without a claim in force there is no death, nor with withdrawn ones only."""
    assert death_of(registered(), at(KNOWN)) is None
    assert death_of(registered(claim(MEDICAL, status=FactStatus.WITHDRAWN)), at(KNOWN)) is None


def test_a_claim_without_a_date_corroborates_but_dates_nothing() -> None:
    """An undated claim alone gives no month; beside a dated one it counts as a source."""
    assert death_of(registered(claim(FAMILY, died_on=0)), at(KNOWN)) is None
    death = death_of(registered(claim(FAMILY, died_on=0), claim(MEDICAL)), at(KNOWN))
    assert death is not None
    assert (death.month, death.last_month, death.corroborated) == (month(202405), month(202405), True)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([claim(MEDICAL)], {MEDICAL}),
        ([claim(MEDICAL, row="a"), claim(MEDICAL, row="b")], {MEDICAL}),
        ([claim(MEDICAL, certificate=b"c"), claim(FUNERAL, certificate=b"c")], {MEDICAL, FUNERAL}),
        ([claim(MEDICAL, certificate=b"c"), claim(FUNERAL, certificate=b"c", name_key=OTHER)], {MEDICAL}),
        ([claim(MEDICAL, certificate=b"c"), claim(FUNERAL, certificate=b"c", name_key=b"")], {MEDICAL}),
        ([claim(MEDICAL, certificate=b"c"), claim(FUNERAL, certificate=b"d", name_key=OTHER)], {MEDICAL}),
        ([claim(MEDICAL, name_key=OTHER), claim(FUNERAL, name_key=OTHER), claim(FAMILY, name_key=OTHER)], set()),
        ([claim(MEDICAL, name_key=OTHER), claim(FAMILY)], {MEDICAL, FAMILY}),
        ([claim(MEDICAL, certificate=b"c"), claim(POLICE, certificate=b"c")], {MEDICAL}),
        ([claim(MEDICAL, certificate=b"c"), claim(POLICE, certificate=b"d")], {MEDICAL, POLICE}),
        ([claim(MEDICAL), claim(POLICE)], {MEDICAL, POLICE}),
        ([claim(FUNERAL, certificate=b"c"), claim(POLICE, died_on="2024-05-01", certificate=b"c")], {FUNERAL}),
        ([claim(FUNERAL), claim(POLICE)], {FUNERAL}),
        ([claim(FUNERAL), claim(POLICE, died_on="2024-05-05")], {FUNERAL, POLICE}),
        ([claim(FUNERAL, precision=Precision.MONTH), claim(POLICE, precision=Precision.MONTH)], {FUNERAL, POLICE}),
        ([claim(FUNERAL, status=FactStatus.WITHDRAWN), claim(POLICE)], {POLICE}),
        ([claim(MEDICAL), claim(FAMILY), claim(NATIONAL)], {MEDICAL, FAMILY, NATIONAL}),
    ],
)
def test_groups_after_copies_are_removed(claims: list[DeathClaim], expected: set[int]) -> None:
    """A row that quotes the certificate, or repeats a cremation's date, is no source of its own."""
    assert groups(*claims) == expected


def test_a_police_row_before_the_cremation_is_no_copy() -> None:
    """Only an earlier cremation can be repeated."""
    someone = person(("2024-01-02", fact(Hukou, "home", name_key=NAME)), ("2024-05-09", claim(POLICE)), ("2024-05-10", claim(FUNERAL)))
    death = death_of(someone, at(KNOWN))
    assert death is not None
    assert death.groups == {POLICE, FUNERAL}


def test_names_come_from_the_register_first() -> None:
    """The police's names decide; only where they are unknown do other master records."""
    quoting = [("2024-05-10", claim(MEDICAL, certificate=b"c")), ("2024-05-10", claim(FUNERAL, certificate=b"c"))]
    enrolled = ("2024-01-02", fact(Enrolment, "e", name_key=NAME, record=b"r"))
    other = ("2024-01-02", fact(IdentityRecord, "i", name_key=OTHER, source=Source.POLICE))
    assert len(death_of(person(enrolled, *quoting), at(KNOWN)).groups) == 2  # type: ignore[union-attr]  # a death is known here; None fails the test
    assert len(death_of(person(enrolled, other, *quoting), at(KNOWN)).groups) == 0  # type: ignore[union-attr]  # a death is known here; None fails the test
    assert len(death_of(person(*quoting), at(KNOWN)).groups) == 1  # type: ignore[union-attr]  # a death is known here; None fails the test


@pytest.mark.parametrize(
    ("died_on", "precision", "days"),
    [
        ("2024-02-10", Precision.DAY, ("2024-02-10", "2024-02-10")),
        ("2024-02-10", Precision.MONTH, ("2024-02-01", "2024-02-29")),
        ("2024-02-10", Precision.YEAR, ("2024-01-01", "2024-12-31")),
    ],
)
def test_days_that_a_date_may_mean(died_on: str, precision: Precision, days: tuple[str, str]) -> None:
    """A coarse date means every day of its month or year."""
    assert claim_days(claim(MEDICAL, died_on, precision=precision)) == (day(days[0]), day(days[1]))


def test_the_earliest_month_counts_and_the_latest_is_certain() -> None:
    """Sources that differ: earliest and latest day and month are both kept."""
    death = death_of(registered(claim(FUNERAL, "2024-02-10"), claim(POLICE, "2024-05-05")), at(KNOWN))
    assert death is not None
    assert (death.month, death.last_month) == (month(202402), month(202405))
    assert (death.day, death.last_day, death.dates_differ) == (day("2024-02-10"), day("2024-05-05"), True)


def test_a_coarse_date_that_an_exact_one_fits_into_adds_no_difference() -> None:
    """The year alone says nothing against a day of that year, but does against a day of another."""
    year = claim(FAMILY, "2024-01-01", precision=Precision.YEAR)
    death = death_of(registered(year, claim(MEDICAL, "2024-03-30")), at(KNOWN))
    assert death is not None
    assert (death.month, death.last_month) == (month(202403), month(202403))
    death = death_of(registered(year, claim(MEDICAL, "2023-12-30")), at(KNOWN))
    assert death is not None
    assert (death.month, death.last_month) == (month(202312), month(202412))


@pytest.mark.parametrize(("died_on", "differs"), [("2024-02-01", False), ("2024-02-29", False), ("2024-01-31", True), ("2024-03-01", True)])
def test_the_first_and_last_day_of_a_month_fit_into_it(died_on: str, differs: bool) -> None:
    """A coarse month holds its own first and last day, not its neighbours'."""
    death = death_of(registered(claim(FAMILY, "2024-02-15", precision=Precision.MONTH), claim(MEDICAL, died_on)), at(KNOWN))
    assert death is not None
    assert death.dates_differ is differs
    assert (death.day == death.last_day == day(died_on)) is not differs
    assert not death.by_court


def test_knowledge_counts_from_the_first_of_several_claims() -> None:
    """Two claims of one group: known since the earlier; named since the earlier whose name agrees."""
    home = ("2024-01-02", fact(Hukou, "home", name_key=NAME))
    stranger = ("2024-05-08", claim(MEDICAL, row="a", name_key=OTHER))
    someone = person(home, stranger, ("2024-05-10", claim(MEDICAL, row="b")), ("2024-05-14", claim(MEDICAL, row="c")))
    death = death_of(someone, at("2024-05-14"))
    assert death is not None
    assert (death.known_on, death.named_on) == (day("2024-05-08"), day("2024-05-10"))


def test_a_judgment_fixes_the_date() -> None:
    """The court's date is the date of death, its own row before a copy in the household register."""
    copied = claim(COURT, "2024-02-01", source=Source.POLICE, row="copy")
    death = death_of(registered(claim(FAMILY, "2019-03-05"), copied), at(KNOWN))
    assert death is not None
    assert (death.day, death.by_court) == (day("2024-02-01"), True)
    death = death_of(registered(claim(FAMILY, "2019-03-05"), copied, claim(COURT, "2024-01-20")), at(KNOWN))
    assert death is not None
    assert (death.day, death.last_day) == (day("2024-01-20"), day("2024-01-20"))


def test_the_settle_window_runs_from_the_first_claim_in_force() -> None:
    """Waiting until the day, settled from it; two groups need no window."""
    death = death_of(registered(claim(MEDICAL)), at(KNOWN))
    assert death is not None
    assert death_standing(death, at("2024-05-16")) is Standing.WAITING
    assert settle_wakes(death, at("2024-05-16")) == [Wake(CALENDAR, day("2024-05-17"))]
    assert death_standing(death, at("2024-05-17")) is Standing.SETTLED
    assert settle_wakes(death, at("2024-05-17")) == []
    both = death_of(registered(claim(MEDICAL), claim(FAMILY)), at(KNOWN))
    assert both is not None
    assert death_standing(both, at(KNOWN)) is Standing.CORROBORATED


def test_the_window_runs_anew_when_the_first_claim_falls() -> None:
    """Known since the first claim in force, not since one that was withdrawn."""
    gone = claim(MEDICAL, row="a", status=FactStatus.WITHDRAWN)
    someone = person(("2024-05-10", gone), ("2024-05-14", claim(MEDICAL, row="b")))
    death = death_of(someone, at("2024-05-20"))
    assert death is not None
    assert death.known_on == death.named_on == day("2024-05-14")
    assert death_alert_level(someone, at("2024-05-20")) is None
    assert death_alert_level(someone, at("2024-05-21")) is not None


def test_another_name_needs_a_second_source() -> None:
    """A claim under another name than the register never settles by time, and is held until a second group says the same."""
    stranger = claim(MEDICAL, name_key=OTHER)
    assert death_alert_level(registered(stranger), at("2025-05-10")) is None
    death = death_of(registered(stranger), at("2025-05-10"))
    assert death is not None
    assert death_standing(death, at("2025-05-10")) is Standing.HELD_NAME
    assert death_alert_level(registered(stranger, claim(FAMILY)), at(KNOWN)) is not None


def test_a_fifteen_digit_claim_needs_a_name_that_agrees() -> None:
    """Without a name, with another, or with one that no register knows it stays a signal for good; with the registered one it settles."""
    for name, proven in ((b"", False), (OTHER, False), (NAME, True)):
        someone = registered(claim(MEDICAL, id_form=15, name_key=name))
        death = death_of(someone, at("2025-05-10"))
        assert death is not None
        assert (death.proven, bool(death.named_on), len(death.groups)) == (proven, proven, int(proven))
        assert death_standing(death, at("2025-05-10")) is (Standing.SETTLED if proven else Standing.HELD_FORM)
    assert death_alert_level(person((KNOWN, claim(MEDICAL, id_form=15))), at("2025-05-10")) is None
    assert (
        death_alert_level(person((KNOWN, claim(MEDICAL, id_form=0))), at("2025-05-10")) is not None
    )  # other documents are no such numbers


def test_unproven_claims_count_for_nothing_beside_others() -> None:
    """They set no month, no day of knowledge, no source, and are kept apart; two of them alone corroborate nothing."""
    home = ("2024-01-02", fact(Hukou, "home", name_key=NAME))
    weak = ("2024-03-01", claim(FUNERAL, "2024-02-10", id_form=15, name_key=b""))
    death = death_of(person(home, weak, (KNOWN, claim(MEDICAL))), at(KNOWN))
    assert death is not None
    assert (death.month, death.last_month, death.known_on) == (month(202405), month(202405), day(KNOWN))
    assert death.groups == {MEDICAL}
    assert [one.origin for one in death.claims] == [MEDICAL]
    assert [one.origin for one in death.unproven] == [FUNERAL]
    alone = death_of(person(home, weak, (KNOWN, claim(COURT, id_form=15, name_key=b""))), at(KNOWN))
    assert alone is not None
    assert (alone.proven, alone.corroborated, alone.by_court, len(alone.claims), len(alone.unproven)) == (False, False, False, 2, 0)


def test_a_claim_proven_later_was_known_all_along() -> None:
    """A registration that names the person as the claim does: the window counts from the claim."""
    weak, home = (KNOWN, claim(MEDICAL, id_form=15)), ("2024-06-01", fact(Hukou, "home", name_key=NAME))
    assert death_alert_level(person(weak), at("2024-05-31")) is None
    assert death_alert_level(person(weak, home), at("2024-06-01")) is not None


@pytest.mark.parametrize(
    ("kind", "seen_on", "held"),
    [
        (AliveKind.FACE, "2024-05-08", True),
        (AliveKind.FACE, "2024-05-07", False),
        (AliveKind.COUNTER, "2024-05-08", True),
        (AliveKind.HOME_VISIT, "2024-05-08", True),
        (AliveKind.HOSPITAL_CHECKED, "2024-05-08", True),
        (AliveKind.HOSPITAL_UNCHECKED, "2024-06-08", False),
        (AliveKind.DATA_MATCH, "2024-06-08", False),
    ],
)
def test_in_person_evidence_holds_a_death_of_one_group(kind: AliveKind, seen_on: str, held: bool) -> None:
    """Only evidence in person, from two days after the death, holds; a second group lifts the hold."""
    seen = fact(Alive, "alive", alive=kind, seen_on=seen_on)
    someone = person((KNOWN, claim(MEDICAL)), (KNOWN, seen))
    assert (death_alert_level(someone, at("2025-01-01")) is None) is held
    assert death_alert_level(person((KNOWN, claim(MEDICAL)), (KNOWN, claim(FAMILY)), (KNOWN, seen)), at(KNOWN)) is not None


def test_a_court_is_not_contradicted() -> None:
    """A declared death stands until the judgment is revoked."""
    seen = fact(Alive, "alive", alive=AliveKind.FACE, seen_on="2024-06-08")
    death = death_of(person((KNOWN, claim(COURT)), (KNOWN, seen)), at("2024-06-08"))
    assert death is not None
    assert death.contradicted == []


def test_a_withdrawn_claim_keeps_the_day_of_its_withdrawal() -> None:
    """Asserted, withdrawn, asserted again: the day is set and cleared, and the death became known anew."""
    someone = person((KNOWN, claim(MEDICAL)), ("2024-05-20", claim(MEDICAL, status=FactStatus.WITHDRAWN, sequence=2)))
    (kept,) = someone.all_claims
    assert (kept.known_on, kept.withdrawn_on) == (day(KNOWN), day("2024-05-20"))
    again = person(
        (KNOWN, claim(MEDICAL)),
        ("2024-05-20", claim(MEDICAL, status=FactStatus.WITHDRAWN, sequence=2)),
        ("2024-05-25", claim(MEDICAL, sequence=3)),
    )
    (kept,) = again.all_claims
    assert (kept.known_on, kept.withdrawn_on) == (day("2024-05-25"), 0)


class _OneOfficeWaitsLonger:
    """The policy, but for one county's own settle window."""

    def __getattr__(self, name: str) -> Any:
        return getattr(POLICY, name)

    def days(self, key: str, on_day: int, division: int = 0) -> int:
        """Nine days for deaths that office 370203 states first."""
        return 9 if (key, division) == ("death.settle_days", 370203) else POLICY.days(key, on_day, division)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([("2024-05-10", claim(MEDICAL, row="a", division=370203)), ("2024-05-11", claim(MEDICAL, row="b", division=370102))], 9),
        ([("2024-05-11", claim(MEDICAL, row="a", division=370203)), ("2024-05-10", claim(MEDICAL, row="b", division=370102))], 7),
        ([("2024-05-10", claim(MEDICAL, row="b", division=370203)), ("2024-05-10", claim(MEDICAL, row="a", division=370102))], 7),
        ([("2024-05-10", claim(MEDICAL, row="a", division=370102, name_key=OTHER)), ("2024-05-11", claim(MEDICAL, division=370203))], 9),
        ([("2024-05-10", claim(MEDICAL, row="a", division=370203, name_key=OTHER))], 9),
    ],
)
def test_the_office_that_opens_the_settle_window_sets_its_length(claims: list[tuple[str, DeathClaim]], expected: int) -> None:
    """The first claim under the registered name, the lower division where two came on one day; of strange names the first."""
    home = fact(Hukou, "home", place=370102, name_key=NAME, source=Source.POLICE)
    someone = person(("2024-01-02", home), *claims)
    death = death_of(someone, Moment(as_of=day("2024-05-12"), horizons={}, policy=_OneOfficeWaitsLonger()))
    assert death is not None
    assert death.settle_days == expected
