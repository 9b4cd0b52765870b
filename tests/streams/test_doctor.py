"""`canbao doctor` on a real broker and a real Redis: a healthy installation is OK, every planted fault is named with its remedy."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AclBinding, AclBindingFilter, AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner

from demo.servers.valkey import ValkeyServer
from processors.person.state import HEAD
from processors.world_rows import WORLD_KEY
from schemas.acls import acls
from schemas.feed_file import load_feeds
from schemas.policy import load_policy
from schemas.topics import ALERTS, DEAD_LETTERS, EVENTS, PEOPLE_CHANGELOG
from sinks.metrics import Metrics
from streams.cli.main import app
from streams.doctor import kafka as brokers
from streams.doctor import local, redis, registry, rights, workers
from streams.doctor.finding import Finding, State
from streams.embedded_broker import EmbeddedBroker
from streams.engine.health import HealthReport, Phase
from streams.health import serve
from streams.python_build import Build, build_of
from streams.registry import RegistryDownError
from streams.rights import binding
from streams.settings import Settings, load_settings
from streams.topics import create_missing, declared, differences
from tests.servers.fixtures import Broker
from tests.servers.secure_kafka import ADMIN, SecureKafka, secure_kafka
from tests.streams.engine.lab import wait_for

FEEDS = load_feeds()
RIGHTS = acls(FEEDS.values())
ROLES = sorted({one.role for one in RIGHTS})
PARTITIONS = 2
SECONDS = 60.0


def states(found: list[Finding], place: str) -> set[State]:
    """What was found at one place."""
    return {one.state for one in found if one.place == place}


def wrong(found: list[Finding]) -> str:
    """Everything wrong, as text; each must name a remedy."""
    lines = [one for one in found if one.state is State.WRONG]
    assert all(one.remedy for one in lines)
    return "\n".join(f"{one.place}: {one.what}" for one in lines)


@pytest.fixture(scope="module")
def cluster(server_folder: Path) -> Iterator[SecureKafka]:
    """A closed broker with everything in place."""
    with secure_kafka(server_folder / "doctor-kafka", ROLES) as broker:
        settings = settings_of(broker, "operator")
        create_missing(settings, declared(settings))
        wait_for(lambda: not differences(settings, declared(settings)), SECONDS, lambda: "topics do not appear")
        yield broker


def settings_of(cluster: SecureKafka, role: str, **given: str) -> Settings:
    """The settings of a role."""
    return load_settings({**cluster.environment(role), "CANBAO_EVENTS_PARTITIONS": str(PARTITIONS), **given})


def person_row(cluster: SecureKafka, version: int) -> None:
    """A state row of a person whose key was made under a pepper version, and one that is about no person; only people may write them."""
    producer = Producer(cluster.client("people"))
    producer.produce(PEOPLE_CHANGELOG, b"row", HEAD + bytes([version]) + bytes(16), partition=0)
    producer.produce(PEOPLE_CHANGELOG, b"row", WORLD_KEY + bytes(16), partition=0)
    assert producer.flush(30) == 0


@pytest.mark.kafka
class TestKafka:
    """Faults planted on a real broker, in the order of the file: the healthy cluster comes first."""

    def test_a_healthy_cluster_is_ok(self, cluster: SecureKafka) -> None:
        """The operator sees brokers, topics, rights and clock; the command line sees the pepper version."""
        person_row(cluster, 1)
        found = [*brokers.check(settings_of(cluster, "operator")), *rights.check(settings_of(cluster, "operator"))]
        assert wrong(found) == ""
        for place in ("Kafka", "broker settings", "topics", "rights", "clock"):
            assert states(found, place) == {State.OK}, place
        assert states(brokers.check(settings_of(cluster, "cli")), "pepper version") == {State.OK}

    def test_what_a_principal_may_not_see_is_said(self, cluster: SecureKafka) -> None:
        """The command line may not read rights, and is told which right that needs."""
        (found,) = rights.check(settings_of(cluster, "cli"))
        assert (found.state, "operator" in found.remedy) == (State.UNSEEN, True)

    def test_another_pepper_version(self, cluster: SecureKafka) -> None:
        """Keys of the state say version 1, the settings 2."""
        found = brokers.check(settings_of(cluster, "cli", CANBAO_PEPPER_VERSION="2"))
        assert "pepper version: keys were made under version 1, CANBAO_PEPPER_VERSION=2" in wrong(found)

    def test_a_wrong_clock(self, cluster: SecureKafka) -> None:
        """Nine seconds ahead of the broker, or behind it."""
        settings = settings_of(cluster, "operator")
        assert "9.0 s ahead of the broker" in wrong(brokers.check(settings, lambda: time.time() + 9))
        assert "9.0 s behind the broker" in wrong(brokers.check(settings, lambda: time.time() - 9))

    def test_topics_that_differ(self, cluster: SecureKafka) -> None:
        """One is missing, one has another partition count, one another setting."""
        admin = AdminClient(cluster.client(ADMIN))
        for done in admin.delete_topics([DEAD_LETTERS, EVENTS]).values():
            done.result(30)
        wait_for(lambda: EVENTS not in admin.list_topics(timeout=10).topics, SECONDS, lambda: "topics stay")
        admin.create_topics([NewTopic(EVENTS, 5, config={"retention.ms": "2592000000"})])[EVENTS].result(30)
        alter = ConfigResource(ResourceType.TOPIC, ALERTS)
        alter.add_incremental_config(ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET))
        for done in admin.incremental_alter_configs([alter]).values():
            done.result(30)
        settings = settings_of(cluster, "operator")
        wait_for(
            lambda: "policy is delete" in wrong(brokers.check(settings)), SECONDS, lambda: wrong(brokers.check(settings))
        )  # the last change
        said = wrong(brokers.check(settings))
        assert f"{DEAD_LETTERS}: is missing" in said
        assert f"{EVENTS}: 5 partitions, declared {PARTITIONS}" in said
        assert f"{ALERTS}: cleanup.policy is delete, declared compact" in said

    def test_rights_that_differ(self, cluster: SecureKafka) -> None:
        """One right is gone, one is too much, one topic is open to everybody."""
        admin = AdminClient(cluster.client(ADMIN))
        gone = next(binding(one) for one in RIGHTS if (one.role, one.name, one.operation) == ("people", ALERTS, "Write"))
        for done in admin.delete_acls([as_filter(gone)]).values():
            done.result(30)
        much = next(binding(one) for one in RIGHTS if (one.role, one.name, one.operation) == ("people", ALERTS, "Write"))
        much.principal = "User:canbao-page"
        everybody = binding(next(one for one in RIGHTS if (one.name, one.operation) == ("canbao.identities", "Read")))
        everybody.principal = "User:*"
        for done in admin.create_acls([much, everybody]).values():
            done.result(30)
        settings = settings_of(cluster, "operator")
        wait_for(lambda: wrong(rights.check(settings)).count("\n") >= 2, SECONDS, lambda: wrong(rights.check(settings)))
        said = wrong(rights.check(settings))
        assert f"missing: --add --allow-principal User:canbao-people --operation Write --topic {ALERTS}" in said
        assert f"too much: --add --allow-principal User:canbao-page --operation Write --topic {ALERTS}" in said
        assert "everybody may use canbao.identities" in said

    def test_more_copies_than_brokers(self, cluster: SecureKafka) -> None:
        """A replication factor that cannot be had."""
        assert "CANBAO_REPLICATION_FACTOR=3" in wrong(brokers.check(settings_of(cluster, "operator", CANBAO_REPLICATION_FACTOR="3")))

    def test_the_command_ends_with_1_and_a_table(self, cluster: SecureKafka, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a person at the terminal gets."""
        for name, value in {**cluster.environment("operator"), "CANBAO_REDIS_URL": valkey.url, "COLUMNS": "200"}.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(app, ["doctor", "--wrong"])
        assert done.exit_code == 1, done.output
        assert "canbao topics create" in done.output
        assert "WRONG" in done.output


