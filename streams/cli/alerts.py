"""`canbao alerts tail|decide`: alerts as they come, readable, from Kafka or from the Redis streams; a decision about one."""

from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from rich.console import Console

from processors.rules.registry import BY_CODE
from schemas.alert import Alert
from schemas.alert_json import alert_json
from schemas.kinds import Level, Queue
from streams.cli.alert_text import COLOUR, lines_of
from streams.cli.choices import divisions_given, several
from streams.cli.decide import decide
from streams.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Look at alerts, decide about one.")
Rules = Annotated[str, typer.Option("--rule", help="only these rules, e.g. R01,R01A")]
Divisions = Annotated[str, typer.Option("--division", help="only these divisions, six digits, e.g. 370102; 370100 takes the whole city")]
Levels = Annotated[str, typer.Option("--level", help="only these levels: SIGNAL, ALERT")]
Queues = Annotated[str, typer.Option("--queue", help="only these queues, e.g. A,B")]
FromStart = Annotated[bool, typer.Option("--all", help="from the first record that is kept, not only what comes")]
Once = Annotated[bool, typer.Option("--once", help="stop at the end instead of waiting for more")]
Redis = Annotated[bool, typer.Option("--redis", help="from the Redis streams instead of Kafka")]
Full = Annotated[bool, typer.Option("--full", help="with law, what to verify and legitimate reasons")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


@app.callback()
def group() -> None:
    """Look at alerts, decide about one."""


app.command()(decide)


@app.command()
def tail(
    rule: Rules = "",
    division: Divisions = "",
    level: Levels = "",
    queue: Queues = "",
    from_start: FromStart = False,
    once: Once = False,
    redis: Redis = False,
    full: Full = False,
    as_json: Json = False,
) -> None:
    """Show alerts as they come, one in a few lines."""
    from streams.following import follow_kafka, follow_redis  # noqa: PLC0415 - Kafka and Redis only when asked

    keep = wanted(
        several(rule, "--rule", BY_CODE),
        divisions_given(division, "--division"),
        several(level, "--level", Level),
        several(queue, "--queue", Queue),
    )
    follow: Callable[[Settings, bool, bool], Iterator[Alert]] = follow_redis if redis else follow_kafka
    console = Console(highlight=False, soft_wrap=True)
    try:
        for alert in follow(load_settings(), from_start, once):
            if keep(alert):
                show = [alert_json(alert).decode()] if as_json else [*lines_of(alert, full=full), ""]
                for line in show:
                    console.print(line, style=None if as_json else COLOUR.get(alert.severity), markup=False)
    except KeyboardInterrupt:
        raise typer.Exit from None


def wanted(rules: set[str], divisions: set[int], levels: set[str], queues: set[str]) -> Callable[[Alert], bool]:
    """The filter; an empty set lets everything pass."""

    def keep(alert: Alert) -> bool:
        place = {alert.handling_division, alert.handling_division // 100 * 100}
        return (
            (not rules or alert.rule in rules)
            and (not divisions or bool(divisions & place))
            and (not levels or alert.level in levels)
            and (not queues or alert.queue in queues)
        )

    return keep
