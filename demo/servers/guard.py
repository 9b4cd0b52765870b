"""Runs one server and ends it when the process that asked for it is gone, however that process ended.

Run by path, as its own process: `python guard.py COMMAND...`. Its standard input is a pipe that only the asking process holds open; end of
file there means that process is dead. The first line of its standard output is the server's process number. It exits with the server's code.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

PR_SET_PDEATHSIG = 1


def die_with_guard() -> None:
    """Have the kernel kill this child when the guard itself is killed (Linux; elsewhere only the pipe guards)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main(command: list[str]) -> int:
    """Start `command`, report its process number, wait for it; kill its process group at end of file on standard input."""
    with subprocess.Popen(  # noqa: S603  (the launchers of this folder pass the command)
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=die_with_guard,  # noqa: PLW1509  (no thread runs yet)
        process_group=0,
    ) as server:
        threading.Thread(target=kill_at_end_of_input, args=(server.pid,), daemon=True).start()
        with suppress(BrokenPipeError):  # the asking process died already: its input has ended too
            print(server.pid, flush=True)  # noqa: T201  (the answer to the asking process)
        code = server.wait()
    os._exit(code if code >= 0 else 128 - code)  # the reading thread may still block in read


def kill_at_end_of_input(group: int) -> None:
    """Wait until nobody holds the pipe any more, then kill the server and its children."""
    while sys.stdin.buffer.read(1):
        pass
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself


if __name__ == "__main__":
    main(sys.argv[1:])
