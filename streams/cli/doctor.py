"""`canbao doctor`: everything that the settings name, compared with what it should be; what is wrong and how to mend it."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from streams.cli.choices import refused
from streams.cli.tables import whole
from streams.doctor.finding import Finding, contained
from streams.setting_forms import BROKER
from streams.settings import Settings, load_settings

STYLES = {"OK": "green", "ADVICE": "yellow", "WRONG": "bold red", "UNSEEN": "dim"}
Workers = Annotated[list[str] | None, typer.Option("--worker", help="host:port of a worker's /metrics; repeat for each")]
Every = Annotated[bool, typer.Option("--all/--wrong", help="every finding, or only what is not OK")]


def doctor(worker: Workers = None, every: Every = True) -> None:
    """Connect to all that is configured and say what is wrong and how to mend it; exit code 1 if anything is wrong.

    Looks only, but for one record in canbao.probe. Run it as `operator` for the cluster and as `cli` for the state: each sees its own part.
    """
    if not all(BROKER.fullmatch(one) for one in worker or []):
        raise refused("--worker", "host:port of a worker's /metrics")
    found = look_at_all(load_settings(), worker or [])
    table = whole("where", "state", "what", "what to do")
    for finding in found:
        if every or finding.state != "OK":
            table.add_row(finding.place, f"[{STYLES[finding.state]}]{finding.state}[/]", escape(finding.what), escape(finding.remedy))
    Console().print(table)
    wrong = sum(finding.state == "WRONG" for finding in found)
    typer.echo(f"{wrong} wrong of {len(found)} looked at")
    raise typer.Exit(1 if wrong else 0)


def look_at_all(settings: Settings, addresses: list[str]) -> list[Finding]:
    """Every check; one that fails itself is a finding and costs the others nothing."""
    from streams.doctor import kafka, local, redis, registry, rights, workers  # noqa: PLC0415 - clients only when asked

    checks: dict[str, Callable[[], list[Finding]]] = {
        "this machine": lambda: local.check(settings),
        "Kafka": lambda: kafka.check(settings),
        "rights": lambda: rights.check(settings),
        "registry": lambda: registry.check(settings),
        "Redis": lambda: redis.check(settings),
        "workers": lambda: workers.check(settings, addresses),
    }
    return [finding for place, look in checks.items() for finding in contained(place, look)]
