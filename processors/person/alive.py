"""Evidence of life that contradicts a death claim (domain R24): in-person evidence only, from two days after the claim's last day."""

from collections.abc import Sequence

from msgspec import Struct

from processors.person.person import Person
from processors.person.state import Flag
from processors.rules.model import Moment
from schemas.facts import Alive, DeathClaim
from schemas.kinds import AliveKind

IN_PERSON = frozenset({AliveKind.FACE, AliveKind.COUNTER, AliveKind.HOME_VISIT, AliveKind.HOSPITAL_CHECKED})


class Contradiction(Struct, frozen=True):
    """One claim and one piece of evidence that the person lived after it."""

    claim: DeathClaim
    alive: Alive


def contradictions(person: Person, now: Moment, claims: Sequence[tuple[DeathClaim, int]]) -> list[Contradiction]:
    """Every (claim, evidence) pair that cannot both be true; `claims` with the last day that each may mean."""
    if not person.has(Flag.ALIVE):
        return []
    evidence = [alive for alive in person.alive if alive.alive in IN_PERSON and alive.seen_on]
    return [
        Contradiction(claim, alive)
        for claim, last_day in claims
        for alive in evidence
        if alive.seen_on >= last_day + now.policy.days("alive.after_death_days", last_day)
    ]
