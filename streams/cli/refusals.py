"""How a command ends early: lines on stderr, each with its stable code first, and the exit status."""

from typing import Any, NamedTuple

from schemas.errors import Code
from streams.crash import told
from streams.down import names_of, server_down

REFUSED, DOWN, FAULT = 2, 3, 1
"""Exit statuses."""
REFUSALS = {
    "AuditTextError": Code.WRONG_ARGUMENT,
    "ClickException": Code.WRONG_ARGUMENT,
    "ConfigError": Code.WRONG_FILE,
    "ScenarioError": Code.WRONG_FILE,
    "SealError": Code.NOT_OPENED,
    "SettingsError": Code.WRONG_SETTING,
    "RefusedError": Code.NOT_TOGETHER,
}
"""Errors whose message says what is wrong and what is allowed, by the name of their class: nothing is imported to compare with."""


class Ending(NamedTuple):
    """What is written and the exit status."""

    text: str
    status: int


def refusal(code: Code, message: str) -> str:
    """The lines of a message, each with its code: what is shown of every refusal."""
    return "".join(f"{code.value}: {line}\n" for line in message.splitlines())


def ending_of(error: Exception) -> Ending:
    """A refusal is exit status 2, a server that is down 3, a fault of ours 1."""
    names = names_of(error)
    if "NoArgsIsHelpError" in names:  # the help is shown already
        return Ending("", REFUSED)
    if "Abort" in names:
        return Ending("aborted\n", FAULT)
    for name in names:
        if name in REFUSALS:
            return Ending(refusal(REFUSALS[name], _said(error)), REFUSED)
    down = server_down(error)
    if down:
        return Ending(refusal(Code.SERVER_DOWN, down), DOWN)
    return Ending(refusal(Code.COMMAND_FAULT, told(error)), FAULT)


def _said(error: Any) -> str:
    """The message; of a wrong call also where the help is."""
    if not hasattr(error, "format_message"):
        return str(error)
    path = getattr(error.ctx, "command_path", "canbao")
    return f"{error.format_message()} (`{path} --help`)"
