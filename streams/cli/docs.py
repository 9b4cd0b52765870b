"""`canbao docs write|check`: reference pages and deploy files that are written from the tables."""

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.choices import refused
from streams.reference import REPOSITORY, pages, stale

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Write the reference pages from the tables, or say which are stale.")
Root = Annotated[Path, typer.Option(exists=True, file_okay=False, help="the repository whose files are meant")]


@app.command()
def write(root: Root = REPOSITORY) -> None:
    """Write every generated file that is missing or differs."""
    _refuse_unless_repository(root)
    texts = pages()
    for path in stale(root):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[path], encoding="utf-8")
        typer.echo(f"wrote {path}")


@app.command()
def check(root: Root = REPOSITORY) -> None:
    """Name every generated file that is missing or differs; exit code 1 if there is one."""
    _refuse_unless_repository(root)
    found = stale(root)
    for path in found:
        typer.echo(f"{path} is not what the tables say: run `canbao docs write`")
    raise typer.Exit(1 if found else 0)


def _refuse_unless_repository(root: Path) -> None:
    if not (root / "docs").is_dir() or not (root / "schemas").is_dir():
        raise refused("--root", "canbao's repository, a folder with docs/ and schemas/")
