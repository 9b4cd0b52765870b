"""`canbao demo`: a synthetic city through the whole pipeline, with what was planted and what was found."""

from typing import Annotated

import typer
from rich.console import Console

from schemas.errors import Code
from streams.cli.choices import refused
from streams.cli.refusals import EndedError
from streams.setting_forms import BROKER

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    persons: Annotated[
        int,
        typer.Option(min=200, max=1_000_000, help="people of the city; for every 300 the planted cases come once, about 150 people"),
    ] = 300,
    months: Annotated[int, typer.Option(min=2, max=12, help="simulated months from October 2023; cases that need more are left out")] = 12,
    seed: Annotated[int, typer.Option(help="the same seed gives the same city")] = 1,
    once: Annotated[bool, typer.Option("--once", help="end after the table instead of leaving the pipeline up")] = False,
    kafka: Annotated[str, typer.Option(help="HOST:PORT of a Kafka, or `real` to start Apache Kafka; empty: embedded")] = "",
    redis: Annotated[str, typer.Option(help="redis://… of a server; empty: start one")] = "",
) -> None:
    """Simulate a city; exit code 1 if a planted case is missed or an alert is false."""
    from demo.drive import CityTooLargeError  # noqa: PLC0415 - only when asked
    from demo.run import Wish, run  # noqa: PLC0415 - the demo only when asked
    from demo.servers.process import ServerError, ServerUnavailable  # noqa: PLC0415 - the demo only when asked
    from demo.stack import StackError  # noqa: PLC0415 - the demo only when asked

    if kafka not in {"", "real"} and not all(BROKER.fullmatch(one) for one in kafka.split(",")):
        raise refused("--kafka", "host:port, or `real`")
    wish = Wish(persons=persons, months=months, seed=seed, once=once, kafka=kafka, redis=redis)
    try:
        status = run(wish, Console())
    except (CityTooLargeError, ServerUnavailable, ServerError, StackError) as error:
        code = Code.WRONG_ARGUMENT if isinstance(error, CityTooLargeError) else Code.SERVER_DOWN
        raise EndedError(code, str(error)) from error
    raise typer.Exit(status)
