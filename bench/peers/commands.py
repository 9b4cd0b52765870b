"""Who the peers are, and how each is made ready to start on this machine."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from demo.servers.jars import cache_folder, jars, java
from demo.servers.process import ServerUnavailable

HERE = Path(__file__).parent
QUIX = "quixstreams==3.28.1"
"""Needs confluent-kafka < 2.13, canbao a newer one, so it gets an environment of its own."""
INSTALL_SECONDS = 900.0


class Peer(msgspec.Struct, frozen=True):
    """One peer. `share`: it reads one in so many of the events, so that a slow peer does not hold up the run.

    `prepare` takes a scratch folder and returns the command; raises `ServerUnavailable` where the peer can't run.
    """

    name: str
    guarantee: str
    share: int
    prepare: Callable[[Path], list[str]]


def canbao(_scratch: Path) -> list[str]:
    """Our engine, in this environment."""
    return [sys.executable, "-m", "bench.peers.canbao_stage"]


def faust(_scratch: Path) -> list[str]:
    """Stock Faust of the version canbao pins, in this environment."""
    return [sys.executable, "-m", "bench.peers.stock_faust"]


def kafka_streams(scratch: Path) -> list[str]:
    """Compile the topology against the jars of pom.xml."""
    program, compiler = java("Kafka Streams"), shutil.which("javac")
    if compiler is None:
        raise ServerUnavailable("Kafka Streams", "install a JDK (javac; Debian: openjdk-17-jdk-headless)")
    libraries, classes = f"{jars('bench-peers', HERE / 'pom.xml')}/*", scratch / "classes"
    said = _run([compiler, "-nowarn", "-cp", libraries, "-d", str(classes), str(HERE / "KafkaStreams.java")])
    if said:
        raise ServerUnavailable("Kafka Streams", f"javac refused KafkaStreams.java: {said}")
    options = ["-Xms1g", "-Xmx1g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return [program, *options, "-cp", f"{classes}:{libraries}", "KafkaStreams"]


def quix(_scratch: Path) -> list[str]:
    """Quix Streams in an environment of its own, made once in the cache folder."""
    folder = cache_folder() / f"quix-{hashlib.sha256(f'{QUIX} {sys.version}'.encode()).hexdigest()[:12]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            target = Path(made) / "venv"
            said = _run([sys.executable, "-m", "venv", str(target)]) or _run([f"{target}/bin/python", "-m", "pip", "install", "-q", QUIX])
            if said:
                raise ServerUnavailable("Quix Streams", f"pip could not install {QUIX}: {said}")
            target.rename(folder)
    return [f"{folder}/bin/python", str(HERE / "quix_stage.py")]


def _run(command: list[str]) -> str:
    """Run; the last line it said if it failed, else nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    if done.returncode == 0:
        return ""
    lines = (done.stderr + done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"


PEERS = {
    "canbao": Peer("canbao", "exactly once", 1, canbao),
    "kafka_streams": Peer("Kafka Streams 4.3.1", "exactly once (v2)", 1, kafka_streams),
    "faust": Peer("Faust 0.15.3, agent + table", "at least once", 10, faust),
    "quix": Peer("Quix Streams 3.28.1", "exactly once", 5, quix),
}
