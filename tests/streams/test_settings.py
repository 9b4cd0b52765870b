"""Settings: a wrong one is named with what is allowed, a secret is never shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli.main import COMMANDS, app
from streams.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[2]
SECRET = "s3cret-value-of-a-test-0123456789"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CANBAO_METRICS_PORT", "70000", "65535"),
        ("CANBAO_CLOCK", "sundial", "'calendar' or 'topic'"),
        ("CANBAO_EVENTS_PARTITIONS", "many", "integer"),
        ("CANBAO_INSTANCE", "a b", "pattern"),
        ("CANBAO_REGISTRY_URL", "ftp://x", "pattern"),
        ("CANBAO_KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "SASL_SSL needs CANBAO_KAFKA_SASL_MECHANISM"),
        ("CANBAO_KAFKA_SASL_MECHANISM", "SCRAM-SHA-512", "SASL_SSL"),
        ("CANBAO_KAFKA_KEY_FILE", "/key.pem", "belong together"),
        ("CANBAO_KAFKA_BOOTSTRP", "a:1", "did you mean CANBAO_KAFKA_BOOTSTRAP?"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, says: str) -> None:
    """The message names the variable and what is allowed, and does not repeat the value."""
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})
    assert name in str(refused.value)
    assert says in str(refused.value)
    assert value not in str(refused.value).replace(says, "")


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """`canbao config`, repr and the shown rows carry no secret; every setting has a meaning."""
    secrets = ("PEPPER", "SEAL_KEY", "REGISTRY_PASSWORD", "KAFKA_SASL_PASSWORD", "REDIS_URL")
    for name in secrets:
        monkeypatch.setenv(f"CANBAO_{name}", SECRET)
    printed = CliRunner().invoke(app, ["config"])
    assert printed.exit_code == 0
    assert "CANBAO_PEPPER=(set, hidden)" in printed.output
    settings = load_settings()
    for text in (printed.output, repr(settings), str(settings.shown())):
        assert SECRET not in text
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    """Each registered subcommand is found and explains itself."""
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["alerts", "tail", "--once", "--redis"], 3, "CB-711: Redis (CANBAO_REDIS_URL): "),
        (["person", "show", "01" * 17], 3, "CB-711: audit (canbao.audit): "),
        (["topics", "diff"], 3, "CB-711: Kafka (CANBAO_KAFKA_BOOTSTRAP): "),
        (["worker", "nobody"], 2, "CB-701: role 'nobody' is not known; allowed: intake:<feed>"),
        (["worker", "deliver:Pigeon"], 2, "CB-701: deliver:Pigeon: no such target; allowed: redis"),
        (["dlq", "replay"], 2, "CB-703: Invalid value: name letters"),
        (["nonsense"], 2, "CB-703: No such command 'nonsense'"),
        (["audit", "export"], 2, "CB-703: "),
    ],
)
def test_a_server_that_is_down_or_a_refusal_is_one_line(tmp_path: Path, arguments: list[str], status: int, says: str) -> None:
    """A command says in one line what does not answer or what is allowed, with its own exit status and no traceback."""
    environment = {
        **os.environ,
        "CANBAO_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "CANBAO_REDIS_URL": "redis://127.0.0.1:1/0",
        "CANBAO_STATE_FOLDER": str(tmp_path),
    }
    command = [sys.executable, "-m", "streams.cli.main", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
