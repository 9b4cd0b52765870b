"""查号: who may, on what grounds, what is written down, and that a number is nowhere but on the one page."""

import re
import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
import redis
from confluent_kafka import Producer

from demo.pepper import PEPPER
from demo.servers.valkey import ValkeyServer
from schemas.audit import AuditDownError, Deed
from schemas.look_ups import APPROVER_ROLES, LOOK_UP_ROLES, Asker, BulkPending, Identity, LookUp, VaultDownError
from schemas.restrictions import Restriction
from schemas.restrictions import encode as encode_restriction
from schemas.roles import Role
from schemas.topics import IDENTITIES, IDENTITY_KEYS, RESTRICTIONS
from sinks.web.pages import lookup
from sinks.web.rights import RIGHTS, Right
from streams.audit import KafkaAudit
from streams.audit_reading import check_topic, read_audit
from streams.engine.partitioner import partition_of
from streams.settings import Settings, SettingsError, load_settings
from streams.topics import create_missing, declared
from streams.vault.envelopes import envelopes_of
from streams.vault.port import vault_port
from tests.schemas.samples import person_key, sample_alert
from tests.servers.fixtures import Broker
from tests.web.recorded import RecordedVault
from tests.web.serving import Kept, Workbench, serving

pytestmark = pytest.mark.redis
NUMBER, NAME = "379999194811200016", "王建国"
WANG = Identity("CITIZEN", "CHN", NUMBER, NAME)
ALERT = sample_alert(4_701, level="ALERT", handling_division=370117)
OWN = ALERT.person_key
CASE = ALERT.case_id.hex()
OTHERS = [role for role, rights in RIGHTS.items() if rights and role not in LOOK_UP_ROLES]


@pytest.fixture(scope="module")
def vault() -> RecordedVault:
    """One identity."""
    return RecordedVault({OWN: WANG})


