"""Reading topics whole with one process a core: what a record costs is its decoding, and partitions are independent of each other.

A share of the work is every `count`-th partition. What a process has done it tells through a queue; the first error ends all of them.
"""

import asyncio
import multiprocessing
import os
import queue
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, NamedTuple, TypeVar

from streams.collector import rest_collector
from streams.crash import told as kind_and_place
from streams.down import server_down
from streams.settings import Settings, SettingsError

Progress = Callable[[int, int], None]
"""(offsets passed, offsets in all)"""
MOST_PROCESSES = 8
TOLD_MAX = 1_000
"""Waiting to be heard; a process that told more waits."""
LOOK_SECONDS = 0.5
YOUNG_OBJECTS = 100_000
"""What is decoded holds no cycles: the collector looks seldom."""


class Told(NamedTuple):
    """What one process has done so far: offsets passed and in all, revisions kept and repeated."""

    done: int
    total: int
    kept: int
    repeated: int = 0


class Share(NamedTuple):
    """A process's part of every topic."""

    first: int
    step: int

    def of(self, partitions: int) -> range:
        """Its partitions of a topic that has so many."""
        return range(self.first, partitions, self.step)


class Failure(NamedTuple):
    """Why a process cannot go on; `refused`: a setting, which no other call mends."""

    text: str
    refused: bool


T = TypeVar("T")
Tell = Callable[[Told], None]
Work = Callable[[Settings, Share, Tell], Coroutine[Any, Any, None]]
"""A function of a module, so that another process finds it by name; it tells sums from its start."""


class RebuildError(ConnectionError):
    """One of the processes could not go on; what was written is right, so call it again."""


def side_by_side(settings: Settings, work: Work, progress: Progress) -> Told:
    """Do every share of the work; the sums of what the processes told.

    Raises:
        RebuildError: one ended early; all of them end.
        SettingsError: because of a setting.
    """
    count = min(os.cpu_count() or 1, MOST_PROCESSES)
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue(TOLD_MAX)
    processes = [context.Process(target=_run, args=(settings, work, Share(number, count), told), daemon=True) for number in range(count)]
    for process in processes:
        process.start()
    newest: dict[int, Told] = {}
    try:
        for number, one in _until_ended(processes, told):
            if isinstance(one, Failure):
                raise SettingsError(one.text) if one.refused else RebuildError(one.text)
            newest[number] = one
            progress(sum(each.done for each in newest.values()), sum(each.total for each in newest.values()))
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return Told(*(sum(numbers) for numbers in zip(*newest.values(), strict=True)))


async def read_ahead(chunks: Iterator[T]) -> AsyncIterator[T]:
    """The chunks; while one is on its way to a server, a helper thread reads and decodes the next."""
    chunk = await asyncio.to_thread(next, chunks, None)
    while chunk is not None:
        coming = asyncio.create_task(asyncio.to_thread(next, chunks, None))
        yield chunk
        chunk = await coming


def _until_ended(processes: list[Any], told: Any) -> Iterator[tuple[int, Told | Failure]]:
    """What they tell, or why one of them can't go on, until all of them have ended and nothing is left to hear."""
    while True:
        running = any(process.is_alive() for process in processes)
        try:
            yield told.get(timeout=LOOK_SECONDS if running else 0.01)
        except queue.Empty:
            if not running:
                break
    failed = [process for process in processes if process.exitcode]
    if failed:
        raise RebuildError(f"a reading process ended with status {failed[0].exitcode}")


def _run(settings: Settings, work: Work, share: Share, told: Any) -> None:
    """One process."""
    rest_collector(YOUNG_OBJECTS)
    try:
        asyncio.run(work(settings, share, lambda one: told.put((share.first, one))))
    except Exception as error:  # noqa: BLE001 - the parent tells it; left alone, its message would be written with a traceback
        told.put((share.first, _failure(error)))


def _failure(error: Exception) -> Failure:
    """What the parent tells: of a server its name and setting, of a fault of ours kind and place only."""
    if isinstance(error, SettingsError):
        return Failure(str(error), refused=True)
    return Failure(server_down(error) or kind_and_place(error), refused=False)
