"""Kills of what delivers, under load: `python -m tests.chaos.delivery SECONDS SEED`. Exit status 0 only if nothing is lost, doubled or wrong.

Revisions arrive on a real Kafka while the workers `deliver:redis` and `desk`, the workbench and Redis are killed (SIGKILL) and started again
in a seeded order. A consumer reads the stream with the shipped sample, a clerk her list. Afterwards both, and the read models, are held
against what was sent.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec
import redis

from schemas.alert import Alert
from sinks.redis import alert_key
from tests.chaos.line import PROGRAMS, READY_SECONDS, Line, started
from tests.chaos.parties import Clerk, Consumer, Load
from tests.streams.engine.lab import wait_for

DRAIN_SECONDS = 180.0
KILLED = (*PROGRAMS, "redis")
SEEN = 20
"""A clerk who got her list more often has seen the workbench, however long it took to start each time."""
FINE = frozenset({"200", "503", "away"})
"""What a clerk may get while the workbench or Redis is away."""


class Report(msgspec.Struct):
    """What was done, and what came of it."""

    revisions: int
    kills: dict[str, int]
    lost: int  # revisions that the consumer never got
    twice: int  # revisions that it acted on more than once
    repeats: int  # revisions that came again and that its check told
    wrong_in_redis: int  # alerts whose newest revision is not the one in Redis
    wrong_on_desk: int  # open alerts that the list misses, shows too much, or shows in another revision; a wrong total counts as one
    answers: dict[str, int]  # of the workbench

    @property
    def right(self) -> bool:
        """Nothing lost, doubled or wrong, and the workbench never failed otherwise than by being away."""
        return not (self.lost or self.twice or self.wrong_in_redis or self.wrong_on_desk or self.answers.keys() - FINE)


def wrong_in_redis(line: Line, newest: dict[str, Alert]) -> int:
    """Alerts whose newest revision is not the one that Redis has."""
    with redis.Redis.from_url(line.redis.url, decode_responses=True) as client:
        held = {one: client.hmget(alert_key(one), "revision", "premise") for one in newest}
    return sum(held[one] != [str(alert.revision), alert.premise] for one, alert in newest.items())


def wrong_on_desk(clerk: Clerk, newest: dict[str, Alert]) -> int:
    """Open alerts that the clerk's list shows otherwise than they are."""
    total, shown = clerk.shown()
    wanted = {one: alert.revision for one, alert in newest.items() if alert.premise == "HOLDS"}
    return len(wanted.items() ^ shown.items()) + (total != len(wanted))


def disorder(line: Line, seconds: float, seed: int) -> dict[str, int]:
    """Kill one after the other, each before any comes again, start it soon after; how often each."""
    kills, pick, end, left = Counter[str](), random.Random(seed), time.monotonic() + seconds, list[str]()
    while time.monotonic() < end:
        time.sleep(pick.uniform(0.5, 4.0))
        left = left or pick.sample(KILLED, len(KILLED))
        name = left.pop()
        kills[name] += 1
        line.kill(name)
        time.sleep(pick.uniform(0.0, 1.5))
        line.again(name)
    return dict(kills)


def found(line: Line, load: Load, consumer: Consumer, clerk: Clerk, kills: dict[str, int]) -> Report:
    """What there is, held against what was sent."""
    wanted = {(one, revision) for one, alert in load.newest.items() for revision in range(1, alert.revision + 1)}
    return Report(
        revisions=len(wanted),
        kills=kills,
        lost=len(wanted - consumer.done.keys()),
        twice=sum(times > 1 for times in consumer.done.values()),
        repeats=consumer.repeats,
        wrong_in_redis=wrong_in_redis(line, load.newest),
        wrong_on_desk=wrong_on_desk(clerk, load.newest),
        answers=dict(clerk.answers),
    )


def chaos(folder: Path, seconds: float, seed: int) -> Report:
    """Run `seconds` of kills, then wait until everything is right, or as long as it may take."""
    with started(folder) as line:
        wait_for(lambda: all(line.ready(name) for name in PROGRAMS), READY_SECONDS, line.logs)
        load, consumer, clerk = Load(line.bootstrap, seed), Consumer(line.redis.url), Clerk(line.address)
        for thread in (load, consumer, clerk):
            thread.start()
        kills = disorder(line, seconds, seed)
        load.ended.set()
        load.join()
        wait_for(lambda: all(line.ready(name) for name in PROGRAMS), READY_SECONDS, line.logs)
        deadline = time.monotonic() + DRAIN_SECONDS
        while True:
            report = found(line, load, consumer, clerk, kills)
            if (report.right and report.answers.get("200", 0) > SEEN) or time.monotonic() > deadline:
                break
            time.sleep(1)
        for thread in (consumer, clerk):
            thread.ended.set()
            thread.join()
        return report


def main() -> int:
    """Run and print the report."""
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="canbao-delivery-") as folder:
        report = chaos(Path(folder), seconds, seed)
    print(f"seed {seed}, {seconds:g} s: {report.revisions} revisions; killed {report.kills}; the workbench answered {report.answers}")  # noqa: T201 - the report of a run started by hand
    print(  # noqa: T201 - the report of a run started by hand
        f"lost {report.lost} twice {report.twice} (came again, told by the consumer's check: {report.repeats}) "
        f"wrong in Redis {report.wrong_in_redis} wrong on the desk {report.wrong_on_desk}"
    )
    return 0 if report.right else 1


if __name__ == "__main__":
    sys.exit(main())
