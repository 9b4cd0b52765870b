"""Kafka closed as shipped: every principal does what topics.yaml says it does and is refused everything else, on a real broker."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from demo.servers.process import free_ports
from demo.servers.valkey import ValkeyServer
from demo.stack import SEAL_KEY
from schemas.acls import STAGES, TRANSACTIONAL, acls
from schemas.errors import Code
from schemas.feed_file import load_feeds
from schemas.look_ups import Asker
from schemas.mending import MendingDownError
from schemas.roles import Role
from schemas.topics import FEED_PLACE, TARGET_PLACE, feed_topic_name, load_topics, quality_topic, wanted
from schemas.wire import Reader
from streams.audit import KafkaAudit
from streams.engine.broadcast import Broadcast
from streams.engine.errors import EndsProcessError
from streams.mending import mending_port
from streams.settings import load_settings
from streams.topics import create_missing, declared, differences
from tests.servers.secure_kafka import ADMIN, SecureKafka, secure_kafka
from tests.streams.engine.lab import wait_for

ROOT = Path(__file__).parents[2]
FEEDS = load_feeds()
RIGHTS = acls(FEEDS.values())
ROLES = sorted({one.role for one in RIGHTS})
PARTITIONS = 2
SECONDS = 120.0
CONNECT_TOPIC = "canbao.connect.status"
MATRIX = b"matrix"
FOREIGN = "other.topic"
TARGET = "city"
TARGET_TOPIC = f"canbao.deliver.{TARGET}-changelog"
GROUPS = {f"canbao-{role}-x": {role} for role in STAGES} | {
    "canbao-downstream-x": {"downstream"},
    "canbao-connect": {"connect"},
    "canbao-department-police-x": {"department-police"},
    "canbao-department-tax-x": {"department-tax"},
    "canbao-department-taxation-x": set(),
    "canbao-reader": {"cli", "page", "auditor", "re-identification", "replay"},
}
IDS = {role: f"canbao-{role}-x" for role in TRANSACTIONAL} | {"connect": "canbao-connect-x"}
pytestmark = pytest.mark.kafka


def expected(operation: str) -> dict[str, set[str]]:
    """Topic → roles, from the list of topics and the feeds' files: of a feed's topics its own department, Connect where it captures."""
    found: dict[str, set[str]] = {FOREIGN: set(), CONNECT_TOPIC: {"connect"}}
    for topic in load_topics():
        if topic.status == "IN_USE":
            name = topic.name.replace(TARGET_PLACE, TARGET)
            roles = set(topic.consumers if operation == "Read" else topic.producers)
            if FEED_PLACE not in name:
                found[name] = roles
                continue
            for feed in FEEDS.values():
                absent = set() if feed.wire.startswith("debezium") else {"connect"}
                found[feed_topic_name(topic, feed)] = {
                    f"department-{feed.principal}" if role == "department" else role for role in roles - absent
                }
    return found


TOPICS = sorted(expected("Read"))


@pytest.fixture(scope="module")
def kafka(server_folder: Path) -> Iterator[SecureKafka]:
    """The broker with all topics, made by the operator; two that are not canbao's, made by its owner."""
    with secure_kafka(server_folder / "secure-kafka", ROLES) as broker:
        settings = load_settings({**broker.environment("operator"), "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS)})
        create_missing(settings, declared(settings))
        admin = AdminClient(broker.client(ADMIN))
        for made in admin.create_topics([NewTopic(name, 1) for name in (FOREIGN, CONNECT_TOPIC, TARGET_TOPIC)]).values():
            made.result(30)
        wait_for(lambda: len(differences(settings, declared(settings))) == 0, SECONDS, lambda: "topics do not appear")
        yield broker


def readable(kafka: SecureKafka, role: str) -> dict[str, bool]:
    """Which topics a role can fetch from. A topic that it may not even describe is refused by name; of the others each partition answers."""
    consumer = Consumer({**kafka.client(role), "group.id": "canbao-reader", "enable.partition.eof": True, "enable.auto.commit": False})
    known = {name: consumer.list_topics(name, timeout=30).topics[name].error for name in TOPICS}
    found = {name: False for name, error in known.items() if error is not None and error.name() == "TOPIC_AUTHORIZATION_FAILED"}
    consumer.assign([TopicPartition(name, 0, 0) for name in TOPICS if name not in found])
    deadline = time.monotonic() + SECONDS
    while len(found) < len(TOPICS) and time.monotonic() < deadline:
        for message in consumer.consume(100, 0.2):
            error = message.error()
            if error is None or error.name() == "_PARTITION_EOF":
                found[str(message.topic())] = True
            elif error.name() == "TOPIC_AUTHORIZATION_FAILED":
                found[str(message.topic())] = False
    consumer.close()
    return found


def writable(kafka: SecureKafka, role: str) -> dict[str, bool]:
    """Which topics take a record of a role."""
    found: dict[str, bool] = {}
    producer = Producer({**kafka.client(role), "message.timeout.ms": int(SECONDS * 1000)})

    def told(error: KafkaError | None, message: Message) -> None:
        assert error is None or error.name() == "TOPIC_AUTHORIZATION_FAILED", error
        found[str(message.topic())] = error is None

    for name in TOPICS:
        producer.produce(name, None, MATRIX, partition=0, on_delivery=told)
    assert producer.flush(SECONDS) == 0
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_and_writes_its_topics_and_no_other(kafka: SecureKafka, role: str) -> None:
    """One row of the matrix: role x topic x (Read, Write)."""
    assert readable(kafka, role) == {name: role in roles for name, roles in expected("Read").items()}
    assert writable(kafka, role) == {name: role in roles for name, roles in expected("Write").items()}


def refused(action: Any) -> bool:
    """Whether a call is refused for want of a right; any other error fails the test."""
    try:
        action()
    except KafkaException as error:
        name = error.args[0].name()
        assert name.endswith("_AUTHORIZATION_FAILED"), name
        return True
    return False


def begins_transactions(kafka: SecureKafka, role: str, name: str) -> bool:
    """Whether a role may use a transactional id."""
    producer = Producer({**kafka.client(role), "transactional.id": name})
    return not refused(lambda: producer.init_transactions(30))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_its_own_groups_and_transactions_and_creates_nothing(kafka: SecureKafka, role: str) -> None:
    """Groups, transactional ids and the making of topics, role x name."""
    admin = AdminClient(kafka.client(role))
    for group, members in GROUPS.items():
        asked = [ConsumerGroupTopicPartitions(group)]
        denied = refused(lambda asked=asked: next(iter(admin.list_consumer_group_offsets(asked).values())).result(30))
        assert denied is (role not in members), (role, group)
    begins = partial(begins_transactions, kafka, role)
    with ThreadPoolExecutor(len(IDS)) as pool:  # each waits for its coordinator, so they are asked at once
        assert dict(zip(IDS, pool.map(begins, IDS.values()), strict=True)) == {owner: owner == role for owner in IDS}
    for name, makers in {"canbao.new": {"operator"}, "canbao.connect.new": {"operator", "connect"}, "other.new": set[str]()}.items():
        new = NewTopic(f"{name}-{role}", 1)
        assert refused(lambda new=new: next(iter(admin.create_topics([new]).values())).result(30)) is (role not in makers), (role, name)


def test_strangers_are_turned_away(kafka: SecureKafka) -> None:
    """No password, a wrong one, a name that does not exist, or no TLS: nothing is answered."""
    wrong = kafka.client("people") | {"sasl.password": "guessed"}
    nobody = kafka.client("people") | {"sasl.username": "nobody"}
    unnamed = {"bootstrap.servers": kafka.bootstrap, "security.protocol": "SSL", "ssl.ca.location": str(kafka.authority), "log_level": 0}
    plain = {"bootstrap.servers": kafka.bootstrap, "log_level": 0}
    clients: list[dict[str, Any]] = [wrong, nobody, unnamed, plain]

    def asks(client: dict[str, Any]) -> None:
        with pytest.raises(KafkaException):
            AdminClient(client).list_topics(timeout=3.0)

    with ThreadPoolExecutor(len(clients)) as pool:
        assert list(pool.map(asks, clients)) == [None] * len(clients)


def test_a_broadcast_topic_that_may_not_be_read_ends_the_worker(kafka: SecureKafka) -> None:
    """Asked again each second it would be silent for ever; the right does not come by waiting."""
    reader = Consumer({**kafka.client("people"), "group.id": "canbao-people-broadcast"})
    broadcast = Broadcast(reader, {FOREIGN: 1}, SECONDS)
    with pytest.raises(EndsProcessError, match=f"broadcast topic {FOREIGN}: .*or may not be described"):
        broadcast.load(lambda: True)
    broadcast.close()


def test_the_matrix_is_whole() -> None:
    """Every role of the list is a principal that was checked, against every topic in use and two that are not canbao's."""
    named = {role for operation in ("Read", "Write") for roles in expected(operation).values() for role in roles}
    assert named <= set(ROLES)
    assert set(TOPICS) == {one.name for one in wanted(PARTITIONS, FEEDS.values())} | {CONNECT_TOPIC, FOREIGN, TARGET_TOPIC}
    cells = len(ROLES) * (2 * len(TOPICS) + len(GROUPS) + len(IDS) + 3)
    assert cells > 500, cells


@pytest.fixture
def workers(kafka: SecureKafka, valkey: ValkeyServer, tmp_path: Path) -> Iterator[dict[str, int]]:
    """Real workers, each as its own principal; name → port."""
    roles = {"intake": "intake:household", "people": "people", "deliver": "deliver:redis", "desk": "desk"}
    ports = dict(zip(roles, free_ports(len(roles)), strict=True))
    running = []
    for name, role in roles.items():
        environment = {
            **kafka.environment(name),
            "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS),
            "CANBAO_REDIS_URL": valkey.url,
            "CANBAO_STATE_FOLDER": str(tmp_path / name),
            "CANBAO_METRICS_HOST": "127.0.0.1",
            "CANBAO_METRICS_PORT": str(ports[name]),
            "CANBAO_PEPPER": "p" * 40,
            "CANBAO_SEAL_KEY": SEAL_KEY,
        }
        command = [sys.executable, "-m", "streams.cli.main", "worker", role]
        with (tmp_path / f"{name}.log").open("wb") as out:
            running.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=out, stderr=out))
    try:
        yield ports
        for process in running:
            process.terminate()
        for process in running:
            assert process.wait(90) == 0, [log.read_text()[-1500:] for log in tmp_path.glob("*.log")]
    finally:
        for process in running:
            process.kill()
            process.wait()


