"""Many alerts at once, each alert's revisions one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from schemas.delivery import Delivery
from sinks.webhooks.send import Answer, Verdict

Send = Callable[[Delivery], Awaitable[Answer]]
START_SECONDS = 1.0
"""New requests are started for so long; with the time for an answer this stays within what a batch may take."""
MOST_DOWN = 4
Key = TypeVar("Key", bound=Hashable)


async def fan_out(
    groups: Mapping[Key, Sequence[Delivery]], send: Send, concurrency: int, start_seconds: float = START_SECONDS
) -> dict[Key, list[Answer]]:
    """Answers by group, in order; a group ends at its first failure, and where time was up it has fewer answers than revisions.

    BUSY and GONE stop new requests at once; so does DOWN, said MOST_DOWN times before anything was taken: one bad alert is not a dead target.
    """
    answers: dict[Key, list[Answer]] = {key: [] for key in groups}
    waiting = iter(groups.items())
    until = time.monotonic() + start_seconds
    taken = stopped = False
    downs = 0

    async def work() -> None:
        nonlocal taken, stopped, downs
        for key, revisions in waiting:
            for one in revisions:
                if stopped or time.monotonic() > until:
                    return
                answer = await send(one)
                answers[key].append(answer)
                if answer.verdict is Verdict.TAKEN:
                    taken = True
                    continue
                downs += answer.verdict is Verdict.DOWN
                stopped = stopped or answer.verdict in {Verdict.BUSY, Verdict.GONE} or (downs >= MOST_DOWN and not taken)
                break

    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(concurrency, len(groups))):
            tasks.create_task(work())
    return answers
