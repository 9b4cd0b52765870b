"""`canbao target add|list|show|pause|resume|replay|test|rotate-secret|remove|token`: who receives alerts as webhooks."""

import asyncio
import datetime as dt
import json
import re
import time
from collections.abc import Callable
from typing import Annotated

import typer
from msgspec import structs
from rich.console import Console

from processors.rules.registry import BY_CODE
from schemas.audit import Deed
from schemas.errors import Code
from schemas.kinds import Level, Severity
from schemas.targets import NAME, RESERVED, Filter, Replay, TargetRow, TargetState
from streams.agents.days import SHANGHAI
from streams.cli.choices import divisions_given, refused, several
from streams.cli.refusals import EndedError
from streams.cli.tables import whole
from streams.settings import Settings, load_settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Webhook targets: add, list, pause, resume, replay, test, rotate secrets, remove."
)
Name = Annotated[str, typer.Argument(help="target name, as `canbao target list` shows it")]
Rules = Annotated[list[str], typer.Option("--rule", help="only this rule (repeatable)")]
Divisions = Annotated[
    list[int], typer.Option("--division", min=0, max=999_999, help="only alerts that this division handles, six digits (repeatable)")
]
Levels = Annotated[list[Level], typer.Option("--level", help="only this level (repeatable)")]
Severities = Annotated[list[Severity], typer.Option("--severity", help="only this severity (repeatable)")]
READER = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
MS, HOURS_MS = 1_000, 3_600_000


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="small letters, digits and -, a letter first, at most 40")],
    url: Annotated[str, typer.Argument(help="https address that takes the requests")],
    rule: Rules = [],  # noqa: B006 - typer reads the default, nobody changes it
    division: Divisions = [],  # noqa: B006 - same
    level: Levels = [],  # noqa: B006 - same
    severity: Severities = [],  # noqa: B006 - same
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="requests in flight")] = 32,
) -> None:
    """Add a target and print its signing secret, once. Then start `canbao worker deliver:NAME`; a new target hears everything Kafka has."""
    from sinks.webhooks.address import AddressRefusedError, check_url, networks_of  # noqa: PLC0415 - its HTTP stack only when asked
    from streams.targets import add_target, create_topics, read_targets  # noqa: PLC0415 - Kafka only when asked

    if name in RESERVED:
        raise refused("name", f"any but {', '.join(RESERVED)}")
    settings, rules = load_settings(), sorted(several(",".join(rule), "--rule", BY_CODE))
    try:
        check_url(url, networks_of(settings.webhook_networks), plain=settings.webhook_plain)
    except AddressRefusedError as error:
        raise EndedError(Code.ADDRESS_NOT_ALLOWED, str(error).removeprefix(f"{Code.ADDRESS_NOT_ALLOWED}: ")) from None
    wants = Filter(rules, _divisions(division), [str(one) for one in level], [str(one) for one in severity])
    row = TargetRow(_named(name), url, [], wants, concurrency=concurrency)
    create_topics(settings, name)
    if name in read_targets(settings):
        raise refused("name", f"one that is not there already; `canbao target remove {name}` first")
    _audit(settings, Deed.TARGET_CHANGED, name, "add", url)
    secret = add_target(settings, row)
    typer.echo(f"{name}: added. Its signing secret, shown this once:\n{secret}")


@app.command("list")
def list_targets() -> None:
    """List the targets: address, filter, state."""
    from streams.targets import read_targets  # noqa: PLC0415 - Kafka only when asked

    table = whole("name", "address", "wants", "state", "reason")
    for row in read_targets(load_settings()).values():
        table.add_row(row.name, row.url, _wants(row.filter), row.state, row.reason)
    Console().print(table)


@app.command()
def show(name: Name) -> None:
    """Show one target; never a secret."""
    row = _row(load_settings(), name)
    until = [f"until {_time(one.until_ms)}" if one.until_ms else "stays" for one in row.secrets]
    for label, value in (
        ("address", row.url),
        ("wants", _wants(row.filter)),
        ("state", f"{row.state} {row.reason}".strip()),
        ("requests in flight", str(row.concurrency)),
        ("secrets, newest first", ", ".join(until)),
        ("last replay", f"number {row.replay.number}, from {_time(row.replay.from_ms)}" if row.replay.number else "none"),
        ("changes", str(row.epoch)),
    ):
        typer.echo(f"{label}: {value}")


@app.command()
def pause(name: Name, reason: Annotated[str, typer.Option(help="why")] = "paused by hand") -> None:
    """Send nothing more; alerts wait in Kafka."""
    _change(name, Deed.TARGET_CHANGED, "pause", lambda row: structs.replace(row, state=TargetState.PAUSED, reason=reason), reason)


@app.command()
def resume(name: Name) -> None:
    """Send again, at once: a wait after failures ends, and what was refused is tried again."""
    _change(name, Deed.TARGET_CHANGED, "resume", lambda row: structs.replace(row, state=TargetState.RUN, reason=""))


@app.command()
def replay(
    name: Name,
    start: Annotated[str, typer.Option("--from", help="time in Asia/Shanghai, 2026-11-27 or 2026-11-27T08:30")],
) -> None:
    """Send everything once more from a time on, in order; live alerts wait meanwhile. Receivers know repeats by `webhook-id`."""
    from_ms = _milliseconds(start)
    _change(name, Deed.TARGET_REPLAYED, start, lambda row: structs.replace(row, replay=Replay(row.replay.number + 1, from_ms)))


