"""How a webhook target stands: it lives, it is down and rests for a while, it is gone. In memory only: a new worker asks anew."""

import time
from collections import Counter
from collections.abc import Sequence

import structlog
from msgspec import structs

from schemas import metrics as m
from schemas import targets
from schemas.errors import Code
from schemas.targets import TargetRow, TargetState
from schemas.topics import TARGETS
from sinks.metrics import Metrics
from sinks.webhooks.schedule import hold_seconds
from sinks.webhooks.send import Answer, Verdict
from streams.engine.batch import Batch

log = structlog.get_logger("canbao.deliver")

LOOK_SECONDS = 2.0
"""Longest wait until a resting partition looks again whether it may go on."""


class Standing:
    """Failures in a row, and until when the target is left alone, for all partitions of this worker."""

    def __init__(self, name: str, metrics: Metrics, longest_hold: float) -> None:
        self._name, self._metrics, self._longest = name, metrics, longest_hold
        self._failures = 0
        self._held_until = 0.0
        self._epoch = 0

    def held(self) -> bool:
        """Whether the target is left alone now."""
        return self.left() > 0

    def left(self) -> float:
        """Seconds until it is asked again; 0: now."""
        return max(0.0, self._held_until - time.monotonic())

    def tell(self, row: TargetRow | None) -> None:
        """Show the target's state; a changed row ends a hold: somebody mended something."""
        if row is not None and row.epoch != self._epoch:
            self._epoch, self._held_until, self._failures = row.epoch, 0.0, 0
        now = "missing" if row is None else "paused" if row.state is TargetState.PAUSED else "held" if self.held() else "running"
        for one in m.TARGET_STATE.labels["state"] or ():
            self._metrics.set(m.TARGET_STATE, float(one == now), sink=self._name, state=one)

    def judge(self, batch: Batch, row: TargetRow, said: Sequence[Answer], *, hold: bool = True) -> None:
        """What answers say of the whole target; one that is gone is paused in its row. `hold` False: DOWN is about one alert here."""
        for verdict, count in Counter(answer.verdict for answer in said).items():
            self._metrics.add(m.WEBHOOK_ANSWERS, count, sink=self._name, answer=verdict)
        by = {answer.verdict: answer for answer in said}
        if Verdict.TAKEN in by:
            self._failures = 0
        if Verdict.GONE in by:
            gone = structs.replace(row, state=TargetState.PAUSED, reason=f"{Code.TARGET_GONE}: it answered 410 Gone", epoch=row.epoch + 1)
            batch.produce(TARGETS, self._name.encode(), targets.encode(gone), partition=0)
            log.error("the target is gone, it is paused", code=Code.TARGET_GONE, target=self._name)
            self._hold(LOOK_SECONDS, "gone")
        elif Verdict.BUSY in by:
            self._hold(by[Verdict.BUSY].seconds, "busy")
        elif hold and Verdict.DOWN in by and Verdict.TAKEN not in by:
            self.failed(by[Verdict.DOWN].reason)

    def failed(self, reason: str) -> None:
        """The target, or what is needed to speak to it, does not answer."""
        self._failures += 1
        self._hold(hold_seconds(self._failures, self._longest), reason)

    def _hold(self, seconds: float, reason: str) -> None:
        self._held_until = time.monotonic() + seconds
        self._metrics.add(m.SINK_FAILURES, sink=self._name, reason=reason)
        if self._failures <= 1:
            log.warning("target does not take alerts, waiting", target=self._name, reason=reason, seconds=seconds)
