"""What is held back and why: absences that no rule judges because a feed is not declared complete, feeds, partitions and persons set aside."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from schemas.metrics import HELD_PARTITIONS, QUARANTINED
from sinks.web.feeds import FeedState
from sinks.web.parts import RuleSheet, Scraped

STILL_DAYS = 4
"""Days behind from which a horizon stands still; as the alert CanbaoHorizonStandsStill."""
DOUBTED = "R24"
"""Evidence of life holds what rests on the death at SIGNAL while this is open."""


class SharedHorizon(Struct, frozen=True):
    """Divisions of a feed that are complete through the same day. `behind`: days behind the last full day; 0 while the day of the log is not known."""

    through: int
    divisions: list[int]
    behind: int

    @property
    def still(self) -> bool:
        """Whether it stands still."""
        return self.behind > STILL_DAYS


class Waiting(Struct, frozen=True):
    """One feed: how far absences are judged, the rules that do not judge beyond it, and those that say 未比对 beyond it."""

    feed: str
    horizons: list[SharedHorizon]
    judged_by: list[RuleSheet]
    compared_by: list[RuleSheet]


class Held(Struct, frozen=True):
    """Everything that is held. `doubted`: open R24 of the user's division."""

    feeds: list[Waiting]
    braked: int
    retrying: int
    quarantined: int
    doubted: int


def held(feeds: Sequence[FeedState], scraped: Scraped, rules: Sequence[RuleSheet], as_of: int, doubted: int) -> Held:
    """What the workers' figures say. Feeds on which no rule waits are left out."""
    partitions = scraped.samples.get(HELD_PARTITIONS.name, {})
    return Held(
        feeds=[one for one in (_waiting(feed, rules, as_of) for feed in feeds) if one.judged_by or one.compared_by],
        braked=int(partitions.get((("why", "braked"),), 0)),
        retrying=int(partitions.get((("why", "retrying"),), 0)),
        quarantined=int(sum(scraped.samples.get(QUARANTINED.name, {}).values())),
        doubted=doubted,
    )


def _waiting(feed: FeedState, rules: Sequence[RuleSheet], as_of: int) -> Waiting:
    days = defaultdict[int, list[int]](list)
    for division, through in sorted(feed.horizons.items()):
        days[through].append(division)
    horizons = [SharedHorizon(through, places, max(as_of - 1 - through, 0) if as_of else 0) for through, places in sorted(days.items())]
    needing = [rule for rule in rules if feed.feed in rule.needs]
    return Waiting(feed.feed, horizons, needing, [rule for rule in rules if feed.feed in rule.suppressors])
