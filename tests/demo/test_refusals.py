"""What a demo refuses before it starts anything, and what it leaves behind when it is killed."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from demo.drive import CityTooLargeError, refuse_hopeless
from demo.folder import OWNER, PREFIX, demo_folder
from demo.run import program
from demo.stack import StackError, start
from streams.cli.main import run

ROOT = Path(__file__).parents[2]
KILLED = "import os, signal; from demo.folder import demo_folder\nwith demo_folder() as made: print(made, flush=True); os.kill(os.getpid(), signal.SIGKILL)"


def test_a_city_far_too_large_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A sample of it says how many fit; nothing is started, and no whole city generated."""

    def started(*_: object) -> None:
        raise AssertionError("the demo started its servers")

    monkeypatch.setattr("demo.run.start", started)
    monkeypatch.setattr("sys.argv", ["canbao", "demo", "--once", "--persons", "30000", "--months", "2"])
    with pytest.raises(SystemExit) as ended:
        run()
    told = "".join(capsys.readouterr())
    assert ended.value.code == 2
    assert "30000 persons write" in told
    assert "--kafka real" in told


def test_a_city_that_may_fit_is_not_refused_by_its_sample() -> None:
    """Only what is twice too large is refused from a sample; the rest is measured whole."""
    refuse_hopeless(700, 2, 1)
    with pytest.raises(CityTooLargeError, match="or fewer"):
        refuse_hopeless(20_000, 2, 1)


def test_what_to_try_can_be_called_from_another_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`canbao` where the path has it; else the file beside the Python that runs the demo, as after `make demo` in a fresh clone."""
    beside = tmp_path / "bin of mine" / "canbao"
    beside.parent.mkdir()
    beside.touch(mode=0o755)
    monkeypatch.setattr("sys.executable", str(beside.with_name("python")))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == f"'{beside}'"
    monkeypatch.setenv("PATH", str(beside.parent))
    assert program() == "canbao"


def test_a_redis_that_does_not_answer_is_refused_at_the_start() -> None:
    """Before a broker or a worker is started; the address may hold a password and is not repeated."""
    with pytest.raises(StackError, match="--redis") as refused:
        start("", "redis://:secret@127.0.0.1:1/0")
    assert "secret" not in str(refused.value)


def test_what_a_killed_demo_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a dead owner goes, that of a living one and one without a lock stay; one's own goes at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    foreign = tmp_path / f"{PREFIX}foreign"
    foreign.mkdir()
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    left = Path(killed.stdout.strip())
    assert (left / OWNER).exists()
    with demo_folder() as living:
        assert not left.exists()
        with demo_folder() as second:
            assert living.exists()
            assert foreign.exists()
            assert second != living
    assert list(tmp_path.iterdir()) == [foreign]
