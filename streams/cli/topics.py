"""`canbao topics create|diff|acl|docs`: the topics of `schemas/topics.yaml` on a cluster."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schemas.feed_file import load_feeds
from schemas.topics import page
from streams.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Create, compare, protect and document canbao's topics.")
Page = Annotated[Path | None, typer.Argument(help="file to write; without it the page is printed")]

Targets = Annotated[list[str], typer.Option("--target", help="also the topic of this webhook target's state (repeatable)")]


@app.command()
def create(target: Targets = []) -> None:  # noqa: B006 - typer reads the default, nobody changes it
    """Create the topics that are missing; what exists is left as it is (see `diff`)."""
    from streams.topics import create_missing, declared  # noqa: PLC0415 - Kafka only when asked

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
def acl() -> None:
    """Print the least rights of each role, as kafka-acls.sh takes them; everything else is denied."""
    from schemas.acls import commands  # noqa: PLC0415 - only when asked

    for line in commands(load_feeds().values()):
        typer.echo(line)


@app.command()
def docs(file: Page = None) -> None:
    """Print the reference page, or write it to a file."""
    if file is None:
        typer.echo(page(), nl=False)
    else:
        file.write_text(page(), encoding="utf-8")
