"""The command `canbao`. A subcommand is one file with a Typer `app` and one line here; it is imported when it is called."""

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from streams.crash import told

COMMANDS = {
    "alerts": "streams.cli.alerts",
    "audit": "streams.cli.audit",
    "config": "streams.cli.config",
    "demo": "streams.cli.demo",
    "dlq": "streams.cli.dlq",
    "docs": "streams.cli.docs",
    "doctor": "streams.cli.doctor:doctor",
    "feed": "streams.cli.feed",
    "judge": "streams.cli.judge:judge",
    "live": "streams.cli.live:live",
    "person": "streams.cli.person",
    "rebuild": "streams.cli.rebuild",
    "target": "streams.cli.target",
    "topics": "streams.cli.topics",
    "unquarantine": "streams.cli.unquarantine:unquarantine",
    "vault": "streams.cli.vault",
    "worker": "streams.cli.worker",
    "version": "streams.cli.version",
    "web": "streams.cli.web:web",
}
"""Name → module with a Typer `app`, or module:function of a single command."""


class LazyGroup(TyperGroup):
    """Imports a subcommand when it is called or its help is shown."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of COMMANDS."""
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The subcommand, imported now."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, function = place.partition(":")
        found = getattr(importlib.import_module(module), function or "app")
        if function:
            single = typer.Typer()
            single.command()(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def root() -> None:
    """参保：全民参保实时引擎。An alert is a lead to verify, never an order to stop a payment."""


REFUSALS = {"AuditTextError", "ConfigError", "SealError", "SettingsError", "RefusedError"}
"""Errors whose message says what is wrong and what is allowed."""
DOWN = {
    "AuditDownError": "audit (canbao.audit)",
    "KafkaException": "Kafka (CANBAO_KAFKA_BOOTSTRAP)",
    "ConnectionError": "Redis (CANBAO_REDIS_URL)",
    "RebuildError": "rebuild, call it again",
    "TimeoutError": "Redis (CANBAO_REDIS_URL)",
}
"""Errors of a server that does not answer, by the name of their class: nothing is imported to compare with."""


def run() -> None:
    """Entry point: a refusal is one line on stderr and exit code 2, a server that is down one line and exit code 3, a fault of ours one line and 1."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        name = type(error).__name__
        if name in REFUSALS:
            sys.stderr.write(f"{error}\n")
            sys.exit(2)
        if name in DOWN:
            reason = error.args[0] if error.args else name
            sys.stderr.write(f"{DOWN[name]}: {reason.str() if hasattr(reason, 'str') else reason}\n")
            sys.exit(3)
        sys.stderr.write(f"{told(error)}\n")
        sys.exit(1)


if __name__ == "__main__":
    run()
