"""Says which real servers the tests will find, and downloads their jars before any test's time-out runs: python -m tests.servers.fetch."""

from collections.abc import Callable
from pathlib import Path

from demo.servers.jars import jars, java
from demo.servers.kafka import POM as KAFKA_POM
from demo.servers.process import ServerUnavailable
from demo.servers.valkey import valkey_program
from tests.servers.connect import NAME as CONNECT
from tests.servers.connect import POM as DEBEZIUM_POM
from tests.servers.node import node, node_modules
from tests.servers.postgres import postgres_programs
from tests.servers.prometheus import program
from tests.servers.registry import NAME as REGISTRY
from tests.servers.registry import POM as REGISTRY_POM
from tests.servers.registry import new_java

EXAMPLES = Path(__file__).parents[2] / "examples"
STRIMZI_POM = Path(__file__).parents[1] / "deploy/strimzi/pom.xml"


def kafka() -> object:
    """Java and Kafka's jars."""
    java("Apache Kafka")
    return jars("kafka", KAFKA_POM)


def connect() -> object:
    """Java and the jars of the Connect worker and of its plugins."""
    java(CONNECT)
    return [jars("debezium", DEBEZIUM_POM, profile) for profile in ("worker", "plugin", "avro")]


def registry() -> object:
    """A Java that is new enough and the registry's archive."""
    new_java()
    return jars("apicurio", REGISTRY_POM)


def strimzi() -> object:
    """Strimzi's classes, which read our resources."""
    java("Strimzi's classes")
    return jars("strimzi", STRIMZI_POM)


def java_sample() -> object:
    """What the sample for Java needs."""
    java("sample for Java")
    return jars("examples-java", EXAMPLES / "java/pom.xml")


def node_sample() -> object:
    """What the sample for Node needs."""
    node("sample for Node")
    return node_modules("examples-node", EXAMPLES / "node/package.json")


SERVERS: dict[str, Callable[[], object]] = {
    "Valkey": valkey_program,
    "Apache Kafka": kafka,
    "PostgreSQL": postgres_programs,
    "Prometheus": lambda: (program("prometheus"), program("promtool")),
    CONNECT: connect,
    REGISTRY: registry,
    "Strimzi's classes": strimzi,
    "sample for Java": java_sample,
    "sample for Node": node_sample,
}


def main() -> None:
    """One line a server."""
    for name, find in SERVERS.items():
        try:
            find()
        except ServerUnavailable as missing:
            print(f"{name}: not here; tests that need it are skipped. To run them: {missing.remedy}")  # noqa: T201  (a command's output)
        else:
            print(f"{name}: ready")  # noqa: T201  (a command's output)


if __name__ == "__main__":
    main()
