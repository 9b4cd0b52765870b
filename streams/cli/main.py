"""The command `canbao`. A subcommand is one file with a Typer `app` and one line here; it is imported when it is called."""

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

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
            single = typer.Typer(add_completion=False)
            single.command()(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def root() -> None:
    """参保：全民参保实时引擎。An alert is a lead to verify, never an order to stop a payment."""


def run() -> None:
    """Entry point: what ends a command early is one line on stderr with its `CB-nnn` and exit code, as `streams.cli.refusals` lists them."""
    try:
        status = app(standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        from streams.cli.refusals import ending_of  # noqa: PLC0415 - the table of codes only when something ends early

        ending = ending_of(error)
        sys.stderr.write(ending.text)
        sys.exit(ending.status)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    run()
