"""The embedded broker ends with whoever asked for it, whenever that ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from streams.embedded_broker import EmbeddedBroker

pytestmark = pytest.mark.embedded
ROOT = Path(__file__).parents[2]


def test_an_interrupted_start_leaves_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before it has told its address: nobody has it, so it must not stay."""
    started: list[subprocess.Popen[str]] = []

    class Seen(subprocess.Popen[str]):
        def __init__(self, *words: object, **options: object) -> None:
            super().__init__(*words, **options)  # type: ignore[call-overload]  # handed through as they came
            started.append(self)

    def interrupted(_stream: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Seen)
    monkeypatch.setattr(EmbeddedBroker, "_first_line", staticmethod(interrupted))
    with pytest.raises(KeyboardInterrupt):
        EmbeddedBroker()
    assert [broker.poll() is not None for broker in started] == [True]


def test_an_owner_that_is_gone_before_the_address_is_no_fault() -> None:
    """Nobody reads the address any more: the broker ends without a traceback on a terminal that is somebody else's by then."""
    command = [sys.executable, "-m", "streams.embedded_broker"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as broker:
        for stream in (broker.stdin, broker.stdout):
            assert stream is not None
            stream.close()
        assert broker.stderr is not None
        assert (broker.stderr.read(), broker.wait(60)) == (b"", 0)
