"""deploy/kafka/start.sh on a real broker: after a kill the controller runs alone first, after an orderly stop it does not."""

from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from demo.servers.jars import jars, java
from demo.servers.kafka import FENCING, POM, KafkaServer
from demo.servers.process import ServerProcess

START = Path(__file__).parents[2] / "deploy" / "kafka" / "start.sh"
SCRIPTS = {"kafka-server-start.sh": "kafka.Kafka", "kafka-storage.sh": "kafka.tools.StorageTool"}
SECONDS = 120.0

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


def installed(folder: Path) -> Path:
    """Kafka's folder as the image has it, as far as the script uses it."""
    for name, program in SCRIPTS.items():
        script = folder / "bin" / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec {java("Apache Kafka")} -Xmx512m -cp "{jars("kafka", POM)}/*" {program} "$@"\n')
        script.chmod(0o755)
    return folder


def serves(server: KafkaServer) -> bool:
    """Whether the broker answers."""
    try:
        return bool(AdminClient({"bootstrap.servers": server.bootstrap, "log_level": 0}).list_topics(timeout=5.0).brokers)
    except KafkaException:
        return False


def test_the_controller_fences_a_killed_broker_before_it_starts(tmp_path: Path) -> None:
    """Else the broker starts as its own predecessor, and can drop markers of transactions (docs/decisions/0006)."""
    server = KafkaServer(tmp_path)  # its settings and addresses; the script starts it
    environment = {
        "KAFKA_HOME": str(installed(tmp_path / "kafka")),
        "KAFKA_PROPERTIES": str(tmp_path / "server.properties"),
        "TMPDIR": str(tmp_path),
        "ADMIN_PASSWORD": "any",
    }
    broker = ServerProcess("start.sh", tmp_path, ["bash", str(START)], environment)
    try:
        for end, killed in ((broker.kill, 0), (broker.stop, 1), (broker.stop, 1)):
            broker.start(lambda: serves(server), SECONDS)
            assert broker.log.read_text().count("the broker was killed") == killed
            end()
    finally:
        broker.kill()
    assert FENCING in (tmp_path / "controller.log").read_bytes()
    assert FENCING not in broker.log.read_bytes(), "what the controller said was not on the disk when it was stopped"
