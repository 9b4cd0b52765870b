"""`canbao demo` as a user runs it: real worker processes on the embedded broker."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.embedded, pytest.mark.redis]
PROGRAM = "from streams.cli.main import run; run()"
RUN_SECONDS = 240.0
END_SECONDS = 120.0
SHORT = ["--months", "2", "--persons", "200", "--seed", "3"]
ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> "subprocess.Popen[str]":
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "demo", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )


def descendants(pid: int) -> set[int]:
    """Every process below one, by the kernel's parent links."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    below = {pid}
    while below:
        below = {child for child, parent in parents.items() if parent in below} - found
        found |= below
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.add(pid)
    return running


def workers_of(process: "subprocess.Popen[str]") -> set[int]:
    """All processes of a demo once its pipeline is up: broker, Redis, three workers, each but the broker with a guard."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout and process.stdout.read()
        found = descendants(process.pid)
        if len(found) >= 9:
            return found
        time.sleep(0.1)
    raise AssertionError("the pipeline did not come up")


def assert_gone(pids: set[int]) -> None:
    """Nothing of it runs any more within the time that an orderly end may take."""
    deadline = time.monotonic() + END_SECONDS
    while left := alive(pids):
        assert time.monotonic() < deadline, f"left behind: {[Path(f'/proc/{pid}/cmdline').read_bytes() for pid in left]}"
        time.sleep(0.1)


def test_a_short_city_ends_with_nothing_missed_and_nothing_false() -> None:
    """Two months through broker, workers and Redis: exit status 0, and the table says what was planted and found."""
    process = demo("--once", *SHORT)
    pids = workers_of(process)
    told, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 0, told
    assert "R12" in told
    assert "Redis holds" in told
    assert_gone(pids)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_stays_behind(number: signal.Signals) -> None:
    """Killed, asked to end, or interrupted in the middle: broker, Redis and workers go too."""
    process = demo("--once", *SHORT)
    pids = workers_of(process)
    process.send_signal(number)
    process.communicate(timeout=END_SECONDS)
    assert_gone(pids)


def test_a_dead_worker_ends_the_demo() -> None:
    """A worker that dies fails the run with its name, and the rest goes with it."""
    process = demo("--once", *SHORT)
    pids = workers_of(process)
    people = next(pid for pid in pids if Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").endswith(b"worker\0people"))
    os.kill(people, signal.SIGKILL)
    told, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 2, told
    assert "CB-711: the worker people ended" in told
    assert_gone(pids)


def test_a_city_that_the_embedded_broker_cannot_hold_is_refused() -> None:
    """More bytes than a group may lag: refused with the number that fits and the hint to a real broker."""
    process = demo("--once", "--persons", "3000", "--months", "3")
    told, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 2, told
    assert "CB-703: " in told
    assert "--kafka" in told
