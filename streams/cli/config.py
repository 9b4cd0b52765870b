"""`canbao config`: every setting with its value, secrets masked."""

import typer

from streams.settings import load_settings

app = typer.Typer(add_completion=False)


@app.command()
def config() -> None:
    """Print every setting, its value and its meaning, in the form of an environment file; secrets are masked."""
    for name, value, meaning in load_settings().shown():
        typer.echo(f"# {meaning}\n{name}={value}")