@pytest.fixture(scope="module")
def asked(desk_valkey: ValkeyServer, vault: RecordedVault) -> Iterator[Workbench]:
    """A workbench with that vault and the person's alert."""
    with serving(desk_valkey.url, vault=vault, per_hour=1_000) as running:
        running.write(ALERT)
        yield running


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send a form of the page."""
    csrf = client.get("/api/v1/session").json()["csrf"]
    return client.post(path, data={"csrf": csrf, **fields})


def shown(text: str, name: str) -> str:
    """What stands in an element."""
    found = re.search(rf'id="{name}"[^>]*>([^<]*)<', text)
    return found[1] if found else ""


def test_the_roles_of_page_and_vault_are_the_same() -> None:
    """Who sees the page is whom the vault answers."""
    assert {role for role, rights in RIGHTS.items() if Right.LOOK_UP in rights} == LOOK_UP_ROLES
    assert {role for role, rights in RIGHTS.items() if Right.APPROVE in rights} == APPROVER_ROLES
    assert {role for role, rights in RIGHTS.items() if Right.BULK in rights} == LOOK_UP_ROLES | APPROVER_ROLES


@pytest.mark.parametrize("role", sorted(LOOK_UP_ROLES))
def test_the_case_names_its_person_once_and_nowhere_else(asked: Workbench, vault: RecordedVault, role: Role) -> None:
    """By case id: number and name on a page no cache keeps; the vault is told who asks and why; Redis, headers and addresses hold no number."""
    vault.asked.clear()
    with asked.enter(role, 370117) as client:
        assert f"/lookup?case={CASE}" in client.get(f"/cases/{CASE}").text
        assert CASE in client.get("/lookup", params={"case": CASE}).text
        answer = post(client, "/lookup/number", reason="VERIFY", reference=CASE)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (shown(answer.text, "number"), shown(answer.text, "name")) == (NUMBER, NAME)
    ((asker, person),) = vault.asked
    assert (asker.actor, asker.role, asker.division, asker.reason) == (f"demo-{role}", role, 370117, f"VERIFY {CASE}")
    assert (person, asker.source) == (OWN, "127.0.0.1")
    assert NUMBER not in f"{answer.url}{answer.headers}"
    assert not in_redis(asked.redis_url, NUMBER, NAME)


def in_redis(url: str, *texts: str) -> list[bytes]:
    """Keys that hold one of the texts, in name or value."""
    with redis.Redis.from_url(url) as client:
        kept = [(key, client.dump(key) or b"") for key in client.scan_iter(count=1_000)]
    return [key for key, value in kept if any(text.encode() in key + value for text in texts)]


def test_a_number_leads_to_the_key_and_the_divisions_cases(asked: Workbench, vault: RecordedVault) -> None:
    """The other direction: key, whether it is the case's person, links to the alerts that the user sees; the number is not shown again."""
    vault.asked.clear()
    with asked.enter("steward", 370117) as client:
        answer = post(client, "/lookup/key", reason="CONTACT", reference=ALERT.alert_id.hex(), number=NUMBER)
        elsewhere = sample_alert(4_702, level="ALERT", handling_division=370117)
        asked.write(elsewhere)
        other = post(client, "/lookup/key", reason="CONTACT", reference=elsewhere.case_id.hex(), number=NUMBER)
    assert (shown(answer.text, "key"), shown(answer.text, "same")) == (OWN.hex(), "与个案人员一致")
    assert f'href="/cases/{CASE}"' in answer.text
    assert shown(other.text, "same") == "与个案人员不一致"
    assert NUMBER not in answer.text + str(answer.url)
    assert [what for _, what in vault.asked] == [NUMBER, NUMBER]
    with asked.enter("steward", 370112) as client:
        far = post(client, "/lookup/key", reason="SUBJECT_REQUEST", reference="受理〔2026〕17号", number=NUMBER)
    assert shown(far.text, "key") == OWN.hex()
    assert CASE not in far.text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"reference": CASE}, 422, "请选择事由"),
        ({"reason": "CURIOUS", "reference": CASE}, 422, "请选择事由"),
        ({"reason": "VERIFY"}, 422, "编号不符合要求"),
        ({"reason": "VERIFY", "reference": "0" * 32}, 404, "没有这个个案"),
        ({"reason": "INCIDENT", "reference": NUMBER, "key": OWN.hex()}, 422, "编号不符合要求"),
        ({"reason": "INCIDENT", "reference": f"案{NUMBER}", "key": OWN.hex()}, 422, "编号不符合要求"),
        ({"reason": "INCIDENT", "reference": "INC-4"}, 422, "请填写人员标识"),
        ({"reason": "INCIDENT", "reference": "INC-4", "key": NUMBER}, 422, "请填写人员标识"),
        ({"reason": "VERIFY", "reference": CASE, "key": person_key(9).hex()}, 422, "不是这个个案的当事人"),
    ],
)
def test_without_grounds_the_vault_is_not_asked(
    asked: Workbench, vault: RecordedVault, fields: dict[str, str], status: int, said: str
) -> None:
    """No reason, no case, another person's key, a number as the file: refused in words, written down, nothing typed in is repeated."""
    vault.asked.clear()
    with asked.enter("supervisor", 370117) as client:
        answer = post(client, "/lookup/number", **fields)
    assert (answer.status_code, vault.asked) == (status, [])
    assert said in shown(answer.text, "answer")
    assert asked.audit.entries[-1].deed is Deed.LOOK_UP_REFUSED
    assert NUMBER not in answer.text + repr(asked.audit.entries)


def test_another_divisions_case_names_nobody(asked: Workbench, vault: RecordedVault) -> None:
    """A supervisor of another county: like a case that does not exist."""
    vault.asked.clear()
    with asked.enter("supervisor", 370112) as client:
        answer = post(client, "/lookup/number", reason="VERIFY", reference=CASE)
    assert (answer.status_code, vault.asked) == (404, [])
    assert asked.audit.entries[-1].deed is Deed.LOOK_UP_REFUSED


@pytest.mark.parametrize("role", OTHERS)
def test_for_other_roles_there_is_no_such_page(asked: Workbench, vault: RecordedVault, role: Role) -> None:
    """404 by every way, written down, and no word of it in the menu."""
    vault.asked.clear()
    with asked.enter(role, 370100) as client:
        before = len(asked.audit.entries)
        answers = [client.get("/lookup"), *(client.post(f"/lookup/{way}", data={"reason": "VERIFY"}) for way in ("number", "key"))]
        assert 'href="/lookup"' not in client.get("/").text
    assert [answer.status_code for answer in answers] == [404] * 3
    assert asked.audit.deeds()[before : before + 3] == [Deed.READ_REFUSED] * 3
    assert not vault.asked


