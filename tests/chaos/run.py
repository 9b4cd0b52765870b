"""A chaos run: `python -m tests.chaos.run SECONDS SEED`. Exit status 0 only if nothing was lost, doubled or wrong, and no worker crashed.

Three workers of the toy stage count under load while a seeded disorder kills, stalls and restarts them and the broker. Afterwards an
offline checker, which knows only what was sent, reads alerts and state from Kafka.
"""

import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec

from demo.servers.kafka import KafkaServer, start_kafka
from tests.chaos.disorder import Disorder
from tests.chaos.ends import SignalledEnd, signalled_ends
from tests.streams.engine.lab import Lab, Verdict

EVENTS_PER_SECOND = 400
KEYS = 2_000
DRAIN_SECONDS = 240.0


class Report(msgspec.Struct):
    """What was done, what workers ended with, which of them crashed, and the verdict."""

    events: int
    producers_replaced: int
    """Of the load: each had lost every broker for good (`streams.engine.lost_clients`)."""
    done: dict[str, int]
    found_exit_codes: dict[int, int]
    crashes: list[SignalledEnd]
    drain_seconds: float
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Exactly once, and no worker ended by a signal that it was not sent."""
        return self.verdict.right and not self.crashes


class Load(threading.Thread):
    """Sends events at a steady rate until stopped; waits for a broker that is away, never drops."""

    def __init__(self, lab: Lab, seed: int) -> None:
        super().__init__(name="load", daemon=True)
        self._lab = lab
        self._pick = random.Random(seed)
        self.ended = threading.Event()

    def run(self) -> None:
        """Send in bursts of a twentieth of a second."""
        while not self.ended.wait(0.05):
            for _ in range(EVENTS_PER_SECOND // 20):
                self._lab.send(b"key-%d" % self._pick.randrange(KEYS))
            self._lab.poll()


def chaos(bootstrap: str, folder: Path, seconds: float, seed: int, server: KafkaServer | None) -> Report:
    """Run `seconds` of disorder and check; without a `server` the broker is left alone. Logs of crashes are kept where the report says."""
    lab = Lab(bootstrap, folder)
    try:
        load = Load(lab, seed)
        disorder = Disorder(lab, server, seed)
        pick = random.Random(seed + 1)
        load.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(pick.uniform(0.3, 3.0))
            disorder.step()
        disorder.calm()
        load.ended.set()
        load.join()
        lab.flush()
        began = time.monotonic()
        lab.drained(DRAIN_SECONDS)
        drain = time.monotonic() - began
        crashes = signalled_ends(lab.workers, Path(tempfile.gettempdir()) / f"canbao-chaos-crashes-{os.getpid()}")
        verdict = lab.verdict()
        return Report(lab.sent.total(), lab.replaced, dict(disorder.done), dict(disorder.found), crashes, round(drain, 1), verdict)
    finally:
        lab.close()


def main() -> int:
    """Run with a broker of its own and print the report."""
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="canbao-chaos-") as name, start_kafka(Path(name) / "kafka") as server:
        report = chaos(server.bootstrap, Path(name), seconds, seed, server)
    verdict = report.verdict
    print(f"seed {seed}, {seconds:g} s: {report.events} events; {report.done}; exit codes found {report.found_exit_codes}")  # noqa: T201 - the report of a run started by hand
    print(  # noqa: T201 - the report of a run started by hand
        f"wanted {verdict.wanted} delivered {verdict.delivered} lost {verdict.lost} twice {verdict.twice} "
        f"unexpected {verdict.unexpected} states wrong {verdict.wrong_states}; drained in {report.drain_seconds} s"
    )
    print(f"producers of the load that lost every broker for good: {report.producers_replaced}")  # noqa: T201 - the report of a run started by hand
    print(f"ended by a signal that nobody sent: {len(report.crashes)}")  # noqa: T201 - the report of a run started by hand
    for crash in report.crashes:
        print(f"  {crash.instance} {crash.signal}: {crash.log}")  # noqa: T201 - the report of a run started by hand
    return 0 if report.right else 1


if __name__ == "__main__":
    sys.exit(main())
