"""New facts and days against what a clerk decided: an explanation stands while nothing got worse (domain 3.1)."""

from enum import Enum

from msgspec import structs

from processors.handling.half import Basis, Half
from schemas.alert import Alert
from schemas.kinds import Handling

SETTLED = frozenset({Handling.EXPLAINED, Handling.CLOSED})
DECIDED = SETTLED | {Handling.CONFIRMED}


class Stand(Enum):
    """What becomes of a decided alert."""

    AS_IS = "AS_IS"  # the clerks' half stays
    QUIET = "QUIET"  # explained, and what was explained has not changed: nothing is published
    CHANGED = "CHANGED"  # the clerks' half moves on
    BACK = "BACK"  # it comes back to the clerks, with a new clock


def basis_of(alert: Alert, material: list[int | str]) -> Basis:
    """What a decision taken now rests on."""
    key = alert.material_key
    return Basis(key, key, alert.months, alert.amount_fen, alert.certain_fen, alert.balance_fen, _feeds(alert), _parties(material))


def meet(half: Half, alert: Alert, material: list[int | str], as_of: int, *, was_open: bool) -> tuple[Stand, Half]:
    """What the decision that stands says to the alert as it is found now. `was_open`: it was holding before, too."""
    if half.handling not in DECIDED:
        return Stand.AS_IS, half
    if half.until and as_of > half.until:
        return _expired(half, alert, as_of)
    if half.handling != Handling.EXPLAINED and not was_open:
        return Stand.BACK, back(half, "HOLDS_AGAIN", as_of)
    return (Stand.AS_IS, half) if half.basis is None else _compared(half, half.basis, alert, material, as_of)


def _compared(half: Half, basis: Basis, alert: Alert, material: list[int | str], as_of: int) -> tuple[Stand, Half]:
    """The facts as found now against those that were explained or closed."""
    if alert.material_key == basis.seen:
        return (Stand.QUIET if half.handling == Handling.EXPLAINED else Stand.AS_IS), half
    if alert.material_key != basis.material and is_worse(basis, alert, material):
        return Stand.BACK, back(half, "WORSE_EVIDENCE", as_of)
    return Stand.AS_IS, structs.replace(half, basis=structs.replace(basis, seen=alert.material_key))


def is_worse(basis: Basis, alert: Alert, material: list[int | str]) -> bool:
    """More months than explained, a higher monthly amount, a new source, another party, or other facts with nothing better in them."""
    months, known = set(alert.months), set(basis.months)
    more = (
        not months <= known,
        alert.amount_fen * max(len(known), 1) > basis.amount_fen * max(len(months), 1),
        not set(_feeds(alert)) <= set(basis.feeds),
        not set(_parties(material)) <= set(basis.parties),
    )
    now = (months, alert.amount_fen, alert.certain_fen, _feeds(alert))
    return any(more) or now == (known, basis.amount_fen, basis.certain_fen, basis.feeds)


def back(half: Half, code: str, as_of: int) -> Half:
    """The alert is to be worked again from the start, by whoever has it; that it was confirmed no longer counts."""
    return structs.replace(
        half,
        handling=Handling.NEW.value,
        version=half.version + 1,
        code=code,
        changed_on=as_of,
        until=0,
        basis=None,
        reopened=True,
        confirmed_on=0,
    )


def _expired(half: Half, alert: Alert, as_of: int) -> tuple[Stand, Half]:
    """An explanation ends; a repayment plan goes on for as long again if the balance has fallen since."""
    if half.handling == Handling.EXPLAINED:
        return Stand.BACK, back(half, "EXPLANATION_EXPIRED", as_of)
    if half.basis is None or alert.balance_fen >= half.basis.balance_fen:
        return Stand.BACK, back(half, "INSTALMENT_MISSED", as_of)
    basis = structs.replace(half.basis, balance_fen=alert.balance_fen)
    until = half.until + max(half.until - half.changed_on, 1)
    return Stand.CHANGED, structs.replace(half, version=half.version + 1, changed_on=as_of, until=max(until, as_of), basis=basis)


def _feeds(alert: Alert) -> list[str]:
    return sorted({one.feed for one in alert.evidence})


def _parties(material: list[int | str]) -> list[str]:
    return sorted({one for one in material if isinstance(one, str)})
