"""`canbao topics create|diff|acl|password|docs`: the topics of `schemas/topics.yaml` on a cluster."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schemas.feed_file import load_feeds
from schemas.targets import NAME
from schemas.topics import page
from streams.cli.choices import file_to_write, refused
from streams.settings import load_settings

SHORTEST_PASSWORD = 16
app = typer.Typer(no_args_is_help=True, add_completion=False, help="Create, compare, protect and document canbao's topics.")
Page = Annotated[Path | None, typer.Argument(help="file to write; without it the page is printed")]

Targets = Annotated[list[str], typer.Option("--target", help="also the topic of this webhook target's state (repeatable)")]


@app.command()
def create(target: Targets = []) -> None:  # noqa: B006 - typer reads the default, nobody changes it
    """Create the topics that are missing; what exists is left as it is (see `diff`)."""
    from streams.topics import create_missing, declared  # noqa: PLC0415 - Kafka only when asked

    if not all(NAME.fullmatch(one) for one in target):
        raise refused("--target", "a target's name: small letters, digits and -, a letter first, at most 40")
    settings = load_settings()
    for name in create_missing(settings, declared(settings, target)):
        typer.echo(f"created {name}")


@app.command()
def diff() -> None:
    """Show where the cluster differs from the list; exit code 1 if it does."""
    from streams.topics import declared, differences  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    found = differences(settings, declared(settings))
    for line in found:
        Console().print(line, style="yellow", highlight=False)
    if found:
        raise typer.Exit(1)
    typer.echo("the cluster is as declared")


@app.command()
def acl(
    apply: Annotated[bool, typer.Option("--apply", help="give these rights on the cluster instead of printing them")] = False,
) -> None:
    """Print the least rights of each role, as kafka-acls.sh takes them, or give them; everything else is denied."""
    if apply:
        from streams.rights import apply_rights  # noqa: PLC0415 - Kafka only when asked

        typer.echo(f"{apply_rights(load_settings())} rights are there")
        return
    from schemas.acls import commands  # noqa: PLC0415 - only when asked

    for line in commands(load_feeds().values()):
        typer.echo(line)


@app.command()
def password(role: Annotated[str, typer.Argument(help="role as `canbao topics acl` names it, such as people")]) -> None:
    """Make the user of a role, or change its password: one line on standard input, at least 16 characters."""
    from schemas.acls import acls  # noqa: PLC0415 - only when asked
    from streams.rights import set_password, user_of  # noqa: PLC0415 - Kafka only when asked

    roles = sorted({one.role for one in acls(load_feeds().values())})
    if role not in roles:
        raise refused("role", ", ".join(roles))
    given = sys.stdin.readline().rstrip("\n")
    if len(given) < SHORTEST_PASSWORD:
        raise refused("password on standard input", f"at least {SHORTEST_PASSWORD} characters, one line")
    set_password(load_settings(), role, given)
    typer.echo(f"{user_of(role)} has this password now")


@app.command()
def docs(file: Page = None) -> None:
    """Print the reference page, or write it to a file."""
    file_to_write(file, "file")
    if file is None:
        typer.echo(page(), nl=False)
    else:
        file.write_text(page(), encoding="utf-8")
