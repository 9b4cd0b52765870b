"""The identity vault on real Kafka behind a real intake: look-up, four eyes, rotation, erasure that nothing brings back."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from msgspec import structs
from pydantic import SecretStr

from demo.stack import Stack, start_workers
from processors.identity.citizen import check_character
from processors.person.state import Flag, decode_head, head_key
from schemas.audit import AuditEntry, Deed
from schemas.errors import Code
from schemas.events import Facts, decode
from schemas.look_ups import Answer, Asker, Identity
from schemas.restrictions import Restriction
from schemas.roles import Role
from schemas.topics import EVENTS, IDENTITIES
from streams.agents.intake_setup import key_maker
from streams.audit import KafkaAudit, account
from streams.audit_reading import check_topic, read_audit
from streams.cli.refusals import EndedError
from streams.cli.vault import app
from streams.person_rows import read_rows
from streams.reading import TopicReader
from streams.sealing import SealError
from streams.settings import Settings, load_settings
from streams.topics import create_missing, declared
from streams.vault import bulk
from streams.vault.envelopes import envelopes_of
from streams.vault.erasure import erase, rotate
from streams.vault.lookup import Vault
from streams.vault.reading import newest, read_data_keys
from tests.servers.fixtures import Broker

pytestmark = pytest.mark.kafka
TOPIC = "canbao.feed.cremation"
WANG = "379999194811200016"
LI = "37999919500101002" + check_character("37999919500101002")
STEWARD = Asker(actor="chen", role=Role.STEWARD, reason="letter 2026-17")
SUPERVISOR = Asker(actor="zhao", role=Role.SUPERVISOR, reason="letter 2026-17")
NOW_MS = 1_795_500_000_000


def nothing(_done: int, _total: int) -> None:
    """No bar."""


@pytest.fixture
def stack(own_kafka: Broker, tmp_path: Path) -> Iterator[Stack]:
    """Kafka with all topics, an intake and a people worker."""
    with Stack(own_kafka.bootstrap, "redis://127.0.0.1:1/0", embedded=False, partitions=4, folder=tmp_path) as running:
        settings = load_settings(running.environment())
        create_missing(settings, declared(settings))
        start_workers(running, ["intake", "people"])
        yield running


def report(settings: Settings, revision: int, number: str, name: str) -> None:
    """A crematorium's record."""
    row = {
        "record_type": "cremation",
        "cremation_no": f"H-{number[-4:]}",
        "revision": revision,
        "record_state": "1",
        "id_no": number,
        "full_name": name,
        "cremated_on": "2024-04-02",
        "home_division": "370116",
    }
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    producer.produce(TOPIC, json.dumps(row, ensure_ascii=False).encode(), str(row["cremation_no"]).encode())
    assert producer.flush(30) == 0


def facts(settings: Settings) -> list[Facts]:
    """Messages about persons."""
    with TopicReader(settings, EVENTS) as reader:
        found = [decode(value) for chunk in reader.whole() for one in chunk if isinstance(value := one.value(), bytes)]
    return [message for message in found if isinstance(message, Facts)]


def until(stack: Stack, holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 120
    while not holds():
        stack.check()
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.2)


