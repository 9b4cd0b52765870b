"""An address that is taken is refused by its setting, before anything is served or asked."""

import socket
from pathlib import Path

import pytest

from streams.cli.main import run
from streams.ports import refuse_taken


@pytest.mark.parametrize(
    ("command", "setting"), [("web", "CANBAO_WEB_PORT"), ("live", "CANBAO_LIVE_PORT"), ("live", "CANBAO_METRICS_PORT")]
)
def test_a_port_that_is_taken_is_refused(
    command: str, setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with the setting and the address, exit status 2."""
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text("consumers: []\n", encoding="utf-8")
    for name, value in {
        "LIVE_PORT": "0",
        "LIVE_TOKENS": str(tokens),
        "METRICS_HOST": "127.0.0.1",
        "METRICS_PORT": "0",
        "OIDC_ISSUER": "https://issuer.example.cn",
        "OIDC_CLIENT_ID": "canbao",
    }.items():
        monkeypatch.setenv(f"CANBAO_{name}", value)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv(setting, str(port))
        monkeypatch.setattr("sys.argv", ["canbao", command])
        with pytest.raises(SystemExit) as ended:
            run()
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert err.startswith(f"CB-701: {setting}: 127.0.0.1:{port} cannot be opened (Address already in use)"), err


def test_a_port_that_is_free_stays_free() -> None:
    """Looking costs nobody the port, also behind a server that has just ended."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
    for _ in range(2):
        refuse_taken("CANBAO_WEB_PORT", "127.0.0.1", port)
    socket.create_server(("127.0.0.1", port)).close()
