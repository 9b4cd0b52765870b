"""From the engine's thread to a Faust agent on the event loop, and back: a few batches at a time, in order, one of each partition at most.

A way to the loop and back costs about as much as the work on some ten records, so what waits in several partitions goes together.

Safe under four conditions, each a test: the agent's supervisor crashes the worker when it raises; "done" is said explicitly (`sink`);
the hand-over has a deadline for an agent that is silent; a watchdog outside Python ends the process when the loop is blocked.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import faust

from streams.engine.batch import Batch
from streams.engine.errors import AgentSilentError
from streams.engine.spec import Timeouts
from streams.engine.watchdog import Watchdog

_LOOK_SECONDS = 0.1


class BatchChannel(faust.Channel[Batch]):
    """All clones share one queue, which no flow control clears: a stock channel drops queued items at a Faust rebalance."""

    @property
    def queue(self) -> Any:
        """The shared queue; it holds what is handed over at once, and the engine waits until that is done."""
        root = self._root or self
        if root._queue is None:  # noqa: SLF001 - a clone of this very class
            root._queue = self.app.FlowControlQueue(maxsize=0, clear_on_resume=False)  # noqa: SLF001 - a clone of this very class
        return root._queue  # noqa: SLF001 - a clone of this very class


class HandOver:
    """Gives batches to the agent and waits until its sink says done of each."""

    def __init__(
        self, channel: BatchChannel, loop: asyncio.AbstractEventLoop, timeouts: Timeouts, watchdog: Watchdog, crashed: Callable[[], bool]
    ) -> None:
        self._channel = channel
        self._watchdog = watchdog
        self._loop = loop
        self._seconds = timeouts.hand_over_seconds
        self._crashed = crashed
        self._open: deque[Batch] = deque()
        self._done: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._each: Callable[[], None] = lambda: None
        self._heard = 0.0

    def give(self, batches: Sequence[Batch], each: Callable[[], None]) -> None:
        """Hand over and wait; `each` is called as each batch comes back, in their order, on the loop's thread.

        Raises:
            AgentSilentError: the deadline of a batch passed, or the worker crashed meanwhile.
        """
        self._open.extend(batches)
        self._each = each
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._done = done
        self._heard = time.monotonic()
        self._watchdog.feed()
        self._loop.call_soon_threadsafe(self._put, batches)
        while not _came_back(done):
            if self._crashed():
                raise AgentSilentError("the worker crashed while a batch was with the agent")
            if time.monotonic() > self._heard + self._seconds:
                raise AgentSilentError(
                    f"the agent did not yield its batch within {self._seconds:g} s: it forgot to, returned, or hangs in an await"
                )

    def _put(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._channel.queue.put_nowait(batch)

    def done(self, batch: Any) -> None:
        """The agent's sink.

        Raises:
            TypeError: the agent yielded something else than the batch it was handed.
        """
        if not self._open or batch is not self._open[0]:
            raise TypeError(f"the agent yielded {type(batch).__name__}, not the batch it was handed: yield each batch once")
        self._open.popleft()
        self._each()
        if self._open:
            self._heard = time.monotonic()
            self._watchdog.feed()
        else:
            self._done.set_result(None)


def _came_back(done: concurrent.futures.Future[None]) -> bool:
    try:
        done.result(_LOOK_SECONDS)
    except concurrent.futures.TimeoutError:
        return False
    return True
