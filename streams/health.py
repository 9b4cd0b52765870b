"""What the engine says of itself, as Prometheus metrics and probes of one worker process."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from schemas import metrics as m
from sinks.metrics import Metrics, MetricsServer
from streams.engine.distrust import Why
from streams.engine.health import HealthReport, Phase
from streams.ports import cannot_be_opened
from streams.settings import Settings


class CountedEngine:
    """`streams.engine.observe.Observe` into Prometheus."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def handed(self, topic: str, records: int, seconds: float, newest_ms: int) -> None:
        """A batch was with the stage for `seconds`."""
        if newest_ms:
            self._metrics.set(m.NEWEST_RECORD, newest_ms / 1000, topic=topic)
        self._metrics.add(m.RECORDS_HANDED, records, topic=topic)
        self._metrics.observe(m.HANDED_SECONDS, seconds, topic=topic)

    def committed(self, seconds: float, partitions: int, aim: int) -> None:
        """A transaction with so many partitions was committed."""
        self._metrics.observe(m.COMMIT_SECONDS, seconds)
        self._metrics.observe(m.COMMIT_PARTITIONS, partitions)
        self._metrics.add(m.COMMITS_OVER_AIM, int(partitions > aim))

    def aborted(self, reason: str) -> None:
        """A transaction was dropped and its input is read again."""
        self._metrics.add(m.ABORTED, reason=reason)

    def retried(self, topic: str) -> None:
        """The stage gave a batch back un-applied."""
        self._metrics.add(m.RETRIED, topic=topic)

    def restored(self, topic: str, rows: int, seconds: float) -> None:
        """So many changelog rows were restored in `seconds`."""
        self._metrics.add(m.RESTORED_ROWS, rows, topic=topic)
        self._metrics.add(m.RESTORE_SECONDS, seconds, topic=topic)

    def standing_by(self, partitions: int, lag_rows: int) -> None:
        """A copy is kept of so many partitions of others, so many rows behind."""
        self._metrics.set(m.STANDBY_PARTITIONS, partitions)
        self._metrics.set(m.STANDBY_LAG, lag_rows)

    def discarded(self, why: Why) -> None:
        """A local copy of state was thrown away."""
        self._metrics.add(m.COPIES_DISCARDED, reason=why.value)

    def joined_anew(self) -> None:
        """A round was owed to the group; this worker left and joined anew."""
        self._metrics.add(m.JOINED_ANEW)

    def turned(self, seconds: float) -> None:
        """One turn of the cycle took `seconds` beside waiting for records."""
        self._metrics.observe(m.TURN_SECONDS, seconds)

    def lagging(self, topic: str, records: int) -> None:
        """So many records of an input topic are not committed yet."""
        self._metrics.set(m.LAG, records, topic=topic)


class Probed:
    """What the probes are told: that the process begins, then what the engine says. A stage may wait for a registry before there is an engine."""

    def __init__(self) -> None:
        self._ask: Callable[[], HealthReport] | None = None

    def ask(self, health: Callable[[], HealthReport]) -> None:
        """From now on the engine answers."""
        self._ask = health

    def report(self) -> HealthReport:
        """The state now."""
        return (
            self._ask()
            if self._ask
            else HealthReport(Phase.STARTING, live=True, ready=False, age_seconds=0.0, reason="the stage is being made")
        )


def serve(settings: Settings, metrics: Metrics, health: Callable[[], HealthReport]) -> MetricsServer:
    """Serve /metrics, /livez and /readyz from now on, on threads of their own."""

    def exposition() -> bytes:
        _refresh(metrics, health(), settings.state_folder)
        return metrics.text()

    def live() -> tuple[bool, Mapping[str, Any]]:
        report = health()
        return report.live, {"phase": report.phase, "age_seconds": round(report.age_seconds, 3), "reason": report.reason}

    def ready() -> tuple[bool, Mapping[str, Any]]:
        report = health()
        return report.ready, msgspec.to_builtins(report)

    try:
        return MetricsServer(exposition, settings.metrics_host, settings.metrics_port, live, ready)
    except OSError as error:
        raise cannot_be_opened("CANBAO_METRICS_PORT", settings.metrics_host, settings.metrics_port, error) from None


def _refresh(metrics: Metrics, report: HealthReport, folder: Path) -> None:
    """Set the gauges that are read when asked."""
    now = time.time()
    metrics.set(m.CLOCK, now)
    metrics.set(m.LAST_TURN, now - report.age_seconds)
    if folder.is_dir():
        disk = shutil.disk_usage(folder)
        metrics.set(m.DISK_FREE, disk.free)
        metrics.set(m.DISK_SIZE, disk.total)
    metrics.set(m.HELD_PARTITIONS, sum(partition.paused for partition in report.partitions), why="braked")
    metrics.set(m.HELD_PARTITIONS, sum(partition.retrying for partition in report.partitions), why="retrying")
    metrics.set(m.LIVE, int(report.live))
    metrics.set(m.READY, int(report.ready))
    phases = Counter(partition.phase for partition in report.partitions)
    for phase in Phase:
        metrics.set(m.PARTITIONS, phases[phase], phase=phase.value)
