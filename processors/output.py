"""What leaves the people stage for a piece of its work, and how pieces are put together."""

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct, field

from schemas.alert import Alert
from schemas.decision import DecisionResult
from schemas.enrolment import EnrolmentRow


class Fault(Struct, frozen=True):
    """Why a person was quarantined (or, without a person, a control message refused): kind of failure and place in the code, no value."""

    person: bytes
    error: str
    where: str


class Output(Struct):
    """What leaves the stage for one message or one slice of the sweep."""

    alerts: list[Alert] = field(default_factory=list)
    public: list[EnrolmentRow] = field(default_factory=list)
    results: list[DecisionResult] = field(default_factory=list)
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    conflicts: dict[str, int] = field(default_factory=dict)  # by feed: other content under an equal version
    unmatched: dict[str, int] = field(default_factory=dict)  # by feed: ledger rows that stayed without a payment
    faults: list[Fault] = field(default_factory=list)
    unfinished: bool = False  # of `PeopleStage.part`: the message is to be handed over again
    refused: list[Fault] = field(default_factory=list)  # control messages that could not be taken

    def merge(self, other: "Output") -> None:
        """Add what another piece of work gave."""
        self.alerts += other.alerts
        self.public += other.public
        self.results += other.results
        for name, number in other.counts.items():
            self.counts[name] += number
        add(self.conflicts, other.conflicts)
        add(self.unmatched, other.unmatched)
        self.faults += other.faults
        self.refused += other.refused


def add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    """Add the counts of one table to another's."""
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number
