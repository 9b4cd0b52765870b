"""`canbao version`."""

from importlib.metadata import version as installed

import typer

app = typer.Typer(add_completion=False)


@app.command()
def version() -> None:
    """Print the version of canbao and the hash of the shipped policy set."""
    from schemas.policy import load_policy  # noqa: PLC0415 - read only when asked

    typer.echo(f"canbao {installed('canbao')}, policy {load_policy().hash}")
