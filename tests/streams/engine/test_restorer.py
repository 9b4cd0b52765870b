"""The thread that takes partitions over outlives what goes wrong in one of them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from streams.engine.restorer import Restorer
from streams.engine.takeover import Taken
from tests.streams.engine.lab import wait_for


class TakeOverDouble:
    """A take-over that steps until it is cancelled; closing it fails."""

    def __init__(self, partition: int) -> None:
        self.owned = SimpleNamespace(place=("people", partition))
        self.cancelled = False
        self.waiting = True
        self.steps = 0

    def run(self) -> Iterator[None]:
        """Steps without end."""
        try:
            while True:
                self.steps += 1
                yield
        finally:
            raise OSError("the store can't be closed")


class DoneAtOnce(TakeOverDouble):
    """One that has nothing to restore."""

    def run(self) -> Any:
        """No step, an outcome."""
        yield from ()
        return Taken(None, None, None, {})  # type: ignore[arg-type] # nobody looks at it


@pytest.mark.logs_errors("a take-over that was given up failed")
def test_what_fails_in_a_take_over_that_was_given_up_stops_no_other() -> None:
    """Else partitions that come later would be restored for ever, without an error."""
    restorer = Restorer(2)
    restorer.start()
    given_up: Any = TakeOverDouble(0)
    restorer.begin(given_up)
    wait_for(lambda: given_up.steps > 0, 120)
    given_up.cancelled = True
    next_one: Any = DoneAtOnce(1)
    restorer.begin(next_one)
    found: list[Any] = []

    def next_ended() -> bool:
        found.extend(restorer.finished())
        return any(item.take_over is next_one for item in found)

    wait_for(next_ended, 120)
    restorer.stop()
    assert [type(item.error) for item in found if item.take_over is given_up] == [OSError]
