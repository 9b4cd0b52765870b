"""The engine beside its peers, in one run on one real Kafka: a backlog for throughput, then a steady rate for the latency of one hop.

Events per CPU-second count all CPU of the peer's process from its start ("whole") and from half of the events on ("warm").
Events/s are between the first and the last commit of source positions. The broker runs on the same cores.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.peers.backlog import backlog
from bench.peers.commands import PEERS, Peer
from bench.peers.running import Job
from bench.peers.steady import steady
from bench.peers.workload import KEYS
from bench.table import show
from demo.servers.kafka import KafkaServer, start_kafka
from demo.servers.process import ServerError, ServerUnavailable

THROUGHPUT = ["peer", "guarantee", "events", "events/s", "events/CPU-s whole", "events/CPU-s warm", "alerts delivered"]
LATENCY = ["peer", "guarantee", "p50 ms", "p99 ms", "alerts in time"]


def attempt(peer: Peer, width: int, measure: Callable[[], list[str]]) -> list[str]:
    """The peer's row; of a peer that could not run it says why."""
    try:
        cells = measure()
    except (ServerUnavailable, ServerError) as reason:
        print(f"{peer.name}: {reason}", flush=True)
        cells = [*["-"] * (width - 3), f"did not run: {str(reason).splitlines()[0]}"]
    return [peer.name, peer.guarantee, *cells]


def warm_up(given: argparse.Namespace, kafka: KafkaServer, work: Path) -> None:
    """Both parts once, uncounted and short: the broker's code is compiled while it runs, which the first peer would pay for."""
    command, events = PEERS["canbao"].prepare(work), max(given.events // 10, given.keys)
    backlog(Job(kafka.bootstrap, "warm-up-backlog", work / "warm-up-backlog"), command, events, given.keys, given.limit_seconds)
    steady(Job(kafka.bootstrap, "warm-up-steady", work / "warm-up-steady"), command, given.rate, given.warm_seconds)


def rows(given: argparse.Namespace, kafka: KafkaServer, work: Path) -> tuple[list[list[str]], list[list[str]]]:
    """(throughput, latency): each peer alone, one after the other."""
    throughput, latency = list[list[str]](), list[list[str]]()
    for name in given.peers:
        peer, folder = PEERS[name], work / name

        def through(peer: Peer = peer, name: str = name, folder: Path = folder) -> list[str]:
            job = Job(kafka.bootstrap, f"{name}-backlog", folder / "backlog")
            return backlog(job, peer.prepare(folder), given.events // peer.share, given.keys, given.limit_seconds)

        def hop(peer: Peer = peer, name: str = name, folder: Path = folder) -> list[str]:
            return steady(Job(kafka.bootstrap, f"{name}-steady", folder / "steady"), peer.prepare(folder), given.rate, given.seconds)

        throughput.append(attempt(peer, len(THROUGHPUT), through))
        latency.append(attempt(peer, len(LATENCY), hop))
    return throughput, latency


def peers_of(text: str) -> list[str]:
    """The names asked for, in their order."""
    names = text.split(",")
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown peer {', '.join(unknown)}; allowed: {', '.join(PEERS)}")
    return names


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine")
    parser.add_argument("--events", type=int, default=1_000_000, help="backlog of a peer with share 1; the slow ones read a part of it")
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--rate", type=int, default=1_000, help="events a second while latency is measured")
    parser.add_argument("--seconds", type=float, default=15, help="how long latency is measured, after the warm-up")
    parser.add_argument("--warm-seconds", type=float, default=60, help="how long the broker is warmed at that rate before the first peer")
    parser.add_argument("--limit-seconds", type=float, default=600, help="most that a peer may take for its backlog")
    parser.add_argument("--peers", type=peers_of, default=list(PEERS))
    given = parser.parse_args()
    command = f"python -m bench.engine --events {given.events} --keys {given.keys} --rate {given.rate} --seconds {given.seconds:g}"
    command += f" --warm-seconds {given.warm_seconds:g} --peers {','.join(given.peers)}"
    with tempfile.TemporaryDirectory(prefix="canbao-bench-") as made, start_kafka(Path(made) / "kafka", heap_mb=1024) as kafka:
        warm_up(given, kafka, Path(made))
        throughput, latency = rows(given, kafka, Path(made))
    show("Engine and peers, backlog on real Kafka, 8 partitions", command, THROUGHPUT, throughput)
    show(f"Engine and peers, one hop at {given.rate}/s", command, LATENCY, latency)


if __name__ == "__main__":
    main()
