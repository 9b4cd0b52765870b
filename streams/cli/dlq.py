"""`canbao dlq list|show|replay`: records that could not be used."""

import datetime as dt
import sys
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console

from schemas.audit import Deed
from schemas.errors import load_errors
from streams.agents.days import SHANGHAI
from streams.audited import audited
from streams.cli.choices import error_code, letters_feed, reference_given, refused
from streams.letters import Letter, Mark, Unreadable, beside_letters, open_letter, read_letters, read_topic
from streams.replay import LETTERS_MAX, Chosen
from streams.replay import replay as send_back
from streams.sealing import sealer_of
from streams.settings import Settings, load_settings

UNREADABLE_SHOWN = 10
app = typer.Typer(no_args_is_help=True, add_completion=False, help="Dead letters: list them, look at one, send them back to their topic.")
Feed = Annotated[str, typer.Option("--feed", help="only this feed; decisions and people are the letters of canbao itself")]
Code = Annotated[str, typer.Option("--code", help="only this code, CB-nnn")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="at most so many")]


@app.command("list")
def list_letters(feed: Feed = "", code: Code = "", limit: Limit = 100) -> None:
    """List dead letters, a line each: reference, time, feed, code, where the original stands, field, whether it went back. No content is opened."""
    feed, code = letters_feed(feed), error_code(code)
    console, settings = Console(), load_settings()
    totals, waiting = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    beside = beside_letters(settings)
    gone = beside.sent_back
    for number, letter in enumerate(read_letters(settings, feed, code)):
        kind = letter.fields["feed"], letter.fields["code"]
        totals[kind] += 1
        waiting[kind] += letter.ref not in gone
        if number < limit:
            typer.echo(_line(letter, went=letter.ref in gone))
    if sum(totals.values()) > limit:
        typer.echo(f"… the first {limit} of {sum(totals.values())}; --limit shows more")
    for (name, one), count in sorted(totals.items()):
        entry = load_errors().get(one)
        typer.echo(f"{name} {one} {entry.name if entry else ''}: {count}, {waiting[name, one]} waiting")
        if entry:
            typer.echo(f"    what to do: {entry.action}（{entry.action_zh}）")
    if not totals:
        typer.echo("no dead letters")
    if beside.unreadable:
        shown = ", ".join(beside.unreadable[:UNREADABLE_SHOWN]) + (" …" if len(beside.unreadable) > UNREADABLE_SHOWN else "")
        console.print(
            f"{len(beside.unreadable)} record(s) are no letter that this release can read: {shown}", style="yellow", highlight=False
        )


@app.command()
def show(
    reference: Annotated[str, typer.Argument(help="partition:offset, as `canbao dlq list` shows it")],
    unseal: Annotated[
        bool, typer.Option("--unseal", help="write the original bytes to standard output; needs CANBAO_SEAL_KEY. Personal data.")
    ] = False,
) -> None:
    """Show one dead letter; with --unseal its original bytes."""
    settings = load_settings()
    letter, went = _find(settings, reference_given(reference))
    if unseal:
        audited(settings, Deed.DEAD_LETTER_OPENED, objects=[letter.ref], count=1)
        sys.stdout.buffer.write(open_letter(letter, sealer_of(settings)).value or b"")
        return
    for name, value in letter.fields.items():
        if name == "timestamp_ms":
            typer.echo(f"time of the original, Asia/Shanghai: {_time(letter)}")
        else:
            typer.echo(f"{name}: {len(value)} bytes, sealed" if isinstance(value, bytes) else f"{name}: {value}")
    typer.echo(f"sent back: {'yes' if went else 'no'}")
    entry = load_errors().get(letter.fields["code"])
    if entry is not None:
        typer.echo(f"meaning: {entry.meaning}（{entry.meaning_zh}）\nwhat to do: {entry.action}（{entry.action_zh}）")


@app.command()
def replay(
    references: Annotated[
        list[str] | None, typer.Argument(help="partition:offset of single letters; none: all that --feed and --code name")
    ] = None,
    feed: Feed = "",
    code: Code = "",
    limit: Limit = LETTERS_MAX,
    again: Annotated[bool, typer.Option("--again", help="also those that were sent back already")] = False,
) -> None:
    """Send originals back to the topic and partition they came from, to be read again. Needs CANBAO_SEAL_KEY."""
    if not references and not feed and not code:
        raise typer.BadParameter("name letters, or --feed or --code: nothing is replayed by default")
    feed, code, refs = letters_feed(feed), error_code(code), frozenset(map(reference_given, references or []))
    settings = load_settings()
    chosen = Chosen(feed=feed, code=code, refs=refs, again=again, limit=limit)

    def write_down(count: int) -> None:
        if count < min(len(refs), limit):
            raise refused(
                "reference", f"dead letters, as `canbao dlq list` shows them; of {len(refs)} given {count} are: nothing was sent back"
            )
        audited(settings, Deed.DEAD_LETTERS_REPLAYED, objects=[one for one in (feed, code) if one], count=count)

    typer.echo(f"sent back {send_back(settings, sealer_of(settings), chosen, write_down)} record(s)")


def _find(settings: Settings, reference: str) -> tuple[Letter, bool]:
    """A letter, and whether its mark stands behind it."""
    found, went = None, False
    for one in read_topic(settings):
        if one.ref == reference and isinstance(one, Letter):
            found = one
        elif one.ref == reference and isinstance(one, Mark):
            went = True
        elif one.ref == reference and isinstance(one, Unreadable):
            raise typer.BadParameter(f"the record at {reference} is no letter that this release can read")
    if found is None:
        raise typer.BadParameter(f"no dead letter at {reference}; `canbao dlq list` shows them")
    return found, went


def _time(letter: Letter) -> str:
    """Of the original, as Kafka kept it."""
    at_ms = letter.fields["timestamp_ms"]
    return f"{dt.datetime.fromtimestamp(at_ms / 1000, SHANGHAI):%Y-%m-%d %H:%M:%S}" if at_ms else "no time"


def _line(letter: Letter, *, went: bool) -> str:
    """One letter, one line: it is copied from, and searched with grep."""
    fields = letter.fields
    parts = (
        letter.ref,
        _time(letter),
        fields["feed"],
        fields["code"],
        letter.place,
        fields["field"],
        "sent back" if went else "",
    )
    return "  ".join(part for part in parts if part)
