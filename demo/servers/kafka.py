"""Apache Kafka as one process (KRaft, broker and controller in one), from Maven Central, without containers."""

import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from demo.servers.jars import jars, java
from demo.servers.process import ServerError, ServerProcess, free_ports, listens

POM = Path(__file__).with_name("kafka-pom.xml")
READY_SECONDS = 180.0
ANSWER_SECONDS = 30.0
SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # what a crashed producer left open is noticed within about a second of its transaction.timeout.ms
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # a broker that its own controller ends because the machine stood still helps nobody: docs/decisions/0006-markers-of-a-fenced-broker.md
    "broker.session.timeout.ms": "60000",
    "broker.heartbeat.interval.ms": "500",
    # members may ask for short sessions and need not wait for others before the first assignment
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.min.heartbeat.interval.ms": "200",
}
ACTIVE, FENCING = b"Performing controller activation", b"because its session has timed out"
"""What the controller's log says when it begins, and when it ends an incarnation of the broker."""
ALONE: Mapping[str, str] = {"broker.session.timeout.ms": "3000"}
"""After a kill the controller alone waits this long before it ends that incarnation."""
FENCED_SECONDS = 15.0
"""So long after it began, there was nothing to end: the broker was killed before it served."""
WRITES = 2
"""The controller says that it ends an incarnation before that is on the disk: it is once its log, which grows twice a second, grew twice."""


@dataclass(frozen=True)
class Secured:
    """A broker that is closed to strangers: `properties` of a file in deploy/kafka, how its owner connects, who exists from the start.

    `users`: name → password, SCRAM-SHA-512. Its listeners are CLIENTS, BROKERS and CONTROLLER.
    """

    properties: Mapping[str, str]
    client: Mapping[str, str]
    users: Mapping[str, str]


class KafkaServer:
    """One Apache Kafka with its data in `folder`; keeps its ports and data over stop, kill and start."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None, heap_mb: int = 512, secured: Secured | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port, controller_port, broker_port = free_ports(3)
        self._metadata = folder / "data" / "__cluster_metadata-0"
        self._secured = secured
        self._java = java("Apache Kafka")
        self._class_path = f"{jars('kafka', POM)}/*"
        self._properties = folder / "server.properties"
        addresses = {
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "log.dirs": str(folder / "data"),
        }
        if secured is not None:
            places = (("CLIENTS", self.port), ("BROKERS", broker_port), ("CONTROLLER", controller_port))
            listeners = [f"{name}://127.0.0.1:{port}" for name, port in places]
            listening = {"listeners": ",".join(listeners), "advertised.listeners": ",".join(listeners[:2])}
            addresses = {**secured.properties, **addresses, **listening}
        written = {**SETTINGS, **addresses, **(settings or {})}
        write_properties(self._properties, written)
        self._controller_properties = folder / "controller.properties"
        write_properties(self._controller_properties, controller_alone(written))
        options = [f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-Djava.awt.headless=true"]
        logging = ["-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"]
        run = [self._java, *options, *logging, "-cp", self._class_path, "kafka.Kafka"]
        self._process = ServerProcess("Apache Kafka", folder, [*run, str(self._properties)])
        quick = [run[0], "-XX:TieredStopAtLevel=1", *run[1:]]
        self._controller = ServerProcess("Apache Kafka's controller", folder, [*quick, str(self._controller_properties)])

    @property
    def bootstrap(self) -> str:
        """Address for clients, host:port."""
        return f"127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker process is alive."""
        return self._process.running

    def start(self) -> Self:
        """Start, or start again on the same data, and wait until the broker is in its own metadata."""
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        elif not (self.folder / "data" / ".kafka_cleanshutdown").exists():
            self._fence()
        self._process.start(self._ready, READY_SECONDS)
        return self

    def stop(self) -> None:
        """Stop in order (SIGTERM)."""
        self._process.stop()

    def kill(self) -> None:
        """Stop at once (SIGKILL); a controller that still runs alone too."""
        self._controller.kill()
        self._process.kill()

    def freeze(self) -> None:
        """SIGSTOP: connections stay and nothing is answered."""
        self._process.freeze()

    def thaw(self) -> None:
        """SIGCONT after `freeze`."""
        self._process.thaw()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def _fence(self) -> None:
        """After a kill: the controller alone, until it has ended the broker's earlier incarnation, as it does where it is a machine of its own."""
        known = self._controller.log.stat().st_size
        limit = 0.0
        sizes: set[int] = set()  # of the metadata's log, since the controller said so

        def fenced() -> bool:
            nonlocal limit
            with self._controller.log.open("rb") as log:
                log.seek(known)
                said = log.read()
            if not limit and ACTIVE in said:
                limit = time.monotonic() + FENCED_SECONDS
            if FENCING in said:
                sizes.add(sum(segment.stat().st_size for segment in self._metadata.glob("*.log")))
            return len(sizes) > WRITES or bool(limit and time.monotonic() > limit)

        self._controller.start(fenced, READY_SECONDS)
        self._controller.stop()

    def _format(self) -> None:
        # a leading zero byte keeps the text from beginning with "-", which the tool would take for an option
        cluster = urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        options = ["-XX:TieredStopAtLevel=1", "-cp", self._class_path]
        command = [self._java, *options, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties)]
        users = self._secured.users if self._secured else {}
        command += [word for name, text in users.items() for word in ("--add-scram", f"SCRAM-SHA-512=[name={name},password={text}]")]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=READY_SECONDS)  # noqa: S603 - a list of words made here, no shell
        if done.returncode != 0:
            raise ServerError(f"Apache Kafka's storage could not be formatted:\n{(done.stdout + done.stderr)[-2000:]}")

    def _ready(self) -> bool:
        if not listens(self.port):
            return False
        try:
            client = dict(self._secured.client) if self._secured else {}
            return bool(AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0, **client}).list_topics(timeout=5.0).brokers)
        except KafkaException:
            return False


