"""Calls of the Kafka client that may never return, with a deadline.

librdkafka's `send_offsets_to_transaction` does not keep its time-out (librdkafka issue 5456) and hangs for ever when the group's
coordinator left the cluster's metadata meanwhile, as in any restart of a broker (issue 5511).
"""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections.abc import Callable

Task = tuple[Callable[[], None], "concurrent.futures.Future[None]"]


class CallHungError(Exception):
    """The call did not return in time; its thread, and the client it holds, are given up."""


class Bounded:
    """Runs one call at a time on a helper thread. A call that hangs keeps its thread; the next call gets a new one."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[Task] | None = None

    def run(self, what: str, action: Callable[[], None], seconds: float) -> None:
        """Run `action` and pass on what it raises.

        Raises:
            CallHungError: it did not return within `seconds`.
        """
        if self._tasks is None:
            self._tasks = queue.SimpleQueue()
            threading.Thread(target=_serve, args=(self._tasks,), name="bounded-call", daemon=True).start()
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._tasks.put((action, done))
        if not concurrent.futures.wait([done], seconds).done:
            self._tasks = None
            raise CallHungError(f"{what} did not return within {seconds:g} s")
        done.result()


def _serve(tasks: queue.SimpleQueue[Task]) -> None:
    while True:
        action, done = tasks.get()
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            done.set_exception(error)
        else:
            done.set_result(None)