def says(said: Callable[[], str], pattern: str) -> bool:
    """Whether a command's output has a text."""
    return bool(re.search(pattern, said()))


def ready(port: int) -> bool:
    """Whether a worker serves partitions."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            said = json.load(answer)
    except OSError:
        return False
    return bool(said["partitions"])


def test_workers_and_commands_do_their_work_with_these_rights(kafka: SecureKafka, workers: dict[str, int]) -> None:
    """Workers get ready and process; an unusable record of the department becomes a dead letter that the command line lists."""
    for name, port in workers.items():
        wait_for(partial(ready, port), SECONDS, partial("{} is not ready".format, name))
    department = Producer(kafka.client("department-police"))
    department.produce("canbao.feed.household", b"not a record", b"key")
    assert department.flush(30) == 0
    for role, command, wanted_text in (
        ("cli", ["dlq", "list", "--feed", "household"], r"household CB-\d+ \w+: \d+"),
        ("cli", ["feed", "resume", "household"], "household: "),
        ("cli", ["alerts", "tail", "--all", "--once"], ""),
        ("operator", ["topics", "diff"], "the cluster is as declared"),
    ):
        environment = {**os.environ, **kafka.environment(role), "CANBAO_SEAL_KEY": SEAL_KEY, "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS)}

        def said(command: list[str] = command, environment: dict[str, str] = environment) -> str:
            run = [sys.executable, "-m", "streams.cli.main", *command]
            done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
            return done.stdout

        wait_for(partial(says, said, wanted_text), SECONDS, said)
    _mended(kafka)
    _told(kafka)


def _mended(kafka: SecureKafka) -> None:
    """The workbench sends the dead letter back as `replay`, writing it down as `page`; as `page` alone it sees none."""
    login = kafka.environment("replay")
    asked = {"CANBAO_WEB_REPLAY": "true", "CANBAO_SEAL_KEY": SEAL_KEY, **kafka.environment("page")}
    own = load_settings(asked)
    settings = load_settings(
        {
            **asked,
            "CANBAO_WEB_REPLAY_USERNAME": login["CANBAO_KAFKA_SASL_USERNAME"],
            "CANBAO_WEB_REPLAY_PASSWORD": login["CANBAO_KAFKA_SASL_PASSWORD"],
        }
    )
    with KafkaAudit(own, "page-0") as audit:
        lacking, port = mending_port(own, audit), mending_port(settings, audit)
        assert lacking
        assert port
        with pytest.raises(MendingDownError):
            lacking.mendable()
        (letters,) = (one for one in port.mendable().letters if one.feed == "household")
        asker = Asker(actor="li", role=Role.OPERATOR, reason="CHECKED T-2026-17")
        assert port.replay(asker, letters.feed, letters.code, letters.through) == letters.count
        assert port.resume(asker, "household") is False


def _told(kafka: SecureKafka) -> None:
    """The department reads what it is told of its records, in a group of its own; another department is refused it."""
    reader = Reader("data_quality")
    told = [reader.decode(value) for value in _heard(kafka, "department-police", quality_topic("household")) if value != MATRIX]
    assert {one["topic"] for one in told} == {"canbao.feed.household"}
    assert Code.NOT_DECODABLE in {one["code"] for one in told}
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        _heard(kafka, "department-tax", quality_topic("household"))


def _heard(kafka: SecureKafka, role: str, topic: str) -> list[bytes]:
    """What a member of the role's group gets from a topic until its end; KafkaException where it is refused."""
    group = {"group.id": f"canbao-{role}-inbox", "auto.offset.reset": "earliest", "isolation.level": "read_committed"}
    consumer = Consumer({**kafka.client(role), **group, "enable.partition.eof": True, "enable.auto.commit": False})
    consumer.subscribe([topic])
    found, deadline = list[bytes](), time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            error = message and message.error()
            if error and error.name() == "_PARTITION_EOF":
                consumer.commit(asynchronous=False)
                return found
            if error:
                raise KafkaException(error)
            if message:
                found.append(message.value() or b"")
    finally:
        consumer.close()
    pytest.fail(f"{topic}: no end within {SECONDS} s")
