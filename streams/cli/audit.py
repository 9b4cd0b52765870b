"""`canbao audit verify|anchor|show|who`: is the audit topic whole, and who had to do with whose data."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from processors.audit_chain import MEANING, anchor_objects
from schemas.audit import Deed
from schemas.errors import Code
from schemas.feed_file import load_feeds
from streams.agents.days import SHANGHAI
from streams.audit_reading import Kept, append_anchor, check_topic, load_anchors, read_audit
from streams.audited import audited
from streams.cli.bars import bar
from streams.cli.choices import file_to_write, person_given, refused
from streams.cli.refusals import EndedError
from streams.cli.tables import whole
from streams.incident import batch_persons
from streams.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The audit topic: verify its chains, anchor them, ask who did what.")
Anchors = Annotated[
    Path | None, typer.Option("--anchors", exists=True, dir_okay=False, help="anchors kept outside, as `anchor` writes them")
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="at most so many, the newest")]


@app.command()
def verify(anchors: Anchors = None) -> None:
    """Check every chain: alterations, gaps, repetitions, order, anchors. Exit code 1 at any break; the first is shown first."""
    settings = load_settings()
    kept = load_anchors(anchors) if anchors else {}
    with bar("audit") as moved:
        check = check_topic(settings, kept, moved)
    for finding in check.findings:
        typer.echo(f"{finding.place} {finding.writer} #{finding.sequence}: {finding.kind}: {MEANING[finding.kind]}")
    typer.echo(f"{check.records} records, {len(check.heads)} chains, {check.anchors_met} anchors met, {len(check.findings)} breaks")
    if check.findings:
        raise typer.Exit(1)


@app.command()
def anchor(
    file: Annotated[Path | None, typer.Option("--file", help="file that gets one line more; keep it where canbao cannot write")] = None,
) -> None:
    """Once a day: check every chain, write its head into the topic and to a file. Exit code 1, and nothing written, at any break."""
    file_to_write(file, "--file")
    settings = load_settings()
    with bar("audit") as moved:
        check = check_topic(settings, {}, moved)
    if check.findings:
        raise EndedError(Code.AUDIT_BROKEN, "the topic's chains are broken, no anchor is written: `canbao audit verify` shows where")
    audited(settings, Deed.ANCHORED, objects=anchor_objects(check.heads), count=check.records)
    now = dt.datetime.now(SHANGHAI).isoformat(timespec="seconds")
    if file is not None:
        append_anchor(file, now, check.heads)
    typer.echo(f"{now}: {len(check.heads)} chains anchored")


@app.command()
def show(
    deed: Annotated[Deed | None, typer.Option("--deed", help="only this deed")] = None,
    actor: Annotated[str, typer.Option("--actor", help="only this account")] = "",
    limit: Limit = 100,
) -> None:
    """Show records, newest last."""
    settings = load_settings()
    with bar("audit") as moved:
        found = list(read_audit(settings, lambda one: deed in {None, one.entry.deed} and actor in {"", one.entry.actor}, moved))
    print_records(found[-limit:])


@app.command()
def who(
    person: Annotated[
        str, typer.Option("--person", help="person key, 34 hexadecimal digits: everybody who saw, exported or decided on this person")
    ] = "",
    batch: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--batch", help="FEED and BATCH (its name, or partition:first-last offset of the feed's topic): its persons, and who saw them"
        ),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="file that gets the person keys that were asked about, one a line; written anew")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="case number of the incident, required; no number of a person")] = "",
    limit: Limit = 1_000,
) -> None:
    """For an incident (个人信息保护法 art. 57): who had to do with a person, or with the persons of a batch. The question is audited itself."""
    if bool(person) == (batch is not None) or not reason:
        raise typer.BadParameter("give --reason, and either --person KEY or --batch FEED BATCH")
    if batch is not None and batch[0] not in load_feeds():
        raise refused("--batch", f"FEED BATCH, the feed one of {', '.join(load_feeds())}")
    asked = person_given(person, "--person") if person else b""
    file_to_write(keys, "--keys")
    settings = load_settings()
    if batch is not None:
        with bar("events") as moved:
            persons = batch_persons(settings, *batch, moved)
        objects = list(batch)
    else:
        persons, objects = {asked}, []
    audited(settings, Deed.INCIDENT_ASKED, objects=objects, count=len(persons), reason=reason)
    if keys is not None:
        keys.write_text("".join(f"{one.hex()}\n" for one in sorted(persons)), encoding="utf-8")
    with bar("audit") as moved:
        found = list(read_audit(settings, lambda one: not persons.isdisjoint(one.entry.persons), moved))
    typer.echo(f"{len(persons)} persons, {len(found)} audit records, {len({one.record.entry.actor for one in found})} accounts")
    print_records(found[-limit:])


def print_records(found: list[Kept]) -> None:
    """A table of records."""
    table = whole("time", "deed", "actor", "role", "division", "persons", "objects", "reason", "record")
    for place, record in found:
        entry = record.entry
        time = dt.datetime.fromtimestamp(record.at_ms / 1000, SHANGHAI)
        persons = ", ".join(one.hex() for one in entry.persons[:3]) + (" …" if len(entry.persons) > 3 else "")  # noqa: PLR2004 - a table
        cells = (str(entry.deed), entry.actor, str(entry.role), str(entry.division or ""), persons, ", ".join(entry.objects), entry.reason)
        table.add_row(f"{time:%Y-%m-%d %H:%M:%S}", *cells, f"{record.writer} #{record.sequence} {place}")
    Console().print(table)
