"""`canbao worker ROLE`: one worker process."""

import os
import signal
from typing import Annotated

import typer

from streams.settings import load_settings

app = typer.Typer(add_completion=False)
Role = Annotated[
    str, typer.Argument(help="intake:all | intake:<feed>[,<feed>…][,decisions] | people | deliver:redis | deliver:<target> | desk")
]


@app.command()
def worker(role: Role) -> None:
    """Run one worker until SIGTERM (exit status 0) or a failure (exit status 1); 2: a setting or role is refused."""
    signal.signal(signal.SIGTERM, end_at_once)
    from streams.worker import start  # noqa: PLC0415 - Faust only when asked

    start(role, load_settings())


def end_at_once(_number: int, _frame: object) -> None:
    """Until the application listens itself: nothing is served yet, and a container's first process is not ended by a signal that it does not take."""
    os._exit(0)
