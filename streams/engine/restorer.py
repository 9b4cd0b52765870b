"""A thread that takes partitions over, a few at a time in turn, while the cycle serves the others."""

from __future__ import annotations

import queue
import threading
from collections import deque

import msgspec
import structlog

from streams.engine.takeover import Steps, Taken, TakeOver

log = structlog.get_logger("canbao.engine")

_NAP_SECONDS = 0.05
_STOP_SECONDS = 5.0
"""A client of a take-over may wait for a broker that is away; the process need not."""


class Finished(msgspec.Struct, frozen=True):
    """A take-over that ended: with what the partition needs to serve, or with why it can't."""

    take_over: TakeOver
    taken: Taken | None
    error: BaseException | None


class Restorer:
    """`begin` from the engine thread, `finished` polled by it. At most `parallel` take-overs are open at once."""

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._asked: deque[TakeOver] = deque()
        self._finished: queue.SimpleQueue[Finished] = queue.SimpleQueue()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="restorer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def begin(self, take_over: TakeOver) -> None:
        """Queue a take-over."""
        self._asked.append(take_over)
        self._wake.set()

    def finished(self) -> list[Finished]:
        """Take-overs that ended since the last call; whoever asks closes the stores of cancelled ones."""
        ended = []
        while not self._finished.empty():
            ended.append(self._finished.get())
        return ended

    def stop(self) -> None:
        """Give up open take-overs and release their stores."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        for ended in self.finished():
            if ended.taken is not None and ended.taken.store is not None:
                ended.taken.store.close()

    def _work(self) -> None:
        running: deque[tuple[TakeOver, Steps[Taken]]] = deque()
        while not self._stop.is_set():
            while self._asked and len(running) < self._parallel:
                take_over = self._asked.popleft()
                running.append((take_over, take_over.run()))
            if not running:
                self._wake.wait()
                self._wake.clear()
                continue
            take_over, steps = running.popleft()
            if self._advance(take_over, steps):
                running.append((take_over, steps))
                self._stop.wait(_NAP_SECONDS if take_over.waiting else 0)
        for _, steps in running:
            steps.close()

    def _advance(self, take_over: TakeOver, steps: Steps[Taken]) -> bool:
        """One step; True when there are more."""
        try:
            if take_over.cancelled:
                steps.close()
                return False
            next(steps)
        except StopIteration as end:
            self._finished.put(Finished(take_over, end.value, None))
        except Exception as error:  # noqa: BLE001 - handed to the engine thread, which ends the process with it unless the partition is gone
            if take_over.cancelled:
                log.warning("a take-over that was given up failed", place=take_over.owned.place, error=type(error).__name__)
            self._finished.put(Finished(take_over, None, error))
        else:
            return True
        return False
