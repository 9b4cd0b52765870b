"""The tiers, the list of what did not run, and the guard against unseen errors, each in a pytest run of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(folder: Path, source: str, *options: str) -> tuple[int, str]:
    """Exit code and output of pytest over one file with this source."""
    (folder / "test_sample.py").write_text(source)
    markers = "[pytest]\npythonpath = " + str(ROOT) + "\nmarkers =\n kafka: x\n redis: x\n proof: x\n logs_errors: x\n chaos: x\n"
    (folder / "pytest.ini").write_text(markers)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-v", *options, str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env={"PYTHONPATH": str(ROOT)})
    return done.returncode, done.stdout + done.stderr


def test_cheap_tiers_come_first_and_are_announced(tmp_path: Path) -> None:
    """A chaos test written first runs last, under its heading."""
    source = "import pytest\n@pytest.mark.chaos\ndef test_dear(): pass\ndef test_cheap(): pass\n"
    code, output = run(tmp_path, source)
    assert code == 0, output
    places = [output.index(text) for text in ("tier 1:", "test_cheap PASSED", "tier 5:", "test_dear PASSED")]
    assert places == sorted(places)


def test_one_tier_alone(tmp_path: Path) -> None:
    """--tier leaves the others out."""
    source = "import pytest\n@pytest.mark.redis\ndef test_dear(): pass\ndef test_cheap(): pass\n"
    _, output = run(tmp_path, source, "--tier", "1")
    assert "1 passed, 1 deselected" in output


BOTH = "import pytest\n@pytest.mark.redis\ndef test_dear(): pass\ndef test_cheap(): {}\n"


def test_the_first_tier_runs_beside_the_others(tmp_path: Path) -> None:
    """--beside: its output comes behind that of the others, and the last line is about all."""
    code, output = run(tmp_path, BOTH.format("pass"), "--beside")
    assert code == 0, output
    places = [output.index(text) for text in ("test_dear PASSED", "which ran beside the others", "test_cheap PASSED")]
    assert places == sorted(places)
    assert output.count("PASSED") == 2
    assert output.rstrip().endswith("2 passed, 0 failed, 0 skipped")


def test_what_fails_beside_fails_the_run(tmp_path: Path) -> None:
    """A failure there is shown, counted, and ends the run with 1."""
    code, output = run(tmp_path, BOTH.format("assert 'eggs' == 'ham'"), "--beside")
    assert code == 1, output
    assert "assert 'eggs' == 'ham'" in output
    assert output.rstrip().endswith("1 passed, 1 failed, 0 skipped")


def test_a_run_beside_that_dies_fails_the_run(tmp_path: Path) -> None:
    """It ends before it can count: that is a failure, not silence."""
    code, output = run(tmp_path, BOTH.format("__import__('os')._exit(0)"), "--beside")
    assert code == 1, output
    assert output.rstrip().endswith("1 passed, 1 failed, 0 skipped")


def test_an_interrupted_run_leaves_nothing_beside(tmp_path: Path) -> None:
    """Ctrl-C: what runs beside is ended, not waited for."""
    source = (
        "import os, pathlib, pytest, time\n"
        "NUMBER = pathlib.Path(__file__).with_name('number')\n"
        "@pytest.mark.redis\n"
        "def test_dear():\n"
        "    while not NUMBER.exists(): time.sleep(0.05)\n"
        "    raise KeyboardInterrupt\n"
        "def test_cheap():\n"
        "    NUMBER.with_name('new').write_text(str(os.getpid()))\n"
        "    NUMBER.with_name('new').rename(NUMBER)\n"
        "    time.sleep(600)\n"
    )
    code, output = run(tmp_path, source, "--beside")
    assert code == 2, output
    assert "which ran beside" not in output
    assert not Path("/proc", (tmp_path / "number").read_text()).exists()


def test_long_forms_run_only_when_asked(tmp_path: Path) -> None:
    """A test marked proof stays out of the ordinary run and is alone in --proof."""
    source = "import pytest\n@pytest.mark.proof\ndef test_long(): pass\ndef test_short(): pass\n"
    assert "test_short PASSED" in run(tmp_path, source)[1]
    assert "test_long PASSED" not in run(tmp_path, source)[1]
    assert "test_long PASSED" in run(tmp_path, source, "--proof")[1]


def test_a_missing_server_is_named_with_its_remedy(tmp_path: Path) -> None:
    """A test whose server can't run is skipped, and the end of the run says what would make it run."""
    source = (
        "import pytest\nfrom demo.servers.process import ServerUnavailable\n"
        "@pytest.fixture\ndef server(): raise ServerUnavailable('Oven', 'install an oven')\n"
        "def test_in_fixture(server): pass\n"
        "def test_in_body(): raise ServerUnavailable('Oven', 'install an oven')\n"
    )
    code, output = run(tmp_path, source)
    assert code == 0, output
    summary = output[output.index("2 tests not run for want of a server") :]
    assert "test_in_fixture" in summary
    assert "test_in_body" in summary
    assert "Oven: install an oven" in summary
    assert output.rstrip().endswith("0 passed, 0 failed, 2 skipped")


def test_an_unseen_error_fails_the_test(tmp_path: Path) -> None:
    """ERROR in the log fails the test that caused it, unless the test announced just that error."""
    source = (
        "import logging, pytest\n"
        "def test_unseen(): logging.getLogger('engine').error('disk is full')\n"
        "@pytest.mark.logs_errors('disk is')\ndef test_announced(): logging.getLogger('engine').error('disk is full')\n"
        "@pytest.mark.logs_errors('network')\ndef test_other(): logging.getLogger('engine').error('disk is full')\n"
    )
    code, output = run(tmp_path, source)
    assert code == 1, output
    assert "ERROR test_sample.py::test_unseen" in output
    assert "ERROR test_sample.py::test_other" in output
    assert "ERROR test_sample.py::test_announced" not in output
    assert "engine: disk is full" in output
