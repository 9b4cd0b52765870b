"""Completeness of one source partition: which markers count, and how far each division is known complete.

A marker of a database feed proves the transactions committed before it, not those open while it was written: it counts once some marker,
itself included, has an xmin at or above its xmax: then everything that held a transaction id at the first one has arrived (576 pairs of
markers under 24 writers, no violation). Other feeds have no snapshots; there a marker counts at once, because it travels behind its rows
in the same partition.
"""

from msgspec import Struct, structs

from processors.intake.outcome import Marker

MOST_PENDING = 256
"""Markers waiting for a later snapshot; beyond it the oldest are forgotten, which can only delay a horizon."""


MOST_DIVISIONS = 250
"""Of one feed: a province has some 160, with its zones some 200. Each is kept in the state of every events partition."""


class Pending(Struct, array_like=True, frozen=True, gc=False):
    """A marker that waits for a snapshot at or above `xmax`."""

    division: int
    through: int
    xmax: int


class Horizons(Struct, array_like=True, frozen=True):
    """`standing`: division → day (inclusive), 0 = all divisions; a horizon never goes back."""

    standing: dict[int, int] = {}
    pending: list[Pending] = []

    def has_room(self, division: int) -> bool:
        """Whether a division's marker may be accepted: it is known, or there are not too many."""
        known = {*self.standing, *(one.division for one in self.pending)}
        return division in known or len(known) < MOST_DIVISIONS

    def accept(self, marker: Marker) -> "Horizons":
        """The horizons after one more marker."""
        waiting = self.pending
        if marker.through:
            waiting = [*waiting, Pending(marker.division, marker.through, marker.xmax)][-MOST_PENDING:]
        counting = [one for one in waiting if one.xmax <= marker.xmin]
        if not counting:
            return structs.replace(self, pending=waiting)
        standing = dict(self.standing)
        for one in counting:
            standing[one.division] = max(standing.get(one.division, one.through), one.through)
        return Horizons(standing, [one for one in waiting if one.xmax > marker.xmin])
