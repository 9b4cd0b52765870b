"""Writing `canbao.control` from the command line, and waiting until it is committed."""

from msgspec import structs

from schemas import control
from schemas.control import FeedControl, FeedState
from schemas.topics import CONTROL
from streams.broadcast_rows import newest_rows, write_row
from streams.settings import Settings


class IncarnationError(ValueError):
    """An incarnation below the one that is written."""


def read_control(settings: Settings) -> dict[str, FeedControl]:
    """The newest row of every feed that has one."""
    return {name: control.decode(value) for name, value in newest_rows(settings, CONTROL).items()}


def resume_feed(settings: Settings, feed: str, incarnation: int, reason: str) -> tuple[FeedControl, FeedControl]:
    """Write RUN for a feed; returns the row before and the row written. `incarnation` 0 keeps the old one; it never goes down."""
    before = read_control(settings).get(feed, FeedControl())
    if incarnation and incarnation < before.incarnation:
        raise IncarnationError(f"incarnation of {feed} is {before.incarnation} and never goes down, got {incarnation}")
    after = structs.replace(
        before, state=FeedState.RUN, reason=reason, incarnation=incarnation or before.incarnation, epoch=before.epoch + 1, place=""
    )
    write_control(settings, feed, after)
    return before, after


def write_control(settings: Settings, feed: str, row: FeedControl) -> None:
    """Produce one row; ConnectionError where the brokers do not take it."""
    write_row(settings, CONTROL, feed, control.encode(row))
