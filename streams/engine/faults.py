"""Named points of the engine where a test stops or kills the process: CANBAO_FAULT="point:action:nth".

`flushed:stop:3` sends SIGSTOP to the process the third time it passes `flushed`; `kill` is SIGKILL. Unset, `reach` does nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from enum import StrEnum

from streams.engine.errors import RefusedError

VARIABLE = "CANBAO_FAULT"


class Point(StrEnum):
    """Where in the life of a transaction, in this order; then where partitions change hands."""

    PRODUCED = "produced"
    FLUSHED = "flushed"
    OFFSETS_ACCEPTED = "offsets_accepted"
    COMMITTED = "committed"
    BEFORE_WRITE = "before_write"
    STORED = "stored"
    RESTORING = "restoring"
    STANDING_BY = "standing_by"
    GIVEN_UP = "given_up"
    """Partitions were given up in a rebalance, the next round is not joined yet."""


_ACTIONS = {"stop": signal.SIGSTOP, "kill": signal.SIGKILL}


def _nothing(_point: Point) -> None:
    """No fault is asked for."""


def _armed(text: str) -> Callable[[Point], None]:
    parts = text.split(":")
    if len(parts) != 3 or parts[0] not in list(Point) or parts[1] not in _ACTIONS or not parts[2].isdecimal():  # noqa: PLR2004 - three parts
        raise RefusedError(f"{VARIABLE} is point:action:nth, point one of {', '.join(Point)}, action stop or kill; got {text!r}")
    left = int(parts[2])

    def reach(point: Point) -> None:
        nonlocal left
        if point != parts[0]:
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), _ACTIONS[parts[1]])

    return reach


def _from_environment() -> Callable[[Point], None]:
    text = os.environ.get(VARIABLE)
    return _armed(text) if text else _nothing


reach: Callable[[Point], None] = _from_environment()
"""Pass a named point; a test's fault happens here."""
