"""How a command ends early: every class of ending has its code of the one table, and names what to mend."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from confluent_kafka import KafkaError, KafkaException

from schemas import control, restrictions, targets
from schemas.audit import AuditDownError
from schemas.errors import Code, load_errors
from schemas.newer import NewerRowError
from schemas.restrictions import Restriction
from schemas.strict_yaml import ConfigError
from streams.cli.main import run
from streams.cli.refusals import REFUSALS, EndedError, ending_of
from streams.control import IncarnationError
from streams.down import SERVERS
from streams.engine.errors import RefusedError
from streams.registry import RegistryDownError
from streams.sealing import SealError
from streams.settings import SettingsError, load_settings
from streams.side_by_side import RebuildError
from streams.vault.erasure import LOOKS_MAX, StillWrittenError, erase

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (SettingsError("CANBAO_A: wrong\nCANBAO_B: wrong"), 2, "CB-701: CANBAO_A: wrong\nCB-701: CANBAO_B: wrong\n"),
        (ConfigError("policy/death.yaml", 3, "entries", "is missing"), 2, "CB-702: policy/death.yaml:3: entries: is missing\n"),
        (SealError("altered"), 2, "CB-704: altered\n"),
        (RefusedError("two do not fit"), 2, "CB-705: two do not fit\n"),
        (IncarnationError("incarnation of card is 3"), 2, "CB-703: incarnation of card is 3\n"),
        (FileExistsError(17, "File exists", "people.csv"), 2, "CB-706: people.csv: File exists\n"),
        (EndedError(Code.NOT_ALLOWED, "ask for approval"), 2, "CB-707: ask for approval\n"),
        (NewerRowError("canbao.control"), 2, "CB-708: a row of canbao.control is not readable: was it written by a newer release?\n"),
        (EndedError(Code.UNANSWERED, "no answer yet"), 3, "CB-712: no answer yet\n"),
        (EndedError(Code.NOTHING_KNOWN, "nothing is known"), 1, "CB-721: nothing is known\n"),
        (StillWrittenError("came again"), 1, "CB-724: came again\n"),
        (AuditDownError("no answer"), 3, "CB-711: audit (canbao.audit): no answer\n"),
        (RebuildError("ended"), 3, "CB-711: rebuild, call it again: ended\n"),
        (RegistryDownError("HTTP 503"), 3, "CB-711: Schema Registry (CANBAO_REGISTRY_URL): HTTP 503\n"),
        (redis.exceptions.ConnectionError("refused"), 3, "CB-711: Redis (CANBAO_REDIS_URL): refused\n"),
        (redis.exceptions.AuthenticationError("no such user"), 3, "CB-711: Redis (CANBAO_REDIS_URL): no such user\n"),
        (redis.exceptions.TimeoutError("late"), 3, "CB-711: Redis (CANBAO_REDIS_URL): late\n"),
        (ConnectionError("2 of 3 rows were not taken"), 3, "CB-711: Kafka (CANBAO_KAFKA_BOOTSTRAP): 2 of 3 rows were not taken\n"),
        (KafkaException(KafkaError(-195, "down")), 3, "CB-711: Kafka (CANBAO_KAFKA_BOOTSTRAP): down\n"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else None,
)
def test_every_class_of_ending_has_its_code(error: Exception, status: int, text: str) -> None:
    """Each line begins with the code; which server is down is named by its setting, Redis's errors apart from Python's of the same name."""
    assert ending_of(error) == (text, status)
    assert text[:6] in load_errors()


def test_a_fault_of_ours_shows_no_message() -> None:
    """It may quote a value."""
    text, status = ending_of(KeyError("370100197001011234"))
    assert status == 1
    assert text.startswith("CB-790: KeyError")
    assert "370100197001011234" not in text


@pytest.mark.parametrize("decode", [control.decode, restrictions.decode, targets.decode])
def test_a_row_of_a_newer_release_is_told_as_such(decode: Callable[[bytes], object]) -> None:
    """No fault of this program, and the row is not shown."""
    with pytest.raises(NewerRowError) as ended:
        decode(b"\xa6secret")
    text, _ = ending_of(ended.value)
    assert text.startswith("CB-708: a row of canbao.")
    assert "secret" not in text


def test_a_number_is_hidden_and_a_key_is_not() -> None:
    """Also in the name of a file, or joined to letters; the keys of a person and an alert are shown whole."""
    key = "01" * 17
    text, _ = ending_of(FileNotFoundError(2, "No such file", f"/tmp/p37010019700101123x_{key}/110105491231002.csv"))
    assert text == f"CB-706: /tmp/[hidden]_{key}/[hidden].csv: No such file\n"


def test_a_pipe_that_is_closed_is_no_server_that_is_down() -> None:
    """`canbao alerts tail | head` ends without a word."""
    assert ending_of(BrokenPipeError(32, "Broken pipe")) == ("", 1)


def test_a_file_that_is_there_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the request is run, which runs once: no server is asked."""
    file = tmp_path / "people.csv"
    file.write_text("older", encoding="utf-8")
    monkeypatch.setattr("streams.cli.vault.KafkaAudit", None)
    monkeypatch.setattr("sys.argv", ["canbao", "vault", "run", "b" + "0" * 15, str(file), "--reason", "INC-4"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"CB-706: {file}: File exists\n"
    assert file.read_text(encoding="utf-8") == "older"


def test_a_request_that_is_not_run_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused or fails leaves nothing that looks like a result."""
    monkeypatch.setenv("CANBAO_SEAL_KEY", "no key")
    monkeypatch.setattr("sys.argv", ["canbao", "vault", "run", "b" + "0" * 15, str(tmp_path / "people.csv"), "--reason", "INC-4"])
    with pytest.raises(SystemExit):
        run()
    assert list(tmp_path.iterdir()) == []


def test_data_keys_that_come_again_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An intake that does not honour the restriction: the erasure says so and does not go on for ever."""
    looks: list[float] = []
    for name in ("_producer", "_shred"):
        monkeypatch.setattr(f"streams.vault.erasure.{name}", lambda *_: 1)
    monkeypatch.setattr("streams.vault.erasure.read_data_keys", lambda *_: {b"row": b"wrapped"})
    with pytest.raises(StillWrittenError) as ended:
        erase(load_settings({}), bytes(17), Restriction(1, "zhao", "decision 2026-9"), looks.append)
    assert len(looks) == LOOKS_MAX
    text, status = ending_of(ended.value)
    assert status == 1
    assert text.startswith("CB-724: data keys of the person came again after 5 looks: an intake does not honour the restriction")


def test_the_names_are_of_classes_that_exist() -> None:
    """The table compares names: a class that is renamed would silently become a fault of ours."""
    sources = "\n".join(
        path.read_text(encoding="utf-8") for room in ("schemas", "processors", "sinks", "streams") for path in (ROOT / room).rglob("*.py")
    )
    foreign = {"ClickException", "KafkaException", "RedisError", "ConnectionError", "TimeoutError"}
    assert {name for name in {*REFUSALS, *SERVERS} - foreign if f"class {name}(" not in sources} == set()


def test_a_group_without_a_command_shows_its_help_only() -> None:
    """No refusal: the help and exit status 2, as typer has it."""
    command = [sys.executable, "-m", "streams.cli.main", "feed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "CB-" not in done.stderr
    assert "resume" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "call",
    [
        ["topics", "create"],
        ["topics", "diff"],
        ["topics", "acl", "--apply"],
        ["topics", "password", "people"],
        ["target", "add", "medical", "https://example.com/"],
    ],
    ids=" ".join,
)
def test_what_the_embedded_broker_has_not_is_said(
    call: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, with what has it: the broker would never answer."""
    monkeypatch.setenv("CANBAO_KAFKA_EMBEDDED", "true")
    monkeypatch.setenv("CANBAO_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a password of some length\n"))
    monkeypatch.setattr(sys, "argv", ["canbao", *call])
    with pytest.raises(SystemExit) as end:
        run()
    told = capsys.readouterr().err
    assert (end.value.code, told.startswith("CB-701: CANBAO_KAFKA_EMBEDDED: "), "`canbao demo --kafka real`" in told) == (2, True, True), (
        told
    )
