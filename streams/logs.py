"""One log for everything a process says: JSON lines on stderr, fields by allow-list, librdkafka's own log included and rate-limited.

Personal data can't get in by accident: a field that is not in `ALLOWED_FIELDS` is replaced, and of an exception only its type and the
places it passed are kept, since its message may quote a value. What passes is scrubbed of numbers (`log_scrub`), and so is a crash (`crash`).
"""

from __future__ import annotations

import logging
import logging.config
import time
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from streams.crash import be_discreet
from streams.log_scrub import hidden, scrub

ALLOWED_FIELDS = frozenset(
    {
        "age_seconds",
        "alert_id",
        "attempts",
        "code",
        "count",
        "doing",
        "error",
        "event",
        "feed",
        "group",
        "instance",
        "level",
        "logger",
        "offset",
        "owned",
        "partition",
        "partitions",
        "person_key",
        "phase",
        "place",
        "places",
        "positions",
        "reason",
        "rows",
        "rule",
        "seconds",
        "stage",
        "stopped_by",
        "suppressed",
        "target",
        "through",
        "timestamp",
        "topic",
        "traceback",
    }
)
HIDDEN = "[hidden: not an allowed log field]"
RDKAFKA_LINES = 20
RDKAFKA_SECONDS = 10.0


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace what is not on the allow-list; engine-internal keys of structlog (leading underscore) pass."""
    for name in event:
        if name not in ALLOWED_FIELDS and not name.startswith("_"):
            event[name] = HIDDEN
            hidden("field")
    return event


def places_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Turn exc_info into the exception's type and the places it passed, without its message."""
    info = event.pop("exc_info", None)
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    elif info is True:
        info = None
    if isinstance(info, tuple) and info[0] is not None:
        frames = [f"{frame.filename.rsplit('/', 3)[-1]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(info[2])]
        event["error"] = event.get("error", info[0].__name__)
        event["traceback"] = frames
    event.pop("stack_info", None)
    return event


class RateLimit(logging.Filter):
    """At most `lines` in `seconds` pass; how many did not is said on the next one that does."""

    def __init__(self, lines: int = RDKAFKA_LINES, seconds: float = RDKAFKA_SECONDS) -> None:
        super().__init__()
        self._lines, self._seconds = lines, seconds
        self._since, self._passed, self._held = 0.0, 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line may pass."""
        now = time.monotonic()
        if now - self._since >= self._seconds:
            self._since, self._passed = now, 0
        if self._passed >= self._lines:
            self._held += 1
            return False
        self._passed += 1
        if self._held:
            record.msg = f"{record.getMessage()} [{self._held} lines suppressed]"
            record.args = ()
            self._held = 0
        return True


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]


def set_up(level: str = "INFO") -> None:
    """Configure logging of the whole process; called once, before the worker starts.

    Args:
        level: name of the least level that is shown.
    """
    be_discreet()
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            places_only,
            redact,
            scrub,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"rate": {"()": RateLimit}},
            "formatters": {"json": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.__stderr__", "formatter": "json"}},
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {"librdkafka": {"filters": ["rate"]}, "faust": {"level": "WARNING"}, "mode": {"level": "WARNING"}},
        }
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
