"""Persons for tests of the death family: facts built by name, applied in order, read through the same view as rules read."""

from typing import Any, TypeVar

from msgspec.structs import fields

from processors.person.apply import apply_fact
from processors.person.person import Person
from processors.person.state import stored_ref
from processors.rules.model import Moment
from schemas.dates import day
from schemas.facts import AnyFact, Fact
from schemas.kinds import DeathOrigin, FactStatus, Source
from schemas.policy import load_policy

F = TypeVar("F", bound=Fact)
POLICY = load_policy()
KEY = b"\x01" + b"k" * 16
REF = stored_ref("test")
SOURCES = {
    DeathOrigin.MEDICAL: Source.HEALTH,
    DeathOrigin.POLICE: Source.POLICE,
    DeathOrigin.FUNERAL: Source.CIVIL,
    DeathOrigin.FAMILY_COMMUNITY: Source.BUSINESS,
    DeathOrigin.COURT: Source.COURT,
    DeathOrigin.NATIONAL: Source.NATIONAL,
}
_ZERO: dict[type, Any] = {int: 0, str: "", bytes: b""}


def fact(of: type[F], row: str, **given: Any) -> F:
    """A fact with everything not given at zero; dates as ISO text."""
    values: dict[str, Any] = {info.name: _ZERO[info.type] for info in fields(of)}
    values |= {"row": row.encode().ljust(8, b"."), "ref": -1, "sequence": 1, "status": int(FactStatus.ASSERTED)}
    values |= {name: day(value) if isinstance(value, str) and isinstance(values[name], int) else value for name, value in given.items()}
    return of(**values)


def person(*known: tuple[str, AnyFact]) -> Person:
    """A person who came to know these facts, each on its day."""
    someone = Person(KEY, lambda _: None)
    for on, one in known:
        apply_fact(someone, one, REF, day(on))
    return someone


def at(on: str, horizon: str = "") -> Moment:
    """The moment of a day, every feed complete to `horizon` (left out: nothing known)."""
    names = ("household", "business", "medical", "card") if horizon else ()
    return Moment(as_of=day(on), horizons={(name, 0): day(horizon) for name in names}, policy=POLICY)
