"""What a rule is and what it answers.

A rule is a pure function over the facts of one person: it says what is true now, not what just happened. The engine compares its findings
with the person's open alerts and publishes the difference, so an annulled fact cancels everything that it caused without further code.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from processors.person.person import Person
from schemas.alert import Alert
from schemas.facts import AnyFact, Fact
from schemas.kinds import Agency, Cause, Kind, Level, Premise, Queue, Severity

CALENDAR = ""
MINUS_INFINITY = -(1 << 30)


class Numbers(Protocol):
    """Dated policy numbers, resolved by valid date and division (see schemas.policy)."""

    hash: str

    def days(self, key: str, on_day: int, division: int = 0) -> int:
        """A whole number with the unit of its entry."""
        ...

    def number(self, key: str, on_day: int, division: int = 0) -> float:
        """A number."""
        ...

    def text(self, key: str, on_day: int, division: int = 0) -> str:
        """A code, or a day of the year as 'MM-DD'."""
        ...

    def texts(self, key: str, on_day: int, division: int = 0) -> tuple[str, ...]:
        """A list of codes."""
        ...

    def successor(self, division: int) -> int:
        """The code that a division has now."""
        ...

    def pool(self, scheme: int, division: int, on_day: int) -> int:
        """The pooling area of a division in a scheme on a day, as its current code."""
        ...

    def add_workdays(self, day: int, days: int) -> int:
        """The day that many working days later (调休 included)."""
        ...


class Moment(Struct, frozen=True):
    """Everything that depends on the log position only: the day, how far each feed is known complete, and the policy."""

    as_of: int
    horizons: Mapping[tuple[str, int], int]  # (feed, division) -> day through which it is complete; division 0 = whole feed
    policy: Numbers
    topics: Mapping[str, str] = {}  # feed -> its topic, for evidence

    def horizon_key(self, feed: str, division: int) -> tuple[str, int]:
        """The most specific horizon that speaks for a division: its own, its city's, the whole feed's."""
        for place in (division, division // 100 * 100):
            if (feed, place) in self.horizons:
                return feed, place
        return feed, 0

    def horizon(self, feed: str, division: int = 0) -> int:
        """The day through which the feed is complete for the division; MINUS_INFINITY where nothing is known."""
        return self.horizons.get(self.horizon_key(feed, division), MINUS_INFINITY)


class Wake(Struct, frozen=True, array_like=True):
    """When a rule wants to be asked again without a new fact: at a calendar day, or when a feed's horizon reaches a day."""

    clock: str  # CALENDAR, or "feed@division" of Moment.horizon_key
    day: int

    @staticmethod
    def horizon(now: Moment, feed: str, division: int, day: int) -> "Wake":
        """A wake for the day when the horizon that speaks for this division reaches `day`."""
        name, place = now.horizon_key(feed, division)
        return Wake(f"{name}@{place}", day)


class Finding(Struct, kw_only=True):
    """One thing a rule finds true now. Months are month numbers, money is fen."""

    scope: list[int | str]  # names the problem inside (rule, subject); never an interval (R11's first month excepted)
    level: Level
    severity: Severity
    division: int  # handling division, six digits
    what: str  # 何时何事, Chinese, no name and no number of a person
    gap: str  # 差在哪
    evidence: list[tuple[Fact, str]]  # facts it rests on, each with the field that matters
    alert_type: str = ""  # where it differs from the rule's
    subtype: str = ""
    scheme: int = 0
    months: list[int] = field(default_factory=list)
    amount_fen: int = 0
    certain_fen: int = 0
    refunded_fen: int = 0
    balance_fen: int = 0
    keep: str = ""
    clear: str = ""
    refund_fen: int = 0
    needs_person_choice: bool = False
    first_run_month: int = 0
    reason_code: str = ""
    advice: str = ""
    unchecked: list[str] = field(default_factory=list)
    involved: list[int] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)  # the record of each thing that it compares, where precedence asks; empty = unknown
    material: list[int | str] = field(default_factory=list)  # the facts that matter to an explanation
    owner: Agency | None = None  # where it differs from the rule's
    queue: Queue | None = None
    cause: Cause | None = None
    due_work_days: int = -1  # -1 = by queue and severity; 0 = no clock
    due_from_opening: bool = False
    lines: list[str] = field(default_factory=list)  # further facts shown on the alert
    law: list[str] = field(default_factory=list)  # where it differs from the rule's
    continues: list[int | str] = field(default_factory=list)  # scope of an open alert of this rule that this one supersedes


class Judgement(Struct):
    """What one rule answers."""

    findings: list[Finding] = field(default_factory=list)
    wakes: list[Wake] = field(default_factory=list)


NOTHING = Judgement()


class Closing(Struct, frozen=True):
    """Why a finding that was published is no longer found."""

    premise: Premise
    healed_by: str = ""
    superseded_by: bytes = b""
    note: str = ""


Evaluate = Callable[[Person, Moment], Judgement]
Untouched = Callable[[Person, Sequence[AnyFact], int], bool]
Part = Callable[[Person, Moment, Finding, frozenset[int]], Judgement]


class Rule(Struct, frozen=True, kw_only=True, eq=False):
    """A rule sheet of domain.md 3.6."""

    code: str
    alert_type: str
    title: str
    version: int
    cause: Cause
    owner: Agency
    queue: Queue
    law: tuple[str, ...]
    verify: tuple[str, ...]
    legitimate: tuple[str, ...]
    reads: frozenset[Kind]
    evaluate: Evaluate
    close: Callable[[Person, Moment, Alert], Closing]
    by_family: Mapping[int, Evaluate] = {}  # `evaluate` cut by scheme family, each part by the number of its family; empty = not cut
    untouched: Untouched | None = None  # from the head alone: whether these facts leave the open alerts of a family as they are
    requires: int = 0  # presence flags (processors.person.state.Flag) without which it finds nothing
    needs: tuple[str, ...] = ()  # feeds without whose horizon it does not judge
    suppressors: tuple[str, ...] = ()  # feeds whose absence or age caps it at SIGNAL
    beaten_by: tuple[str, ...] = ()  # rules of the same case that turn its finding into a line of theirs
    part: Part | None = None  # its finding for some of its months alone, where it may be beaten in the others