def controller_alone(properties: Mapping[str, str]) -> dict[str, str]:
    """The settings with which the same node runs its controller without its broker."""
    listeners = [listener for listener in properties["listeners"].split(",") if listener.startswith("CONTROLLER")]
    kept = {key: value for key, value in properties.items() if key not in {"advertised.listeners", "inter.broker.listener.name"}}
    return {**kept, **ALONE, "process.roles": "controller", "listeners": ",".join(listeners)}


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """A file of settings as Java reads them."""
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def start_kafka(folder: Path, settings: Mapping[str, str] | None = None, heap_mb: int = 512, secured: Secured | None = None) -> KafkaServer:
    """A running Kafka with its data in `folder`; raises `ServerUnavailable` where Java or Maven is missing."""
    return KafkaServer(folder, settings, heap_mb, secured).start()


def create_topics(bootstrap: str, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
    """Create topics, `{name: (partitions, settings)}`, and return when every partition has a leader."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    asked = [NewTopic(name, partitions, 1, config=dict(config)) for name, (partitions, config) in topics.items()]
    for done in admin.create_topics(asked, operation_timeout=ANSWER_SECONDS).values():
        done.result(ANSWER_SECONDS)
    deadline = time.monotonic() + ANSWER_SECONDS
    for name, (partitions, _) in topics.items():
        while (led := _led(admin, name)) != partitions:
            if time.monotonic() > deadline:
                raise ServerError(f"topic {name}: {led} of {partitions} partitions have a leader")
            time.sleep(0.05)


def _led(admin: AdminClient, name: str) -> int:
    """How many partitions of a topic have a leader by now."""
    seen = admin.list_topics(name, timeout=ANSWER_SECONDS).topics[name].partitions
    return sum(partition.leader >= 0 for partition in seen.values())