def test_look_up_rotation_four_eyes_and_erasure(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole life of two identities; everything that was asked stands in an unbroken audit topic."""
    settings = load_settings(stack.environment())
    keys = key_maker(settings)
    report(settings, 1, WANG, "王建国")
    report(settings, 1, LI, "李秀英")
    until(stack, lambda: len(facts(settings)) == 2)
    with KafkaAudit(settings, "page-0") as audit:
        vault = Vault(settings, audit, envelopes_of(settings), keys)
        wang = vault.key_of(STEWARD, WANG, NOW_MS).person
        li = vault.key_of(STEWARD, LI, NOW_MS).person
        _look_ups(vault, wang)
        turned = _rotation(settings, wang)
        _four_eyes(under(vault, turned), wang, li)
        _erasure(stack, settings, under(vault, turned), wang, li)
    _commands(stack, settings, monkeypatch, wang)
    assert check_topic(settings, {}, nothing).findings == []
    about = list(read_audit(settings, lambda one: wang in one.entry.persons, nothing))
    assert {one.record.entry.deed for one in about} >= {Deed.IDENTITY_LOOKED_UP, Deed.LOOK_UP_REFUSED, Deed.BULK_REQUESTED}


def under(vault: Vault, settings: Settings) -> Vault:
    """The same vault under other keys."""
    return Vault(settings, vault.audit, envelopes_of(settings), vault._keys)


def _look_ups(vault: Vault, wang: bytes) -> None:
    found = vault.behind(STEWARD, wang)
    assert (found.answer, found.identity) == (Answer.FOUND, Identity("CITIZEN", "CHN", WANG, "王建国"))
    assert WANG not in repr(found)
    assert vault.behind(STEWARD, bytes(17)).answer is Answer.UNKNOWN
    assert vault.behind(structs.replace(STEWARD, role=Role.CLERK), wang).answer is Answer.ROLE_REFUSED
    assert vault.behind(structs.replace(STEWARD, reason=""), wang).answer is Answer.REASON_REFUSED
    assert vault.behind(structs.replace(STEWARD, reason=f"asks for {WANG}"), wang).answer is Answer.REASON_REFUSED
    assert vault.key_of(STEWARD, "37999919481120001X", NOW_MS).answer is Answer.NOT_A_NUMBER


def _rotation(settings: Settings, wang: bytes) -> Settings:
    """Under a new key everything opens, without the old one; what was wrapped before does not."""
    new = settings.model_copy(update={"vault_keys": SecretStr("kek-2:" + "ab" * 32)})
    before = read_data_keys(settings, wang)
    assert rotate(settings, envelopes_of(new), nothing) == (2, 2)
    assert rotate(settings, envelopes_of(new), nothing) == (0, 2)
    alone = new.model_copy(update={"seal_key": SecretStr("")})
    assert envelopes_of(alone).ring.key_id == "kek-2"
    ((row, wrapped),) = before.items()
    with pytest.raises(SealError, match="derived"):
        envelopes_of(alone).ring.open(wrapped, row)
    return alone


def _four_eyes(vault: Vault, wang: bytes, li: bytes) -> None:
    asked = bulk.ask(vault, STEWARD, {wang, li})
    assert bulk.run(vault, STEWARD, asked.request).answer is Answer.NOT_APPROVED
    himself = structs.replace(SUPERVISOR, actor=STEWARD.actor)
    assert bulk.approve(vault, himself, asked.request).answer is Answer.NOT_APPROVED
    assert bulk.approve(vault, structs.replace(SUPERVISOR, role=Role.CLERK), asked.request).answer is Answer.ROLE_REFUSED
    with pytest.MonkeyPatch.context() as old:
        old.setattr(bulk, "ASKED_VALID_MS", 0)  # a week later
        assert bulk.pending(vault.settings) == []
        assert bulk.approve(vault, SUPERVISOR, asked.request).answer is Answer.NOT_APPROVED
    assert [(one.request, one.count, one.approved) for one in bulk.pending(vault.settings)] == [(asked.request, 2, False)]
    assert bulk.approve(vault, SUPERVISOR, asked.request).answer is Answer.FOUND
    assert [(one.actor, one.approved) for one in bulk.pending(vault.settings)] == [(STEWARD.actor, True)]
    assert bulk.run(vault, structs.replace(STEWARD, actor="qian"), asked.request).answer is Answer.NOT_APPROVED
    done = bulk.run(vault, STEWARD, asked.request)
    assert {one.number for one in done.identities.values()} == {WANG, LI}
    assert bulk.pending(vault.settings) == []
    assert bulk.run(vault, STEWARD, asked.request).answer is Answer.NOT_APPROVED


def _erasure(stack: Stack, settings: Settings, vault: Vault, wang: bytes, li: bytes) -> None:
    """The old envelope, from a backup say, opens never again; the person is restricted everywhere; a new record brings nothing back."""
    envelope = newest(settings, IDENTITIES, None, lambda key: key == wang)[wang]
    assert erase(settings, wang, Restriction(NOW_MS, "chen", "letter 2026-18")) == 1
    assert erase(settings, wang, Restriction(NOW_MS, "chen", "letter 2026-18"), lambda _seconds: None) == 0
    assert read_data_keys(settings, wang) == {}
    for row, wrapped in read_data_keys(settings, None).items():
        with pytest.raises(SealError):
            vault.envelopes.open(wang, envelope, wrapped)
        assert row.startswith(li)
    assert vault.behind(STEWARD, wang).answer is Answer.RESTRICTED
    assert vault.key_of(STEWARD, WANG, NOW_MS).answer is Answer.RESTRICTED
    until(stack, lambda: _restricted(settings, wang))
    report(settings, 2, WANG, "王健国")
    report(settings, 2, LI, "李秀瑛")
    until(stack, lambda: len(facts(settings)) == 4)
    assert read_data_keys(settings, wang) == {}
    assert under(vault, settings).behind(STEWARD, li).identity == Identity("CITIZEN", "CHN", LI, "李秀瑛")  # its intake has the old key


def _restricted(settings: Settings, person: bytes) -> bool:
    raw = read_rows(settings, person, nothing).get(head_key(person))
    return raw is not None and bool(decode_head(raw).flags & Flag.RESTRICTED)


def _commands(stack: Stack, settings: Settings, monkeypatch: pytest.MonkeyPatch, wang: bytes) -> None:
    """Nobody may by default; the attempt is audited; a listed account is answered."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    asked = ["lookup", wang.hex(), "--reason", "case 12"]
    assert _ended(asked) == Code.NOT_ALLOWED
    monkeypatch.setenv("CANBAO_VAULT_STEWARDS", account())
    assert _ended(asked) == Code.RESTRICTED
    assert _ended(["lookup", wang.hex(), "--reason", "x"]) == Code.WRONG_ARGUMENT
    assert _ended(["lookup", "00" * 17, "--reason", "case 12"]) == Code.NOTHING_KNOWN
    refused = list(read_audit(settings, _refused_command, nothing))
    assert [one.record.entry.actor for one in refused] == [account()] * 2  # the role, the reason


def _ended(arguments: list[str]) -> Code:
    """How a command of the vault ends early."""
    with pytest.raises(EndedError) as ended:
        app(arguments, standalone_mode=False)
    return ended.value.code


def _refused_command(record: Any) -> bool:
    one: AuditEntry = record.entry
    return one.deed is Deed.LOOK_UP_REFUSED and one.source == "command"
