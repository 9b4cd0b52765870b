"""`canbao person show KEY`: what is known of one person, under its pseudonymous key."""

from typing import Annotated

import typer
from rich.console import Console

from schemas.audit import Deed
from schemas.errors import Code
from streams.cli.choices import person_given
from streams.cli.refusals import EndedError
from streams.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Look at one person.")
Key = Annotated[str, typer.Argument(help="person key, 34 hexadecimal digits, as alerts show it")]


@app.callback()
def group() -> None:
    """Look at one person."""


@app.command()
def show(key: Key) -> None:
    """Timeline, month ledger and alerts of a person, read from the changelog of its partition. Names and numbers are not in it."""
    from streams.audited import audited  # noqa: PLC0415 - Kafka only when asked
    from streams.cli.bars import bar  # noqa: PLC0415 - only when asked
    from streams.cli.person_view import print_person  # noqa: PLC0415 - only when asked
    from streams.person_rows import read_rows  # noqa: PLC0415 - Kafka only when asked
    from streams.vault.reading import read_restrictions  # noqa: PLC0415 - Kafka only when asked

    person = person_given(key)
    settings = load_settings()
    audited(settings, Deed.PERSON_READ, persons=[person])
    if person in read_restrictions(settings):
        raise EndedError(Code.RESTRICTED, "the person's data is stored and no longer processed (个人信息保护法 art. 47): nothing is shown")
    with bar("people changelog") as moved:
        rows = read_rows(settings, person, moved)
    if not rows:
        raise EndedError(Code.NOTHING_KNOWN, "nothing is known of this person: the key is of another pepper, or no feed has named it")
    print_person(Console(highlight=False), person, rows)
