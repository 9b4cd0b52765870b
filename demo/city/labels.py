"""What canbao must say of a planted person at the end of the run."""

from dataclasses import dataclass

from demo.city.identity import Who


@dataclass(frozen=True, slots=True)
class RecordOf:
    """An enrolment or benefit record inside a scope: named by its department's own numbers, turned into its hash by intake's function."""

    feed: str  # business, medical
    scheme: int
    account: str
    place: int


ScopePart = int | str | RecordOf


@dataclass(frozen=True, slots=True)
class Label:
    """One alert expected at the end; a person's labels are complete: any other alert about the person is false."""

    case: str
    who: Who
    rule: str
    scope: tuple[ScopePart, ...]
    level: str = "ALERT"
    premise: str = "HOLDS"
    subtype: str | None = None  # None: any