def as_filter(one: AclBinding) -> AclBindingFilter:
    """The filter that names exactly this right."""
    return AclBindingFilter(one.restype, one.name, one.resource_pattern_type, one.principal, one.host, one.operation, one.permission_type)


@pytest.mark.kafka
def test_brokers_without_an_authorizer(kafka: Broker) -> None:
    """Everybody reads everything there: said, with the file that closes it."""
    (found,) = rights.check(load_settings({"CANBAO_KAFKA_BOOTSTRAP": kafka.bootstrap}))
    assert (found.state, "deploy/kafka/server.properties" in found.remedy) == (State.ADVICE, True)


def test_the_demos_broker_is_not_called_wrong() -> None:
    """It knows no settings, rights or clock: said once, and nothing waits for an answer that cannot come."""
    broker = EmbeddedBroker()
    try:
        settings = load_settings({"CANBAO_KAFKA_BOOTSTRAP": broker.bootstrap, "CANBAO_KAFKA_EMBEDDED": "true"})
        found = [*brokers.check(settings), *rights.check(settings)]
    finally:
        broker.stop()
    assert wrong(found) == ""
    assert states(found, "Kafka") == {State.UNSEEN}
    assert states(found, "clock") | states(found, "topics") | states(found, "rights") == set()


def test_brokers_that_do_not_answer() -> None:
    """One finding with the settings to compare."""
    found = brokers.check(load_settings({"CANBAO_KAFKA_BOOTSTRAP": "127.0.0.1:9"}))
    assert len(found) == 1
    assert "CANBAO_KAFKA_CA_FILE" in found[0].remedy