def test_a_forged_form_asks_nothing(asked: Workbench, vault: RecordedVault) -> None:
    """Without the session's token: 403."""
    vault.asked.clear()
    with asked.enter("steward", 370117) as client:
        answer = client.post("/lookup/number", data={"reason": "VERIFY", "reference": CASE})
    assert (answer.status_code, vault.asked) == (403, [])


def test_an_hour_has_so_many_look_ups(desk_valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third of two is refused in words and written down, refused ones counted; another user's hour is his own."""
    monkeypatch.setattr(lookup, "time", SimpleNamespace(time=lambda: 3_600.0, time_ns=time.time_ns))  # no hour ends while it runs
    port = RecordedVault({OWN: WANG})
    with redis.Redis.from_url(desk_valkey.url) as client:
        for key in client.scan_iter("canbao:web:look-ups:*"):
            client.delete(key)
    with serving(desk_valkey.url, vault=port, per_hour=2) as running:
        running.write(ALERT)
        with running.enter("supervisor", 370117) as client:
            statuses = [post(client, "/lookup/number", reason=reason, reference=CASE) for reason in ("", "VERIFY", "VERIFY")]
        with running.enter("steward", 370117) as client:
            other = post(client, "/lookup/number", reason="VERIFY", reference=CASE)
    assert [answer.status_code for answer in statuses] == [422, 200, 429]
    assert "本小时的查询次数已用完" in shown(statuses[-1].text, "answer")
    assert NUMBER not in statuses[-1].text
    assert other.status_code == 200
    with redis.Redis.from_url(desk_valkey.url) as client:
        assert {0 < client.ttl(key) <= 3_600 for key in client.scan_iter("canbao:web:look-ups:*")} == {True}


def test_a_workbench_without_a_vault_says_so(desk_valkey: ValkeyServer) -> None:
    """No form; a form of another workbench shows nothing."""
    with serving(desk_valkey.url) as running, running.enter("steward", 370117) as client:
        page, answer = client.get("/lookup").text, post(client, "/lookup/number", reason="VERIFY", reference=CASE)
    assert "没有接入身份库" in page
    assert "<form class=" not in page
    assert "没有接入身份库" in answer.text


@pytest.mark.parametrize(("fault", "said"), [(VaultDownError, "身份库暂时无法读取"), (AuditDownError, "审计记录暂时无法写入")])
def test_where_it_cannot_be_written_down_or_read_nothing_is_shown(desk_valkey: ValkeyServer, fault: type[Exception], said: str) -> None:
    """503 with the reason in words."""

    class Down(RecordedVault):
        def behind(self, asker: Asker, person: bytes) -> LookUp:
            raise fault

    with serving(desk_valkey.url, vault=Down(), per_hour=1_000) as running:
        running.write(ALERT)
        with running.enter("supervisor", 370117) as client:
            answer = post(client, "/lookup/number", reason="VERIFY", reference=CASE)
    assert answer.status_code == 503
    assert said in answer.text


def of_vault(broker: Broker) -> Settings:
    """A process that has the vault, on a cluster with all topics."""
    settings = load_settings(
        {
            "CANBAO_KAFKA_BOOTSTRAP": broker.bootstrap,
            "CANBAO_EVENTS_PARTITIONS": "2",
            "CANBAO_PEPPER": PEPPER,
            "CANBAO_VAULT_KEYS": "kek-1:" + "ab" * 32,
            "CANBAO_WEB_VAULT": "true",
        }
    )
    create_missing(settings, declared(settings))
    return settings


BULK = {"reason": "INCIDENT", "reference": "INC-4"}


@pytest.mark.kafka
def test_many_need_a_second_person(own_kafka: Broker, desk_valkey: ValkeyServer) -> None:
    """Asked, seen, approved by another, run once by who asked, over the real vault; every refusal stands in the audit topic."""
    settings = of_vault(own_kafka)
    keep(settings, OWN)
    with (
        KafkaAudit(settings, "page-0") as audit,
        serving(desk_valkey.url, vault=vault_port(settings, audit), per_hour=1_000) as running,
    ):
        with running.enter("supervisor", 370117) as asker, running.enter("auditor", 370117) as other:
            asked = post(asker, "/lookup/bulk/request", **BULK, keys=f"{OWN.hex()}\n{person_key(9).hex()}\n")
            name = {"request": shown(asked.text, "request")}
            listed, offered = (client.get("/lookup/bulk").text for client in (asker, other))
            reviewed = other.get("/lookup/bulk", params=name).text
            early, own = (post(asker, f"/lookup/bulk/{way}", **BULK, **name) for way in ("run", "approve"))
            seen = post(other, "/lookup/bulk/requested", **BULK, **name)
            approved = post(other, "/lookup/bulk/approve", **BULK, **name)
            standing = other.get("/lookup/bulk").text
            barred = post(other, "/lookup/bulk/run", **BULK, **name)
            done, again = (post(asker, "/lookup/bulk/run", **BULK, **name) for _ in range(2))
        with running.enter("auditor", 370100) as city, running.enter("auditor", 370102) as elsewhere:
            over, far = (client.get("/lookup/bulk").text for client in (city, elsewhere))
        with running.enter("steward", 370117) as steward:
            alone = post(steward, "/lookup/bulk/approve", **BULK, **name)
    link = f'href="/lookup/bulk?request={name["request"]}"'
    assert ("须由他人批准" in listed, link in listed, link in offered) == (True, False, True)
    assert ("已批准，待执行" in standing, link in standing) == (True, False)
    for text in (reviewed, seen.text):
        assert (shown(text, "asked-reason"), shown(text, "asked-count")) == ("信息安全事件通知　INC-4", "2")
    assert "没有待批准或待执行的申请" in over
    assert "没有待批准或待执行的申请" in far
    assert "已批准" in shown(approved.text, "answer")
    assert (barred.status_code, alone.status_code) == (404, 404)
    assert "已查到 1 人" in shown(done.text, "answer")
    assert NUMBER in done.text
    for refused in (early, own, again):
        assert "不能办理" in shown(refused.text, "answer")
        assert NUMBER not in refused.text
    deeds = [one.record.entry.deed for one in read_audit(settings, lambda _record: True, _nothing)]
    refusal = Deed.LOOK_UP_REFUSED
    assert deeds == [Deed.BULK_REQUESTED, refusal, refusal, Deed.BULK_APPROVED, Deed.IDENTITY_LOOKED_UP, refusal]
    assert not in_redis(desk_valkey.url, NUMBER, NAME)


def test_what_waits_is_listed_for_the_division(asked: Workbench) -> None:
    """A county sees its own requests, the city its counties' and the command line's; nobody may review his own or an approved one."""
    with asked.enter("supervisor", 370117) as county, asked.enter("supervisor", 370100) as city:
        own, all_ = (client.get("/lookup/bulk").text for client in (county, city))
        refused = city.get("/lookup/bulk", params={"request": "b" + "2" * 15}).text
    names = ["b" + digit * 15 for digit in "012"]
    assert [name in own for name in names] == [True, False, False]
    assert [name in all_ for name in names] == [True, True, True]
    assert [f"?request={name}" in all_ for name in names] == [True, False, False]
    assert "审计或监督检查　审〔2026〕9号" in all_
    assert "asked-reason" not in refused


def test_where_what_waits_cannot_be_read_the_page_says_so(desk_valkey: ValkeyServer) -> None:
    """The forms stay."""

    class Down(RecordedVault):
        def pending(self) -> list[BulkPending]:
            raise VaultDownError

    with serving(desk_valkey.url, vault=Down()) as running, running.enter("supervisor", 370117) as client:
        text = client.get("/lookup/bulk").text
    assert "申请记录暂时无法读取" in text
    assert 'action="/lookup/bulk/request"' in text


@pytest.mark.parametrize(
    ("way", "fields", "said"),
    [
        ("request", {**BULK, "keys": NUMBER}, "每行一个"),
        ("request", {**BULK, "keys": ""}, "每行一个"),
        ("request", {**BULK, "keys": "\n".join(person_key(number).hex() for number in range(201))}, "至多 200 个"),
        ("request", {"reason": "VERIFY", "reference": CASE, "keys": OWN.hex()}, "请选择事由"),
        ("run", {**BULK, "request": NUMBER}, "申请编号不符合要求"),
        ("requested", {**BULK, "request": "b" + "1" * 15}, "申请编号不符合要求"),
    ],
)
def test_a_bulk_form_that_lacks_something(asked: Workbench, vault: RecordedVault, way: str, fields: dict[str, str], said: str) -> None:
    """Refused in words, written down, nothing asked."""
    vault.asked.clear()
    with asked.enter("supervisor", 370117) as client:
        answer = post(client, f"/lookup/bulk/{way}", **fields)
    assert (answer.status_code, vault.asked) == (422, [])
    assert said in shown(answer.text, "answer")
    assert asked.audit.entries[-1].deed is Deed.LOOK_UP_REFUSED


@pytest.mark.kafka
def test_the_real_vault_answers_through_the_page(own_kafka: Broker, desk_valkey: ValkeyServer) -> None:
    """Real topics, keys and audit chain: number to key, key to number, nobody, a restricted person, no number; each stands in an unbroken chain."""
    settings = of_vault(own_kafka)
    with KafkaAudit(settings, "page-0") as audit:
        port = vault_port(settings, audit)
        assert port
        with serving(desk_valkey.url, vault=port, per_hour=1_000) as running, running.enter("steward", 370117) as client:
            key = shown(post(client, "/lookup/key", reason="INCIDENT", reference="INC-4", number=NUMBER).text, "key")
            person = bytes.fromhex(key)
            keep(settings, person)
            named = post(client, "/lookup/number", reason="INCIDENT", reference="INC-4", key=key)
            nobody = post(client, "/lookup/number", reason="INCIDENT", reference="INC-4", key=OWN.hex())
            wrong = post(client, "/lookup/key", reason="INCIDENT", reference="INC-4", number="379999194811200017")
            restrict(settings, person)
            hidden = post(client, "/lookup/number", reason="INCIDENT", reference="INC-4", key=key)
            assert running.audit.deeds()[-1] is Deed.LOOK_UP_REFUSED  # the number that is none has no person: the page writes it down
    assert (shown(named.text, "number"), shown(named.text, "name")) == (NUMBER, NAME)
    assert "身份库中没有此人" in nobody.text
    assert "不是有效的证件号码" in wrong.text
    assert "不予显示" in hidden.text
    assert NUMBER not in nobody.text + wrong.text + hidden.text
    kept = [one.record.entry for one in read_audit(settings, lambda _record: True, _nothing)]
    assert [(one.deed, one.persons, one.actor) for one in kept] == [
        (Deed.IDENTITY_LOOKED_UP, [asked_for], "demo-steward") for asked_for in (person, person, OWN, person)
    ]
    assert {one.reason for one in kept} == {"INCIDENT INC-4"}
    assert check_topic(settings, {}, _nothing).findings == []


def keep(settings: Settings, person: bytes) -> None:
    """Put the identity into the vault's topics, as intake does."""
    one = envelopes_of(settings).seal(person, WANG)
    sent(settings, person, {IDENTITY_KEYS: (one.key_row, one.wrapped), IDENTITIES: (person, one.envelope)})


def restrict(settings: Settings, person: bytes) -> None:
    """Mark the person as `canbao vault erase` does."""
    sent(settings, person, {RESTRICTIONS: (person, encode_restriction(Restriction(1, "chen", "letter 2026-18")))})


def sent(settings: Settings, person: bytes, rows: dict[str, tuple[bytes, bytes]]) -> None:
    """Write to the person's partition."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    for topic, (key, value) in rows.items():
        producer.produce(topic, value, key, partition=partition_of(person, settings.events_partitions))
    assert producer.flush(30) == 0


def _nothing(_done: int, _total: int) -> None:
    """No bar."""


def test_a_vault_is_given_only_where_it_is_asked_for_and_whole() -> None:
    """A seal key alone gives none; without keys or pepper the process does not start."""
    assert vault_port(load_settings({"CANBAO_SEAL_KEY": "ab" * 32, "CANBAO_PEPPER": PEPPER}), Kept()) is None
    for lacking in ({"CANBAO_PEPPER": PEPPER}, {"CANBAO_SEAL_KEY": "ab" * 32}):
        with pytest.raises(SettingsError):
            vault_port(load_settings({"CANBAO_WEB_VAULT": "true", **lacking}), Kept())
