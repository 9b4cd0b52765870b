"""Settings: a wrong one is named with what is allowed, a secret is never shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli.main import COMMANDS, app
from streams.engine.errors import RefusedError
from streams.engine.spec import Timeouts
from streams.settings import Settings, SettingsError, load_settings
from streams.worker import engine_settings, make_state_folder

ROOT = Path(__file__).parents[2]
SECRET = "s3cret-value-of-a-test-0123456789"


KEY = "5a" * 32
HERE = str(Path(__file__))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CANBAO_METRICS_PORT", "70000", "65535"),
        ("CANBAO_CLOCK", "sundial", "'calendar' or 'topic'"),
        ("CANBAO_EVENTS_PARTITIONS", "many", "integer"),
        ("CANBAO_INSTANCE", "a b", "pattern"),
        ("CANBAO_REGISTRY_URL", "ftp://x", "must be https://host"),
        ("CANBAO_REGISTRY_URL", "https://me:hidden@x", "CANBAO_REGISTRY_PASSWORD"),
        ("CANBAO_OIDC_ISSUER", "https://me:hidden@x", "no user"),
        ("CANBAO_KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "SASL_SSL needs CANBAO_KAFKA_SASL_MECHANISM"),
        ("CANBAO_KAFKA_SASL_MECHANISM", "SCRAM-SHA-512", "SASL_SSL"),
        ("CANBAO_KAFKA_SASL_USERNAME", "canbao-people", "SASL_SSL"),
        ("CANBAO_KAFKA_SASL_PASSWORD", SECRET, "SASL_SSL"),
        ("CANBAO_KAFKA_KEY_FILE", HERE, "belong together"),
        ("CANBAO_KAFKA_CA_FILE", HERE, "SSL or SASL_SSL only"),
        ("CANBAO_KAFKA_CA_FILE", "/nowhere.pem", "must be a file that is there"),
        ("CANBAO_VAULT_KEYS_FILE", "/nowhere", "must be a file that is there"),
        ("CANBAO_LIVE_TOKENS", "/", "must be a file that is there"),
        ("CANBAO_KAFKA_BOOTSTRP", "a:1", "did you mean CANBAO_KAFKA_BOOTSTRAP?"),
        ("CANBAO_KAFKA_BOOTSTRAP", "nohost", "must be host:port"),
        ("CANBAO_KAFKA_BOOTSTRAP", "a:9092,b", "must be host:port"),
        ("CANBAO_KAFKA_BOOTSTRAP", "a:99999", "must be host:port"),
        ("CANBAO_KAFKA_BOOTSTRAP", "kafka://a:9092", "must be host:port"),
        ("CANBAO_REDIS_URL", "http://x:6379", "must be redis://"),
        ("CANBAO_REDIS_URL", "redis://me:pass/word@x:6379/0", "%XX"),
        ("CANBAO_REDIS_URL", "redis://x:6379/first", "host:port/db"),
        ("CANBAO_REDIS_URL", "unix://", "unix://"),
        ("CANBAO_REDIS_URL", "redis://h:1/0?sokket_timeout=5", "options behind ?"),
        ("CANBAO_REDIS_URL", "redis://h:1/0?socket_timeout=soon", "options behind ?"),
        ("CANBAO_PEPPER", "secretshort", "at least 32 characters"),
        ("CANBAO_SEAL_KEY", "zzz123", "64 hexadecimal digits"),
        ("CANBAO_TARGET_KEY", KEY[2:], "64 hexadecimal digits"),
        ("CANBAO_SEAL_KEYS_OLDER", f"k0:{KEY} {KEY}:k1", "key 2: must be id:64"),
        ("CANBAO_TARGET_KEYS_OLDER", f"k0:{KEY},k0:{KEY}", "key 2: its id is given twice"),
        ("CANBAO_VAULT_KEYS", f"钥:{KEY}", "key 1: must be id:64"),
        ("CANBAO_SESSION_MS", "20000", "must not be above CANBAO_TRANSACTION_MS"),
        ("CANBAO_SESSION_MS", "2000", "3000"),
        ("CANBAO_TRANSACTION_MS", "100001", "100000"),
        ("CANBAO_STATE_FOLDER", HERE, "must be a folder"),
        ("CANBAO_STATE_FOLDER", f"{HERE}/below", "must be a folder"),
        ("CANBAO_POLICY_FOLDER", "/nonexistent", "holds the policy files"),
        ("CANBAO_POLICY_FOLDER", HERE, "holds the policy files"),
        ("CANBAO_WEBHOOK_NETWORKS", "10.0.0.1/8", "must be networks"),
        ("CANBAO_WEB_TRUSTED_PROXIES", "10.0.0.1, gateway", "must be IP addresses"),
        ("CANBAO_WEB_METRICS_URLS", "http://a:1/metrics intake:9464", "must be http://host:port/metrics"),
        ("CANBAO_WEB_METRICS_URLS", "http://me:hidden@a:1/metrics", "no user"),
        ("CANBAO_WEB_HOST", "http://0.0.0.0", "pattern"),
        ("CANBAO_WEB_VAULT_USERNAME", "canbao-re", "CANBAO_WEB_VAULT_PASSWORD belong together"),
        ("CANBAO_WEB_REPLAY_PASSWORD", SECRET, "CANBAO_WEB_REPLAY_PASSWORD belong together"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, says: str) -> None:
    """The message names the variable and what is allowed, and does not repeat the value."""
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})
    said = str(refused.value)
    assert name in said
    assert says in said
    shown = {"CANBAO_SESSION_MS", "CANBAO_KAFKA_SECURITY_PROTOCOL", "CANBAO_LIVE_TOKENS"}
    assert name in shown or value not in said.replace(says, "")
    assert KEY not in said


def test_one_secret_has_one_source(tmp_path: Path) -> None:
    """A setting and the file of the same: which of two holds would be a guess, so both are named and neither is taken."""
    pairs = [name for name in Settings.model_fields if f"{name}_file" in Settings.model_fields]
    assert pairs == ["vault_keys"]
    file = tmp_path / "keys"
    file.write_text(f"k2:{KEY}\n", encoding="ascii")
    given = {"CANBAO_VAULT_KEYS": f"k1:{KEY}", "CANBAO_VAULT_KEYS_FILE": str(file)}
    with pytest.raises(SettingsError, match=r"^CANBAO_VAULT_KEYS and CANBAO_VAULT_KEYS_FILE: give one of the two") as refused:
        load_settings(given)
    assert KEY not in str(refused.value)
    for name, value in given.items():
        load_settings({name: value})


@pytest.mark.parametrize(
    "given",
    [
        {"CANBAO_KAFKA_BOOTSTRAP": "a-1.b_c:1, [::1]:65535,10.0.0.1:9092"},
        {"CANBAO_REDIS_URL": "rediss://me:a%2Fb@h:6379/15?protocol=3"},
        {"CANBAO_REDIS_URL": "unix://me:p@/run/redis.sock?db=1"},
        {"CANBAO_REDIS_URL": "redis://h"},
        {"CANBAO_KAFKA_CA_FILE": "", "CANBAO_POLICY_FOLDER": "", "CANBAO_LIVE_TOKENS": ""},
        {"CANBAO_PEPPER": "p" * 32, "CANBAO_SEAL_KEY": KEY, "CANBAO_SEAL_KEYS_OLDER": f"k0:{KEY}, k1:{KEY}\nk2:{KEY}"},
        {"CANBAO_KAFKA_SECURITY_PROTOCOL": "SSL", "CANBAO_KAFKA_CA_FILE": HERE},
        {"CANBAO_WEBHOOK_NETWORKS": "10.0.0.0/8, fd00::/8", "CANBAO_WEB_TRUSTED_PROXIES": "*"},
        {"CANBAO_WEB_TRUSTED_PROXIES": "10.0.0.1,10.1.0.0/16", "CANBAO_METRICS_HOST": "::"},
        {"CANBAO_REGISTRY_URL": "mock://here"},
    ],
)
def test_what_is_allowed_is_taken(given: dict[str, str]) -> None:
    """Every form that the messages name; an empty variable of a file is one that is not set."""
    settings = load_settings(given)
    assert settings.policy_folder is None
    assert settings.live_tokens is None


@pytest.mark.parametrize("times", [(3_000, 3_000), (3_000, 100_000), (100_000, 100_000)])
def test_time_outs_that_are_allowed_fit_the_engine(times: tuple[int, int]) -> None:
    """The bounds of the settings are those of the engine: what passes here is not refused at the start of a worker."""
    settings = load_settings({"CANBAO_SESSION_MS": str(times[0]), "CANBAO_TRANSACTION_MS": str(times[1])})
    engine_settings(settings).timeouts.check()
    with pytest.raises(RefusedError):
        Timeouts(session_ms=2_999).check()
    with pytest.raises(RefusedError):
        Timeouts(transaction_ms=100_001).check()


WRONG = {
    "CANBAO_PEPPER": "secretshort",
    "CANBAO_SEAL_KEY": "zzz123",
    "CANBAO_REDIS_URL": "http://me:geheim@x",
    "CANBAO_KAFKA_BOOTSTRAP": "nohost",
    "CANBAO_POLICY_FOLDER": "/nonexistent",
    "CANBAO_KAFKA_CA_FILE": "/nonexistent.pem",
}


@pytest.mark.parametrize(
    "arguments",
    [["config"], ["doctor"], ["judge", "tests/acceptance"], ["worker", "people"], ["rebuild", "redis"], ["topics", "diff"]],
    ids=lambda arguments: str(arguments[0]),
)
def test_every_command_refuses_wrong_settings_alike(tmp_path: Path, arguments: list[str]) -> None:
    """One line for each wrong setting with its code, exit status 2, no value of a secret, and nothing of the command's own work."""
    done = canbao(arguments, {**WRONG, "CANBAO_STATE_FOLDER": str(tmp_path / "state")})
    assert done.returncode == 2, done.stderr
    assert sorted(line.split(":")[1].strip() for line in done.stderr.splitlines()) == sorted(WRONG)
    assert all(line.startswith("CB-701: ") for line in done.stderr.splitlines())
    assert done.stdout == ""
    assert not any(secret in done.stderr for secret in ("secretshort", "zzz123", "geheim"))


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Only who makes it can tell; the setting is named."""
    done = canbao(["worker", "people"], {"CANBAO_SEAL_KEY": KEY, "CANBAO_STATE_FOLDER": "/proc/nope"})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("CB-701: CANBAO_STATE_FOLDER: must be a folder that this user may make and write; /proc/nope: ")
    make_state_folder(load_settings({"CANBAO_STATE_FOLDER": str(tmp_path / "a/b")}))
    assert (tmp_path / "a/b").is_dir()


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """`canbao config`, repr and the shown rows carry no secret; every setting has a meaning."""
    given = {
        "PEPPER": SECRET,
        "SEAL_KEY": KEY,
        "REGISTRY_PASSWORD": SECRET,
        "REDIS_URL": f"redis://me:{SECRET}@x:1/0",
        "VAULT_KEYS": f"k:{KEY}",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"CANBAO_{name}", value)
    printed = CliRunner().invoke(app, ["config"])
    assert printed.exit_code == 0
    assert "CANBAO_PEPPER=(set, hidden)" in printed.output
    settings = load_settings()
    for text in (printed.output, repr(settings), str(settings.shown())):
        assert SECRET not in text
        assert KEY not in text
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    """Each registered subcommand is found and explains itself."""
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output
    assert "completion" not in shown.output


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["alerts", "tail", "--once", "--redis"], 3, "CB-711: Redis (CANBAO_REDIS_URL): "),
        (["person", "show", "01" * 17], 3, "CB-711: audit (canbao.audit): "),
        (["topics", "diff"], 3, "CB-711: Kafka (CANBAO_KAFKA_BOOTSTRAP): "),
        (["worker", "nobody"], 2, "CB-701: role: allowed: intake:all, intake:<feed>"),
        (["worker", "370100199001011234"], 2, "CB-701: role: allowed: intake:all"),
        (["worker", "deliver:Pigeon"], 2, "CB-701: deliver:Pigeon: no such target; allowed: redis"),
        (["dlq", "replay"], 2, "CB-703: Invalid value: name letters"),
        (["nonsense"], 2, "CB-703: No such command 'nonsense'"),
        (["audit", "export"], 2, "CB-703: "),
    ],
)
def test_a_server_that_is_down_or_a_refusal_is_one_line(tmp_path: Path, arguments: list[str], status: int, says: str) -> None:
    """A command says in one line what does not answer or what is allowed, with its own exit status and no traceback."""
    done = canbao(
        arguments,
        {
            "CANBAO_KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "CANBAO_REDIS_URL": "redis://127.0.0.1:1/0",
            "CANBAO_STATE_FOLDER": str(tmp_path),
            "CANBAO_METRICS_PORT": "0",
        },
    )
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "370100199001011234" not in done.stderr


def canbao(arguments: list[str], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command with settings of its own."""
    command = [sys.executable, "-m", "streams.cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, timeout=120, check=False)
