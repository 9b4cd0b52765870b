"""`canbao demo` as a user runs it: real worker processes on the embedded broker."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.embedded, pytest.mark.redis]
PROGRAM = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from streams.cli.main import run; run()"
"""As from a terminal: what a script runs in its background ignores Ctrl-C, and so does all that it starts."""
RUN_SECONDS = 240.0
END_SECONDS = 120.0
SHORT = ["--months", "2", "--persons", "200", "--seed", "3"]
ROOT = Path(__file__).parents[2]
IN_A_LOOP = """
import asyncio, os, signal, sys
from rich.console import Console
from demo import run as demo
def delivering(*_):
    async def until_redis_has_all():
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        await asyncio.sleep(3)
    asyncio.run(until_redis_has_all())
    raise SystemExit("the signal was lost")
demo.refuse_hopeless = delivering
sys.exit(demo.run(demo.Wish(persons=200, months=2, seed=1, once=True, kafka="", redis=""), Console()))
"""
IN_A_HURRY = """
import os, signal, sys
from rich.console import Console
from demo import run as demo
from demo.folder import demo_folder
from demo.stack import Stack
def begun(*_):
    stack = Stack("", "", True, 4, None)
    stack.folder = stack.closing.enter_context(demo_folder())
    made.append(stack.folder)
    stack.closing.callback(os.kill, os.getpid(), signal.SIGINT)
    os.unlink = lambda *path, **options: (os.kill(os.getpid(), signal.SIGTERM), unlink(*path, **options))
    return stack
made, unlink = [], os.unlink
demo.refuse_hopeless, demo.start, demo._prepare = print, begun, lambda _: os.kill(os.getpid(), signal.SIGTERM)
status = demo.run(demo.Wish(persons=200, months=2, seed=1, once=True, kafka="", redis=""), Console())
sys.exit("its folder is there" if made[0].exists() else status)
"""


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
    assert re.search(r"Redis 中有 \d+ 条预警", told)
    assert_gone(pids)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_stays_behind(number: signal.Signals) -> None:
    """Killed, asked to end, or interrupted in the middle: broker, Redis and workers go too."""
    process = demo("--once", *SHORT)
    pids = workers_of(process)
    process.send_signal(number)
    process.communicate(timeout=END_SECONDS)
    assert_gone(pids)


def test_interrupted_while_its_clients_are_connected_it_says_no_more_than_that_it_ended() -> None:
    """The broker ends first: what a client of the demo finds then is no news."""
    process = demo("--once", *SHORT)
    pids = workers_of(process)
    assert process.stdout is not None
    while "预警修订" not in (line := process.stdout.readline()):
        assert line, process.wait(END_SECONDS)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=END_SECONDS)
    assert "rdkafka" not in told
    assert told.splitlines()[-1] == "已结束"
    assert_gone(pids)


@pytest.mark.parametrize("program", [IN_A_LOOP, IN_A_HURRY])
def test_a_signal_is_never_lost_and_one_is_enough(program: str) -> None:
    """In a callback of an event loop, which keeps other exceptions for itself; and again while the servers are being cleared away."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:], done.stderr) == (130, ["已结束"], "")


def test_a_dead_worker_ends_the_demo() -> None:
    """A worker that dies fails the run with its name, and the rest goes with it."""
    process = demo("--once", *SHORT)
    pids = workers_of(process)
    people = next(pid for pid in pids if Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").endswith(b"worker\0people"))
    os.kill(people, signal.SIGKILL)
    told, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 3, told
    assert "CB-711: the worker people ended" in told
    assert_gone(pids)


def test_a_city_that_the_embedded_broker_cannot_hold_is_refused() -> None:
    """More bytes than a group may lag: refused with the number that fits and the hint to a real broker."""
    process = demo("--once", "--persons", "3000", "--months", "3")
    told, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 2, told
    assert "CB-703: " in told
    assert "--kafka" in told
