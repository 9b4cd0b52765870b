"""What a completeness marker proves, and when it counts."""

from hypothesis import given
from hypothesis import strategies as st

from processors.intake.horizons import MOST_DIVISIONS, MOST_PENDING, Horizons
from processors.intake.outcome import Marker


def after(*markers: Marker) -> dict[int, int]:
    """Standing horizons after markers."""
    horizons = Horizons()
    for marker in markers:
        horizons = horizons.accept(marker)
    return horizons.standing


def test_a_feed_without_snapshots_counts_at_once() -> None:
    """Behind its rows in the same partition, a marker needs nothing else."""
    assert after(Marker(370102, 100, 0, 0), Marker(0, 99, 0, 0)) == {370102: 100, 0: 99}


def test_open_transactions_hold_a_marker_back() -> None:
    """While transactions were open (xmin below xmax) the marker proves nothing about them; a later xmin at or above its xmax releases it."""
    open_then = Marker(0, 100, 10, 15)
    assert after(open_then) == {}
    assert after(open_then, Marker(0, 0, 14, 20)) == {}
    assert after(open_then, Marker(0, 0, 15, 20)) == {0: 100}


def test_a_marker_without_open_transactions_proves_itself() -> None:
    """Equal xmin and xmax: nothing was open."""
    assert after(Marker(0, 100, 15, 15)) == {0: 100}


def test_a_watermark_says_nothing_of_a_day() -> None:
    """Heartbeat markers release others and are no horizon."""
    assert after(Marker(0, 0, 15, 15)) == {}


def test_horizons_never_go_back() -> None:
    """A marker of an earlier day that comes later lowers nothing."""
    assert after(Marker(0, 100, 5, 5), Marker(0, 90, 6, 6)) == {0: 100}


def test_waiting_markers_are_bounded() -> None:
    """A database whose oldest transaction never ends fills no memory; the newest markers are kept."""
    horizons = Horizons()
    for through in range(1, 1_000):
        horizons = horizons.accept(Marker(0, through, 1, 50))
    assert len(horizons.pending) == MOST_PENDING
    assert horizons.accept(Marker(0, 0, 50, 60)).standing == {0: 999}


def test_divisions_are_bounded() -> None:
    """A marker job that invents divisions fills no memory; those that are known, waiting ones included, go on."""
    horizons = Horizons().accept(Marker(1, 100, 1, 50))
    for division in range(2, MOST_DIVISIONS + 1):
        assert horizons.has_room(division)
        horizons = horizons.accept(Marker(division, 100, 1, 1))
    assert not horizons.has_room(MOST_DIVISIONS + 1)
    assert horizons.has_room(1)
    assert horizons.has_room(MOST_DIVISIONS)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 40), st.integers(0, 9)), max_size=30))
def test_never_too_early(rows: list[tuple[int, int, int]]) -> None:
    """Whatever the snapshots: a horizon stands only where some marker of that day met an xmin at or above its xmax."""
    markers = [Marker(0, through, xmin, xmin + width) for through, xmin, width in rows]
    standing = after(*markers)
    proved = [one.through for place, one in enumerate(markers) if any(later.xmin >= one.xmax for later in markers[place:])]
    assert standing == ({0: max(proved)} if proved else {})
