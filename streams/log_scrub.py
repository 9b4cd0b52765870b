"""What a log line may say, after the allow-list of its fields: no number-like run anywhere, and of texts that are not ours no quoted value.

Our own messages are constants (a test reads the code). Faust, asyncio and the like quote values in theirs, so what stands in quotes, what is not
ASCII and all but the first line is taken out; librdkafka quotes topics and addresses only, and keeps its quotes.
"""

import re
from collections.abc import Callable
from typing import Any

from structlog.typing import EventDict

from schemas.audit import NUMBER_LIKE

OURS = "canbao"
KEEPS_QUOTES = ("librdkafka",)
NUMBER_HIDDEN = "[hidden: number]"
TEXT_HIDDEN = "[hidden]"
LONGEST = 2_000
FREE_TEXTS = ("error", "traceback")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")

_seen: list[Callable[[str], None]] = []


def on_hidden(count: Callable[[str], None]) -> None:
    """Have each thing that was hidden counted, by its kind: field, number, text."""
    _seen[:] = [count]


def hidden(kind: str) -> None:
    """Something was taken out of a line."""
    for count in _seen:
        count(kind)


def scrub(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The last processor before rendering."""
    logger = str(event.get("logger", ""))
    foreign = not logger.startswith(OURS)
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _clean(value, strict=foreign or name in FREE_TEXTS, quotes=logger.startswith(KEEPS_QUOTES))
        elif isinstance(value, list):
            event[name] = [_clean(one, strict=True, quotes=True) if isinstance(one, str) else one for one in value]
    return event


def _clean(text: str, *, strict: bool, quotes: bool) -> str:
    """A text without numbers; `strict`: also without quoted values (unless `quotes` may stay), other scripts and further lines."""
    clean = NUMBER_LIKE.sub(NUMBER_HIDDEN, text)
    if clean != text:
        hidden("number")
    if not strict:
        return clean[:LONGEST]
    plain = _NOT_ASCII.sub(TEXT_HIDDEN, clean.split("\n", 1)[0])
    plain = plain if quotes else _QUOTED.sub(TEXT_HIDDEN, plain)
    if plain != clean:
        hidden("text")
    return plain[:LONGEST]
