"""`canbao worker ROLE`: one worker process."""

from typing import Annotated

import typer

from streams.settings import load_settings

app = typer.Typer(add_completion=False)
Role = Annotated[str, typer.Argument(help="intake:<feed>[,<feed>…][,decisions] | people | deliver:redis | deliver:<target> | desk")]


@app.command()
def worker(role: Role) -> None:
    """Run one worker until SIGTERM (exit status 0) or a failure (exit status 1)."""
    from streams.worker import start  # noqa: PLC0415 - Faust only when asked

    start(role, load_settings())
