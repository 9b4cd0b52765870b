"""What a crash may leave behind: a line with the kind of failure and its places in the code, never a message, a value or a core file."""

import resource
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

import structlog


def be_discreet() -> None:
    """For this process: no core file, and what nobody caught goes through the log, where an exception keeps its type and places only."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def told(error: BaseException) -> str:
    """A failure in one line for a terminal: kind, and where it happened."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" at {frame.filename.rsplit('/', 3)[-1]}:{frame.lineno} {frame.name}" for frame in last)
    return f"{type(error).__name__}{where} (its message may quote a value and is not shown)"


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger("canbao.crash").critical("uncaught failure", exc_info=(kind, error, trace))


def _uncaught_in_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None and failure.exc_type is not SystemExit:
        _uncaught(failure.exc_type, failure.exc_value, failure.exc_traceback)


def _unraisable(failure: Any) -> None:
    if failure.exc_value is not None:
        _uncaught(failure.exc_type, failure.exc_value, failure.exc_traceback)
