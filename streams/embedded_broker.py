"""librdkafka's mock cluster as a broker for other processes: `python -m streams.embedded_broker` prints its address and stays.

It dies with its parent: it ends when stdin is closed. Its limits: it keeps 5 MiB a partition and skips silently behind that, has no
CreateTopics and no compaction, isolates no transaction. It is for demonstrations and fast tests; it proves nothing about exactly-once.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from typing import IO

from confluent_kafka import Producer

_ANSWER_SECONDS = 60.0
"""For a broker in the same process: a limit of a busy machine."""
_END_SECONDS = 10.0
_SERVE_SECONDS = 0.5


def serve() -> None:
    """Run the mock cluster until stdin is closed; topics appear by themselves, with 4 partitions."""
    cluster = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1, "log_level": 3})
    brokers = cluster.list_topics(timeout=_ANSWER_SECONDS).brokers.values()
    try:
        sys.stdout.write(",".join(f"{broker.host}:{broker.port}" for broker in brokers) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(0)  # the owner died meanwhile; nothing is left to be written
    while not select.select([sys.stdin], [], [], _SERVE_SECONDS)[0]:
        cluster.poll(0)


class EmbeddedBroker:
    """A mock cluster in a process of its own.

    Attributes:
        bootstrap: address for clients.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streams.embedded_broker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C at the terminal reaches the owner, who ends it last
        )
        try:
            self.bootstrap = self._first_line(self._process.stdout).strip()
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _first_line(stream: IO[str] | None) -> str:
        line = stream.readline() if stream else ""
        if not line.strip():
            raise RuntimeError("the embedded broker ended before it had an address")
        return line

    def stop(self) -> None:
        """End it."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


if __name__ == "__main__":
    serve()
