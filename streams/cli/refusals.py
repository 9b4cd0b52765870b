"""How a command ends early: lines on stderr, each with its stable code first, and the exit status."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from schemas.errors import Code
from streams.crash import told
from streams.down import names_of, server_down

REFUSED, DOWN, FAULT = 2, 3, 1
"""Exit statuses; FAULT is also that of a negative answer."""
STATUSES = {"CB-60": REFUSED, "CB-70": REFUSED, "CB-71": DOWN}
"""By how a code begins; any other is FAULT."""
REFUSALS = {
    "AuditTextError": Code.WRONG_ARGUMENT,
    "ClickException": Code.WRONG_ARGUMENT,
    "ConfigError": Code.WRONG_FILE,
    "IncarnationError": Code.WRONG_ARGUMENT,
    "NewerRowError": Code.NEWER_ROW,
    "RefusedError": Code.NOT_TOGETHER,
    "ScenarioError": Code.WRONG_FILE,
    "SealError": Code.NOT_OPENED,
    "SettingsError": Code.WRONG_SETTING,
    "StillWrittenError": Code.STILL_WRITTEN,
}
"""Errors whose message says what is wrong and what is allowed, by the name of their class: nothing is imported to compare with."""
HIDDEN = "[hidden]"
_LONG_NUMBER = re.compile(r"[0-9A-Za-z]*[0-9]{15}[0-9A-Za-z]*")
_KEY = re.compile(r"[0-9a-f]{32,64}")
_REPEATS = (
    (re.compile(r"unexpected extra argument\(s\) \(.*\)", re.DOTALL), "more arguments than it takes"),
    (re.compile(r"Value error, .* is not one of", re.DOTALL), "allowed:"),
    (re.compile(r"No such command (?!'[a-z-]+')'.*'", re.DOTALL), "No such command"),
    (re.compile(r"No such option: (?!--?[a-z][a-z-]*(?: |$)).*", re.DOTALL), "No such option"),
)
"""Where typer repeats a word of the call, and what is said instead; the path of a file stays, for of several one is meant."""


class EndedError(Exception):
    """A command's own early end; the message says what, and never a value that was typed in."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class Ending(NamedTuple):
    """What is written and the exit status."""

    text: str
    status: int


def refusal(code: Code, message: str) -> str:
    """The lines of a message, each with its code: what is shown of every refusal. A number as of an identity card is hidden, keys are not."""
    clean = _LONG_NUMBER.sub(lambda found: found[0] if _KEY.fullmatch(found[0]) else HIDDEN, message)
    return "".join(f"{code.value}: {line}\n" for line in clean.splitlines())


def ending_of(error: Exception) -> Ending:
    """A refusal is exit status 2, a server that is down 3, a negative answer or a fault of ours 1."""
    names = names_of(error)
    if "NoArgsIsHelpError" in names:  # the help is shown already
        return Ending("", REFUSED)
    if "BrokenPipeError" in names:  # who reads our output has enough
        return Ending("", FAULT)
    if "Abort" in names:
        return Ending("aborted\n", FAULT)
    code, message = _coded(error, names)
    return Ending(refusal(code, message), STATUSES.get(code.value[:5], FAULT))


def _coded(error: Exception, names: Sequence[str]) -> tuple[Code, str]:
    """The code, and the message as it may be shown."""
    listed = next((REFUSALS[name] for name in names if name in REFUSALS), None)
    down = server_down(error)
    if isinstance(error, EndedError):
        found = error.code, str(error)
    elif listed:
        found = listed, _said(error)
    elif down:
        found = Code.SERVER_DOWN, down
    elif isinstance(error, OSError) and error.filename is not None:
        found = Code.FILE_UNUSABLE, f"{error.filename}: {error.strerror}"
    else:
        found = Code.COMMAND_FAULT, told(error)
    return found


def _said(error: Any) -> str:
    """The message; of a wrong call without the values of the call, and where the help is."""
    if not hasattr(error, "format_message"):
        return str(error)
    text = error.format_message()
    for repeats, instead in _REPEATS:
        text = repeats.sub(instead, text)
    path = getattr(error.ctx, "command_path", "canbao")
    return f"{text} (`{path} --help`)"