def test_what_this_machine_tells(tmp_path: Path) -> None:
    """A policy that is none, a folder that is missing, secrets that are not given here."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy/death.yaml").write_text("entries: 7\n")
    found = local.check(load_settings({"CANBAO_POLICY_FOLDER": str(tmp_path / "policy"), "CANBAO_STATE_FOLDER": "/none"}))
    assert {one.place for one in found if one.state is State.WRONG} == {"policy"}
    for place in ("disk", "pepper", "seal key"):
        assert states(found, place) == {State.UNSEEN}
    good = load_settings({"CANBAO_PEPPER": "p" * 32, "CANBAO_SEAL_KEY": "ab" * 32, "CANBAO_STATE_FOLDER": str(tmp_path)})
    assert wrong([one for one in local.check(good) if one.place not in {"disk", "working days"}]) == ""


@pytest.mark.parametrize(
    ("arguments", "prefix", "build", "state"),
    [
        ("'--prefix=/opt/python' '--enable-shared'", "/opt/python", Build.PLAIN, State.ADVICE),
        ("'--enable-optimizations' '--with-lto'", "/usr/local", Build.OPTIMISED, State.OK),
        ("'--enable-shared' '--prefix=/usr'", "/usr", Build.DISTRIBUTION, State.OK),
        (None, "/opt/python", Build.PLAIN, State.ADVICE),
    ],
)
def test_a_python_that_was_not_built_for_speed_is_named(arguments: str | None, prefix: str, build: Build, state: State) -> None:
    """Debian's Python says nothing of its optimisation: it is known by where it is."""
    assert build_of(arguments, prefix) is build
    assert local.interpreter(build).state is state


@pytest.mark.parametrize(
    ("today", "state", "says"),
    [
        ("2026-11-30", State.OK, "2026"),
        ("2026-12-01", State.ADVICE, "2027 is missing"),
        ("2025-12-31", State.OK, "2025"),
        ("2027-01-04", State.WRONG, "2027 is missing"),  # the statutory days alone are no notice
        ("2028-01-03", State.WRONG, "2028 is missing"),
    ],
)
def test_the_holiday_notice_is_asked_for_in_time(today: str, state: State, says: str) -> None:
    """A provisional year counts as missing: advice from December before, wrong once the year has begun."""
    found = local.calendar(load_policy(), dt.date.fromisoformat(today))
    assert found.state is state
    assert says in found.what