@app.command()
def test(name: Name) -> None:
    """Send one signed event of type canbao.test and say what the target answered; exit code 1 if it did not take it."""
    from streams.targets import opened  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    row = _row(settings, name)
    now = dt.datetime.now(dt.UTC)
    answer = asyncio.run(_test(settings, row, opened(settings, row, int(now.timestamp() * MS)), now))
    typer.echo(f"{name}: {answer}")
    if not answer.startswith("taken"):
        raise typer.Exit(1)


@app.command("rotate-secret")
def rotate_secret(
    name: Name, keep_hours: Annotated[float, typer.Option(min=0, max=720, help="hours that the old secret signs as well")] = 24
) -> None:
    """Make a new secret and print it, once; requests carry both signatures until the old one ends."""
    from streams.targets import rotate  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    _row(settings, name)
    _audit(settings, Deed.TARGET_CHANGED, name, "rotate-secret")
    secret = rotate(settings, name, int(time.time() * MS), int(keep_hours * HOURS_MS))
    typer.echo(f"{name}: the new signing secret, shown this once; the old one signs for {keep_hours:g} h more:\n{secret}")


@app.command()
def remove(name: Name) -> None:
    """Remove a target: its worker sends nothing more and can be stopped."""
    from streams.targets import remove_target  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    _row(settings, name)
    _audit(settings, Deed.TARGET_CHANGED, name, "remove")
    remove_target(settings, name)
    typer.echo(f"{name}: removed; stop its worker, then its topic canbao.deliver.{name}-changelog may be deleted")


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="name of the reader")],
    division: Annotated[list[int], typer.Option("--division", min=0, max=999_999, help="division it may see, six digits (repeatable)")],
) -> None:
    """Make a bearer token for a machine reader of the live stream, and print its entry for the file CANBAO_LIVE_TOKENS. Nothing is written."""
    from sinks.sse.tokens import new_token  # noqa: PLC0415 - its HTTP stack only when asked

    if not READER.fullmatch(name):
        raise refused("name", "a letter first, then letters, digits, '.', '_' and '-', at most 64")
    divisions = _divisions(division)
    secret, digest = new_token()
    typer.echo(f"token for {name}, shown this once: {secret}")
    typer.echo(f"  - {{name: {name}, token_sha256: {digest}, divisions: {divisions}}}")
    typer.echo("the line above belongs into the file CANBAO_LIVE_TOKENS, below its first line `consumers:`", err=True)


async def _test(settings: Settings, row: TargetRow, secrets: list[bytes], now: dt.datetime) -> str:
    from sinks.webhooks.address import networks_of  # noqa: PLC0415 - its HTTP stack only when asked
    from sinks.webhooks.send import Sender, outlet  # noqa: PLC0415 - same

    identifier = f"test:{int(now.timestamp() * MS)}"
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": "urn:canbao:deliver",
        "type": "canbao.test",
        "time": now.isoformat(timespec="seconds"),
        "datacontenttype": "application/json",
        "data": {"target": row.name, "note": "待核实，不作为停发依据。A test: there is no person behind it."},
    }
    sender = Sender(networks_of(settings.webhook_networks), plain=settings.webhook_plain)
    try:
        answer = await sender.send(outlet(row.url, secrets), identifier, json.dumps(event, ensure_ascii=False).encode(), now)
    finally:
        await sender.close()
    return f"{answer.verdict} {answer.status or ''} {answer.reason if not answer.status else ''}".strip()


def _row(settings: Settings, name: str) -> TargetRow:
    from streams.targets import NoTargetError, read_target  # noqa: PLC0415 - Kafka only when asked

    try:
        return read_target(settings, _named(name))
    except NoTargetError as error:
        raise typer.BadParameter(str(error)) from None


def _named(name: str) -> str:
    """The name of a target, as far as its form goes."""
    if not NAME.fullmatch(name):
        raise refused("name", "small letters, digits and -, a letter first, at most 40")
    return name


def _divisions(given: list[int]) -> list[int]:
    return sorted(divisions_given(",".join(f"{one:06}" for one in given), "--division"))


def _change(name: str, deed: Deed, what: str, how: Callable[[TargetRow], TargetRow], reason: str = "") -> None:
    from streams.targets import change  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    _row(settings, name)
    _audit(settings, deed, name, what, reason=reason)
    row = change(settings, name, how)
    typer.echo(f"{name}: {row.state}{f' ({row.reason})' if row.reason else ''}, change {row.epoch}; its worker sees it within a second")


def _audit(settings: Settings, deed: Deed, *objects: str, reason: str = "") -> None:
    """Who receives alerts is a matter of the audit topic: written before it is done."""
    from streams.audited import audited  # noqa: PLC0415 - Kafka only when asked

    audited(settings, deed, objects=list(objects), reason=reason)


def _wants(wants: Filter) -> str:
    divisions = [str(one) for one in wants.divisions]
    parts = (("rule", wants.rules), ("division", divisions), ("level", wants.levels), ("severity", wants.severities))
    return "; ".join(f"{name} {', '.join(values)}" for name, values in parts if values) or "everything"


def _milliseconds(text: str) -> int:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise refused("--from", "a time such as 2026-11-27 or 2026-11-27T08:30") from None
    return int((found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).timestamp() * MS)


def _time(milliseconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(milliseconds / MS, SHANGHAI):%Y-%m-%d %H:%M}"
