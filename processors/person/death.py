"""Death as weighted evidence: which claims are in force, from which month, how sure (domain R01, 3.4 `corroboration`).

Dates: a claim of precision MONTH or YEAR counts from its last day; a coarse claim that an exact one fits into adds no difference; a claim
without date counts from the last day on which the person can have died, the day of its booking (docs/decisions/0014); where a
court has declared the death, the date that the judgment fixes is the date of death (民法典 第48条), never the day of disappearance.
Claims under a 15-digit number with which no name agrees are a signal at most, and count for nothing beside others (docs/decisions/0017).
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from processors.handling.half import half_of
from processors.person.alive import Contradiction, contradictions
from processors.person.claims import claim_days, standing_claims
from processors.person.copies import independent_groups, is_unproven, name_contradicts, register_names
from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.model import CALENDAR, Moment, Wake
from schemas.dates import month_of_day
from schemas.facts import DeathClaim
from schemas.kinds import DeathOrigin, Precision, Source


class Standing(StrEnum):
    """How far a death may be acted upon."""

    CORROBORATED = "CORROBORATED"  # two independent origin groups
    SETTLED = "SETTLED"  # one group, settle window over
    WAITING = "WAITING"  # one group, inside its settle window
    HELD_ALIVE = "HELD_ALIVE"  # one group, contradicted by in-person evidence of life (R24)
    HELD_FORM = "HELD_FORM"  # every claim came under a 15-digit number, and no name agrees
    HELD_NAME = "HELD_NAME"  # one group, and every claim carries another name than the register: needs a source that names the person


CERTAIN = frozenset({Standing.CORROBORATED, Standing.SETTLED})
HELD = frozenset({Standing.HELD_ALIVE, Standing.HELD_FORM, Standing.HELD_NAME})


class Death(Struct, kw_only=True):
    """The claims in force together. Months are month numbers, days are day numbers."""

    month: int  # earliest month of death: audit practice
    last_month: int  # latest month that any claim gives: money after it is certain
    day: int  # earliest day of death; the last day of its month or year where precision is coarser
    last_day: int  # latest day of death that any claim gives
    known_on: int  # when the first claim in force became known
    named_on: int  # when the first claim became known whose name does not contradict the register; 0 = all contradict, or none is proven
    settle_days: int  # length of the window from `named_on`, by the office whose claim opened it: one death settles once, for every rule
    groups: frozenset[int]  # independent origin groups (DeathOrigin) after copies are removed
    corroborated: bool  # two independent origin groups agree that the person died
    claims: Sequence[DeathClaim]  # claims in force that count, copies included
    proven: bool  # False = all of them came under 15-digit numbers with which no name agrees
    unproven: Sequence[DeathClaim]  # such claims beside others: they are shown and count for nothing
    contradicted: list[Contradiction]  # in-person evidence of life after a claim's day; empty where a court or a clerk found the death true

    @property
    def dates_differ(self) -> bool:
        """Whether the sources name different months."""
        return self.month != self.last_month

    @property
    def undated(self) -> bool:
        """Whether no source gives a date: `day` is then the last one possible."""
        return all(claim.precision == Precision.NOT_AFTER for claim in self.claims if claim.died_on)

    @property
    def by_court(self) -> bool:
        """Whether a court has declared the death."""
        return self.proven and any(claim.origin == DeathOrigin.COURT for claim in self.claims)


def death_of(person: Person, now: Moment) -> Death | None:
    """The death of a person as the claims in force state it; None where no claim in force gives a date."""
    if not person.has(Flag.DEATH):
        return None
    names = person.once(register_names)
    claims, unproven = _counting(standing_claims(person, now), names)
    dated = _dating(claims)
    if not dated:
        return None
    proven = not all(is_unproven(claim, names) for claim in claims)
    known_on = min(claim.known_on for claim in claims)
    named = [claim for claim in claims if not name_contradicts(claim, names)] if proven else []
    opening = min(named or claims, key=lambda claim: (claim.known_on, claim.division, claim.row))
    counted = now.policy.texts("corroboration.groups", known_on)
    groups = frozenset(group for group in independent_groups(claims, names) if DeathOrigin(group).name in counted)
    ends = [claim_days(claim)[1] for claim in dated]
    by_court = proven and any(claim.origin == DeathOrigin.COURT for claim in claims)
    return Death(
        month=month_of_day(min(ends)),
        last_month=month_of_day(max(ends)),
        day=min(ends),
        last_day=max(ends),
        known_on=known_on,
        named_on=opening.known_on if named else 0,
        settle_days=now.policy.days("death.settle_days", known_on, opening.division),
        groups=groups,
        corroborated=len(groups) >= now.policy.days("corroboration.min_groups", known_on),
        claims=claims,
        proven=proven,
        unproven=unproven,
        contradicted=[] if by_court else _unanswered(person, contradictions(person, now, [(one, claim_days(one)[1]) for one in dated])),
    )


def _unanswered(person: Person, found: list[Contradiction]) -> list[Contradiction]:
    """The contradictions that became known after a clerk confirmed R24 with DEATH_TRUE; all of them where none did."""
    dead_on = half_of(person, "R24", []).dead_on if found else 0
    return [one for one in found if one.alive.known_on > dead_on] if dead_on else found


def death_standing(death: Death, now: Moment) -> Standing:
    """How far a death may be acted upon on this day."""
    if death.corroborated:
        return Standing.CORROBORATED
    if death.contradicted:
        return Standing.HELD_ALIVE
    if not death.proven:
        return Standing.HELD_FORM
    if not death.named_on:
        return Standing.HELD_NAME
    return Standing.SETTLED if now.as_of >= death.named_on + death.settle_days else Standing.WAITING


def settle_wakes(death: Death, now: Moment) -> list[Wake]:
    """When the settle window of a waiting death ends."""
    if death_standing(death, now) is Standing.WAITING:
        return [Wake(CALENDAR, death.named_on + death.settle_days)]
    return []


def death_alert_level(person: Person, now: Moment) -> Death | None:
    """The death, if it is at ALERT level by settle window or corroboration and not held by evidence of life; else None.

    An ALERT-level death silences the rules that judge the absence of a living person (R11, R12, ...).
    """
    death = death_of(person, now)
    if death is None:
        return None
    return death if death_standing(death, now) in CERTAIN else None


def _counting(claims: Sequence[DeathClaim], names: frozenset[bytes]) -> tuple[Sequence[DeathClaim], Sequence[DeathClaim]]:
    """The claims that count, and the unproven ones that stand aside: all claims, where no other has a date."""
    unproven = [claim for claim in claims if is_unproven(claim, names)]
    proven = [claim for claim in claims if not is_unproven(claim, names)] if unproven else claims
    return (proven, unproven) if any(claim.died_on for claim in proven) else (unproven, ())


def _dating(claims: Sequence[DeathClaim]) -> list[DeathClaim]:
    """The claims whose dates count: of a court's, where there is one; without coarse claims that a finer one fits into."""
    dated = [claim for claim in claims if claim.died_on]
    court = [claim for claim in dated if claim.origin == DeathOrigin.COURT and claim.precision != Precision.NOT_AFTER]
    dated = [claim for claim in court if claim.source == Source.COURT] or court or dated
    return [claim for claim in dated if not any(_refines(other, claim) for other in dated)]


def _refines(fine: DeathClaim, coarse: DeathClaim) -> bool:
    if fine.precision == coarse.precision == Precision.NOT_AFTER:
        return (claim_days(fine)[1], fine.row) < (claim_days(coarse)[1], coarse.row)
    if fine.precision >= coarse.precision:
        return False
    (first, last), (low, high) = claim_days(fine), claim_days(coarse)
    return low <= first and last <= high
