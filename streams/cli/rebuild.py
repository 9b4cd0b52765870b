"""`canbao rebuild redis|desk`: a read model anew from Kafka."""

import typer

from streams.cli.bars import bar
from streams.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Build a read model anew from Kafka.")


@app.callback()
def group() -> None:
    """Build a read model anew from Kafka."""


@app.command()
def redis() -> None:
    """Read canbao.alerts whole and write every alert to Redis; deliver workers may go on meanwhile."""
    from streams.rebuild import rebuild_redis  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    with bar("canbao.alerts") as moved:
        written = rebuild_redis(settings, moved)
    typer.echo(f"{written.kept} revisions written, {written.repeated} were there already")


@app.command()
def desk() -> None:
    """Read alerts, public rows and answers to decisions whole and write the workbench's model; its worker may go on meanwhile."""
    from streams.rebuild_desk import rebuild_desk  # noqa: PLC0415 - Kafka only when asked

    settings = load_settings()
    with bar("canbao.alerts, canbao.enrolments, canbao.decision-results") as moved:
        kept = rebuild_desk(settings, moved)
    typer.echo(f"{kept} revisions written")
