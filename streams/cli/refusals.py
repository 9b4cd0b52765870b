"""How a command ends early: lines on stderr, each with its stable code first, and the exit status."""

from typing import Any, NamedTuple

from schemas.errors import Code
from streams.crash import told

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
SERVERS = {
    "AuditDownError": "audit (canbao.audit)",
    "RebuildError": "rebuild, call it again",
    "RegistryDownError": "Schema Registry (CANBAO_REGISTRY_URL)",
    "KafkaException": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
    "RedisError": "Redis (CANBAO_REDIS_URL)",
    "ConnectionError": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
    "TimeoutError": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
}
"""Errors of a server that does not answer, by the name of their class. Redis's own are RedisErrors; those of Python are raised where Kafka is read or written."""


class Ending(NamedTuple):
    """What is written and the exit status."""

    text: str
    status: int


def refusal(code: Code, message: str) -> str:
    """The lines of a message, each with its code: what is shown of every refusal."""
    return "".join(f"{code.value}: {line}\n" for line in message.splitlines())


def ending_of(error: Exception) -> Ending:
    """A refusal is exit status 2, a server that is down 3, a fault of ours 1."""
    names = _names(error)
    if "NoArgsIsHelpError" in names:  # the help is shown already
        return Ending("", REFUSED)
    if "Abort" in names:
        return Ending("aborted\n", FAULT)
    for name in names:
        if name in REFUSALS:
            return Ending(refusal(REFUSALS[name], _said(error)), REFUSED)
        if name in SERVERS:
            return Ending(refusal(Code.SERVER_DOWN, f"{SERVERS[name]}: {_reason(error)}"), DOWN)
    return Ending(refusal(Code.COMMAND_FAULT, told(error)), FAULT)


def _names(error: Exception) -> list[str]:
    """Names of its classes, the nearest first; of Redis's own only the general one, since they are called as Python's are."""
    kinds = type(error).__mro__
    return [kind.__name__ for kind in kinds if not kind.__module__.startswith("redis.") or kind.__name__ == "RedisError"]


def _said(error: Any) -> str:
    """The message; of a wrong call also where the help is."""
    if not hasattr(error, "format_message"):
        return str(error)
    path = getattr(error.ctx, "command_path", "canbao")
    return f"{error.format_message()} (`{path} --help`)"


def _reason(error: Exception) -> str:
    reason: Any = error.args[0] if error.args else type(error).__name__
    return str(reason.str() if hasattr(reason, "str") else reason)
