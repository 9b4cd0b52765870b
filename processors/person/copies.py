"""Which death claims are observations of their own (domain 3.4 `corroboration`).

One death certificate travels: the crematorium and the police quote its number, the police copy the date of a cremation. Two rows that say
one thing twice corroborate nothing. A crematorium that saw the body under the registered name is an observation of its own even when it
quotes the certificate. Claims that all carry another name corroborate nothing: a number mistyped once is copied from paper to paper.
"""

from collections.abc import Collection, Sequence

from processors.person.person import Person
from schemas.facts import OLD_NUMBER, DeathClaim
from schemas.kinds import DeathOrigin, Precision, Source


def register_names(person: Person) -> frozenset[bytes]:
    """Keys of the names that the household register has for this person; of any master record where the register does not know them."""
    registered = {spell.name_key for spell in person.hukou}
    registered |= {row.name_key for row in person.identity_records if row.source == Source.POLICE}
    registered.discard(b"")
    if registered:
        return frozenset(registered)
    recorded = {row.name_key for row in person.identity_records}
    recorded |= {row.name_key for row in person.enrolments} | {row.name_key for row in person.benefit_records}
    recorded.discard(b"")
    return frozenset(recorded)


def name_contradicts(claim: DeathClaim, names: Collection[bytes]) -> bool:
    """Whether a claim carries another name than the register; unknown names contradict nothing."""
    return bool(names) and bool(claim.name_key) and claim.name_key not in names


def is_unproven(claim: DeathClaim, names: Collection[bytes]) -> bool:
    """Whether a claim came under a 15-digit number and its name does not agree, or is not known to (WEAK, domain 2.1)."""
    return claim.id_form == OLD_NUMBER and claim.name_key not in names


def independent_groups(claims: Sequence[DeathClaim], names: Collection[bytes]) -> frozenset[int]:
    """Origin groups of the claims that are no copies; none where every claim carries another name than the register, or may be another's."""
    if all(name_contradicts(claim, names) or is_unproven(claim, names) for claim in claims):
        return frozenset()
    return frozenset(claim.origin for claim in claims if not _is_copy(claim, claims, names))


def _is_copy(claim: DeathClaim, claims: Sequence[DeathClaim], names: Collection[bytes]) -> bool:
    if claim.origin == DeathOrigin.FUNERAL:
        return name_contradicts(claim, names) or (claim.name_key not in names and _quotes(claim, claims, DeathOrigin.MEDICAL))
    if claim.origin == DeathOrigin.POLICE:
        return (
            _quotes(claim, claims, DeathOrigin.MEDICAL)
            or _quotes(claim, claims, DeathOrigin.FUNERAL)
            or any(_repeats(claim, other) for other in claims if other.origin == DeathOrigin.FUNERAL)
        )
    return False


def _quotes(claim: DeathClaim, claims: Sequence[DeathClaim], origin: DeathOrigin) -> bool:
    """Whether a claim of that origin carries the same certificate number."""
    return bool(claim.certificate) and any(other.origin == origin and other.certificate == claim.certificate for other in claims)


def _repeats(police: DeathClaim, cremation: DeathClaim) -> bool:
    """The date of a cremation that was known no later than the police row."""
    exact = police.precision == cremation.precision == Precision.DAY
    return exact and police.died_on == cremation.died_on and cremation.known_on <= police.known_on
