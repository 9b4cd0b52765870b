"""Nothing of a person in a log line or a crash: a process of its own logs, warns and dies with a number in its hands."""

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from schemas import metrics as m
from sinks.metrics import Metrics
from streams.log_scrub import NUMBER_HIDDEN, TEXT_HIDDEN, on_hidden, scrub
from tests.privacy.search import MARK, Canaries

ROOT = Path(__file__).parents[2]
NUMBER = "37999919481120001X"
NAME = MARK + "娟"
CANARIES = Canaries([NUMBER], [])
PREAMBLE = f"""
import asyncio, logging, threading, structlog
from streams.logs import set_up
set_up("DEBUG")
number, name = "{NUMBER}", "{NAME}"
log = structlog.get_logger("canbao.test")
"""
DEATHS = {
    "field": "log.error('said', id_no=number, reason=f'asked by {number}', topic='t')",
    "foreign": "logging.getLogger('faust.agents').error('cannot decode %r of %s', number, name)",
    "librdkafka": "logging.getLogger('librdkafka').error('FAIL %s', number)",
    "exception": "log.exception('failed') if not int('0') else None\ntry:\n    int(number)\nexcept ValueError:\n    log.exception('failed')",
    "stdlib exception": "try:\n    {}[name]\nexcept KeyError:\n    logging.getLogger('mode').exception('crashed with %s', name)",
    "uncaught": "{}[(number, name)]",
    "thread": "thread = threading.Thread(target=lambda: int(number))\nthread.start()\nthread.join()",
    "unraisable": "class Bad:\n    def __del__(self):\n        int(number)\nBad()",
    "task": "async def bad():\n    int(number)\nasync def run():\n    asyncio.create_task(bad(), name=name)\n    await asyncio.sleep(0)\nasyncio.run(run())",
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_no_way_to_die_tells_whose_record_it_was(death: str) -> None:
    """Something is said, and no canary is in it, whatever the encoding."""
    done = subprocess.run([sys.executable, "-c", PREAMBLE + death], capture_output=True, check=False, cwd=ROOT, timeout=300)
    told = done.stdout + done.stderr
    assert re.search(rb'"level": "(error|critical)"', told), told
    assert CANARIES.found_in(told) == "", told


def test_the_command_line_tells_the_kind_of_a_fault_only() -> None:
    """A fault of ours in a command: one line with kind and place."""
    program = f"import streams.cli.main as main\ndef bad(**_):\n    raise LookupError('{NUMBER}')\nmain.app = bad\nmain.run()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 1
    assert b"LookupError" in done.stderr
    assert CANARIES.found_in(done.stdout + done.stderr) == ""


def test_no_core_is_written() -> None:
    """A process that logs has a core size of 0."""
    program = PREAMBLE + "import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT, timeout=300)
    assert done.stdout.strip() == b"(0, 0)"
    assert resource.getrlimit(resource.RLIMIT_CORE) is not None


def test_what_is_taken_out_is_counted() -> None:
    """By kind, so that an operator sees that somebody tries."""
    metrics = Metrics()
    on_hidden(lambda kind: metrics.add(m.LOG_HIDDEN, kind=kind))
    try:
        event = scrub(None, "", {"logger": "faust", "event": f"bad value '{NAME}' of {NUMBER}\nmore", "topic": "t"})
    finally:
        on_hidden(lambda _kind: None)
    assert event["event"] == f"bad value {TEXT_HIDDEN} of {NUMBER_HIDDEN}"
    assert b'canbao_log_hidden_total{kind="number"} 1.0' in metrics.text()
    assert b'canbao_log_hidden_total{kind="text"} 1.0' in metrics.text()


def test_librdkafka_keeps_its_quotes() -> None:
    """Topic names in quotes are what an operator needs."""
    said = {"logger": "librdkafka", "event": 'Failed to add partition "canbao.events" [0]'}
    assert scrub(None, "", dict(said)) == said
