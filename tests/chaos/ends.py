"""Workers that ended by a signal nobody sent them, an assertion of a library for instance: who, by which, and what they had said."""

import signal
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tests.streams.engine.lab import Worker

SENT = frozenset({signal.SIGKILL, signal.SIGTERM})
"""What the disorder ends workers with, and fault points themselves."""
_MOST_KEPT_CHARACTERS = 1 << 20


class SignalledEnd(msgspec.Struct, frozen=True):
    """One such end. `log`: where the log of that life is kept."""

    instance: str
    signal: str
    log: Path


def signalled_ends(workers: Iterable[Worker], folder: Path) -> list[SignalledEnd]:
    """Those among ended workers; the log of each life, later lives of its instance at its end, is written into `folder`."""
    found = []
    for worker in workers:
        status = worker.process.poll()
        if status is None or status >= 0 or -status in SENT:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        name = signal.Signals(-status).name
        log = folder / f"{worker.job.instance}-{worker.process.pid}-{name}.log"
        log.write_text(worker.log_since_start[:_MOST_KEPT_CHARACTERS])
        found.append(SignalledEnd(worker.job.instance, name, log))
    return found
