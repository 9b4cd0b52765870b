"""`canbao feed list|show|check|resume`: what a feed is, what its sample records become, and letting a stopped feed run again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from schemas.audit import Deed
from schemas.control import TOP_INCARNATION
from schemas.feed_docs import page
from schemas.feed_file import Feed, load_feeds
from streams.cli.choices import refused
from streams.cli.feed_check import check_files

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Feeds: list, show, check sample records, resume after a stop.")
Name = Annotated[str, typer.Argument(help="feed name, as `canbao feed list` shows it")]
Files = Annotated[
    list[Path],
    typer.Argument(
        exists=True, dir_okay=False, help="sample records: one JSON record, JSON lines, or the bytes of one Avro record (.avro)"
    ),
]


@app.command("list")
def list_feeds() -> None:
    """List the feeds with topic, wire form, department, and whether their absences are judged."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("feed", "wire", "absences", "department, topic"):
        table.add_column(name, no_wrap=name in {"feed", "wire"}, overflow="fold")
    for feed in load_feeds().values():
        table.add_row(feed.feed, feed.wire, "judged" if feed.horizon else "no markers", f"{feed.department}\n{feed.topic}")
    Console().print(table)


@app.command()
def show(feed: Name) -> None:
    """Show a feed's page: columns, facts, versions, what a delete means."""
    typer.echo(page(_feed(feed)), nl=False)


@app.command()
def check(feed: Name, files: Files) -> None:
    """Show what each sample record becomes, or its exact fault; exit code 1 if one is refused. Values of personal fields are never shown."""
    if check_files(_feed(feed), files, Console()):
        raise typer.Exit(1)


@app.command()
def resume(
    feed: Name,
    incarnation: Annotated[
        int, typer.Option(min=0, max=TOP_INCARNATION, help="raised by one after a fail-over of the source; 0: unchanged")
    ] = 0,
    reason: Annotated[str, typer.Option(help="why it may run again")] = "",
) -> None:
    """Let a stopped feed run again; the intake that owns it sees the row within a second."""
    from streams.audited import audited  # noqa: PLC0415 - Kafka only when asked
    from streams.control import resume_feed  # noqa: PLC0415 - Kafka only when asked
    from streams.settings import load_settings  # noqa: PLC0415 - settings only when asked

    _feed(feed)
    settings = load_settings()
    audited(settings, Deed.FEED_RESUMED, objects=[feed], count=incarnation, reason=reason)
    before, after = resume_feed(settings, feed, incarnation, reason)
    typer.echo(
        f"{feed}: {before.state} {before.reason} {before.place} -> {after.state}, incarnation {after.incarnation}, epoch {after.epoch}"
    )


def _feed(name: str) -> Feed:
    feeds = load_feeds()
    if name not in feeds:
        raise refused("feed", ", ".join(feeds))
    return feeds[name]
