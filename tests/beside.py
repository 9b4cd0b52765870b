"""The tests that need no server, run in a process of their own beside those that do: most of these wait, and half of a machine with two cores would idle."""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.servers.process import GUARD

NICENESS = "10"
"""Servers and their tests have the right of way."""
COUNTS = re.compile(rb"^(\d+) passed, (\d+) failed, (\d+) skipped\s*\Z", re.MULTILINE)


class Beside:
    """One run of pytest in the background. It never outlives the run that it belongs to; what it prints is kept until it is asked for."""

    def __init__(self, options: Sequence[str], folder: Path) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - it is written until the process ends
        command = ["nice", "-n", NICENESS, sys.executable, "-m", "pytest", *options]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), *command],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._output,
        )

    def kill(self) -> None:
        """End it at once."""
        if self._process.stdin is not None:
            self._process.stdin.close()  # the guard's sign
        self._process.wait()

    def told(self) -> tuple[str, Counter[str]]:
        """Wait for its end: what it printed, and its counts. A run that ends without any, or in error with no failed test, is one failure."""
        ended_well = self._process.wait() in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        self._output.seek(0)
        printed = self._output.read()
        self._output.close()
        said = COUNTS.search(printed)
        passed, failed, skipped = (int(number) for number in said.groups()) if said else (0, 0, 0)
        if said is None or not ended_well:
            failed = max(failed, 1)
        return printed.decode(errors="replace"), Counter(passed=passed, failed=failed, skipped=skipped)