@pytest.mark.redis
def test_a_redis_that_forgets_and_one_that_is_away(server_folder: Path) -> None:
    """Wrong eviction, no persistence, open to all; then nobody there, then a wrong password."""
    with ValkeyServer(server_folder / "doctor-valkey", {"maxmemory-policy": "allkeys-lru", "appendonly": "no"}).start() as server:
        found = redis.check(load_settings({"CANBAO_REDIS_URL": server.url}))
        assert "maxmemory-policy is allkeys-lru" in wrong(found)
        assert "appendonly is no" in wrong(found)
        assert states(found, "Redis account") == {State.ADVICE}
        refused = redis.check(load_settings({"CANBAO_REDIS_URL": server.url.replace("//", "//nobody:guessed@")}))
        assert "AuthenticationError" in wrong(refused)
        url = server.url
    assert "does not answer" in wrong(redis.check(load_settings({"CANBAO_REDIS_URL": url})))


def test_workers_that_differ(tmp_path: Path) -> None:
    """Not ready, another policy, a clock that is wrong; and one that nobody serves."""
    from schemas import metrics as m  # noqa: PLC0415 - beside its one use

    metrics = Metrics()
    metrics.set(m.BUILD_INFO, 1, version="1", policy="another", role="people")
    settings = load_settings({"CANBAO_METRICS_HOST": "127.0.0.1", "CANBAO_METRICS_PORT": "0", "CANBAO_STATE_FOLDER": str(tmp_path)})
    server = serve(settings, metrics, lambda: HealthReport(Phase.STARTING, live=True, ready=False, age_seconds=0.0, reason=""))
    said = wrong(workers.check(settings, [f"127.0.0.1:{server.address[1]}"]))
    server.close()
    assert "is not ready" in said
    assert "judges by policy another" in said
    assert "does not answer" in wrong(workers.check(settings, [f"127.0.0.1:{server.address[1]}"]))


def test_a_registry_that_is_not_there() -> None:
    """None configured is fine; one that does not answer is wrong (what it may answer is in tests/streams/test_registry_live.py)."""
    assert wrong(registry.check(load_settings({}))) == ""
    assert "does not answer" in wrong(registry.check(load_settings({"CANBAO_REGISTRY_URL": "http://127.0.0.1:9"})))


def test_a_check_that_fails_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row has the code, kind and place, never the message; what else was found is shown, and the exit status is 1."""
    monkeypatch.setenv("CANBAO_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("CANBAO_REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("COLUMNS", "250")

    def fails(*_given: object) -> list[Finding]:
        raise KeyError("370100197001011234")

    def hangs(*_given: object) -> list[Finding]:
        raise RegistryDownError("HTTP 503")

    monkeypatch.setattr(rights, "check", fails)
    monkeypatch.setattr(registry, "check", hangs)
    monkeypatch.setattr(local, "_disk", fails)
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1, done.output
    rows: dict[str, str] = {}
    for line in done.output.splitlines():
        place, _, _ = line.partition("│")[2].partition("│")
        rows[place.strip()] = rows.get(place.strip(), "") + line
    for place in ("rights", "disk"):
        assert "CB-790: this check ended early: KeyError at" in rows[place]
    assert "CB-711: this check ended early: Schema Registry (CANBAO_REGISTRY_URL): HTTP 503" in rows["registry"]
    others = {"policy": "hash ", "python": "build", "Kafka": "does not answer", "Redis": "does not answer", "workers": "none was named"}
    for place, says in others.items():
        assert says in rows[place]
    assert "370100197001011234" not in done.output


def test_a_worker_that_answers_nonsense_is_one_finding() -> None:
    """Something else listens at that address; the next worker is asked all the same."""

    class Nonsense(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{this is} no metric\n")

        def log_message(self, *_given: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    found = workers.check(load_settings({}), [address, "127.0.0.1:9"])
    server.shutdown()
    server.server_close()
    assert [one.place for one in found if "CB-790" in one.what] == [f"worker {address}"]
    assert "worker 127.0.0.1:9: does not answer" in wrong(found)
