"""The engine as a Faust service: started after the agents, stopped before them, and never dead inside a living worker."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import faust
import structlog

from streams.engine.batch import Batch
from streams.engine.cycle import Cycle
from streams.engine.handover import BatchChannel, HandOver
from streams.engine.health import HealthBoard, HealthReport, Phase
from streams.engine.observe import Observe, Unobserved
from streams.engine.spec import EngineSettings, StageSpec
from streams.engine.watchdog import Watchdog

log = structlog.get_logger("canbao.engine")

_LOOP_ANSWER_SECONDS = 10.0
_STALE_TURNS_SECONDS = 10.0


class Engine(faust.Service):
    """`batches` is the channel of the stage's one agent, `done` its sink; `health` may be asked from any thread."""

    def __init__(self, app: Any, spec: StageSpec, settings: EngineSettings, observe: Observe | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batches = BatchChannel(app)
        self._spec, self._settings = spec, settings
        self._observe: Observe = observe or Unobserved()
        times = settings.timeouts
        self._board = HealthBoard(times.hand_over_seconds + times.transaction_ms / 1000 + _STALE_TURNS_SECONDS)
        self._halt = threading.Event()
        self._watchdog = Watchdog(times.hand_over_seconds + times.watchdog_margin_seconds)
        self._hand_over: HandOver | None = None
        self._ended: asyncio.Future[None] | None = None
        app.service(self)

    def done(self, batch: Batch) -> None:
        """The agent's sink: it yielded the batch, so it has finished it."""
        if self._hand_over is None:
            raise TypeError("a batch was yielded that no engine handed over")
        self._hand_over.done(batch)

    def health(self) -> HealthReport:
        """Live, ready, restoring, and each partition's progress."""
        return self._board.report()

    async def on_start(self) -> None:
        """Start the engine's thread."""
        self._ended = self.loop.create_future()
        self._hand_over = HandOver(self.batches, self.loop, self._settings.timeouts, self._watchdog, lambda: bool(self.crashed))
        threading.Thread(target=self._run, args=(self._hand_over, self._ended), name="engine", daemon=True).start()

    @faust.Service.task
    async def _watch(self) -> None:
        """An exception of the thread crashes the worker: exit status 1."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def on_stop(self) -> None:
        """Let the thread finish its batch and commit. What it raises must crash: mode logs exceptions of on_stop, and would exit 0."""
        self._halt.set()
        if self._ended is None:
            return  # asked to stop while the application started: there is no thread
        try:
            await asyncio.wait_for(asyncio.shield(self._ended), self._stop_seconds())
        except Exception as error:  # noqa: BLE001 - whatever it was, the exit status must say so
            if not self.crashed:
                await self.crash(error)

    def _stop_seconds(self) -> float:
        times = self._settings.timeouts
        return times.hand_over_seconds + times.message_ms / 1000 + 4 * times.request_seconds

    def _run(self, hand_over: HandOver, ended: asyncio.Future[None]) -> None:
        """The thread."""
        error: BaseException | None = None
        try:
            Cycle(self._spec, self._settings, hand_over.give, self._board, self._observe, self._halt, self._watchdog).run()
        except BaseException as caught:
            error = caught
            self._board.tell(Phase.FAILED, f"{type(caught).__name__}: {caught}")
            log.error("engine ended", error=type(caught).__name__, reason=str(caught), exc_info=caught)  # noqa: TRY400 - the reason is a field of its own
        self._tell_loop(error, ended)

    def _tell_loop(self, error: BaseException | None, ended: asyncio.Future[None]) -> None:
        """Pass the end on; if the loop does not take it, the loop is blocked or gone, and the process must not live on without an engine."""
        heard = threading.Event()

        def end() -> None:
            if not ended.done():
                if error is None:
                    ended.set_result(None)
                else:
                    ended.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))
            heard.set()

        try:
            self.loop.call_soon_threadsafe(end)
        except RuntimeError:  # the loop is closed
            os._exit(0 if error is None else 1)
        if error is not None and not heard.wait(_LOOP_ANSWER_SECONDS):
            log.error("event loop does not answer")
            os._exit(1)
        self._watchdog.rest()
