"""`canbao vault lookup|request|approve|run|erase|rotate-kek`: what stands behind a person key. Every call is audited."""

import csv
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from schemas.audit import Deed
from schemas.errors import Code
from schemas.look_ups import Answer, Asker, Identity
from schemas.restrictions import Restriction
from schemas.roles import Role
from streams.agents.intake_setup import key_maker
from streams.audit import KafkaAudit, account
from streams.audited import entry_of_asker
from streams.cli.bars import bar
from streams.cli.choices import file_to_write, hexadecimal, person_given, refused
from streams.cli.refusals import EndedError
from streams.settings import Settings, load_settings
from streams.vault import bulk
from streams.vault.envelopes import envelopes_of
from streams.vault.erasure import erase as erase_person
from streams.vault.erasure import rotate
from streams.vault.lookup import Vault, judged

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The identity vault: look up, erase, change the key above all keys. By role and reason, audited.",
)
Reason = Annotated[
    str, typer.Option("--reason", help="why: a case or letter number, at least four characters, required; no number of a person")
]
Key = Annotated[str, typer.Argument(help="person key, 34 hexadecimal digits")]
Request = Annotated[str, typer.Argument(help="name of the bulk request, 16 hexadecimal digits, as `canbao vault request` prints it")]
OWNER_ONLY = 0o600
REQUEST_DIGITS = 16


@app.command()
def lookup(
    key: Annotated[
        str, typer.Argument(help="person key, 34 hexadecimal digits; without it a number is asked for, or read from standard input")
    ] = "",
    reason: Reason = "",
) -> None:
    """Number and name behind a person key, or the key of a number. The number is typed in, never an argument: arguments are seen by others."""
    person = person_given(key) if key else b""
    with _vault(Role.STEWARD, reason) as (vault, asker):
        found = vault.behind(asker, person) if person else vault.key_of(asker, _number(), time.time_ns() // 1_000_000)
    _refuse_unless_found(found.answer)
    if found.identity is None:
        typer.echo(found.person.hex())
    else:
        _write_rows(sys.stdout, {found.person: found.identity})


@app.command()
def request(
    keys: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="person keys, one a line, as `canbao audit who --keys` writes them")
    ],
    reason: Reason = "",
) -> None:
    """Ask for the identities behind many keys and print the name of the request; another account approves it within a week."""
    persons = _keys_of(keys)
    with _vault(Role.STEWARD, reason) as (vault, asker):
        answer = bulk.ask(vault, asker, persons)
    _refuse_unless_found(answer.answer)
    typer.echo(answer.request)


@app.command()
def approve(name: Request, reason: Reason = "") -> None:
    """Approve a bulk request of another account; it can then be run once, within a day."""
    name = _request(name)
    with _vault(Role.SUPERVISOR, reason) as (vault, asker):
        _refuse_unless_found(bulk.approve(vault, asker, name).answer)
    typer.echo("approved")


@app.command()
def run(
    name: Request,
    file: Annotated[Path, typer.Argument(help="CSV file to make, for its owner only; one that is there is not overwritten")],
    reason: Reason = "",
) -> None:
    """Write the identities of an approved request to a new file; only the account that asked may. Restricted persons are not in it."""
    name = _request(name)
    with _new_file(file) as opened:  # before the request is run: it runs once
        with _vault(Role.STEWARD, reason) as (vault, asker):
            answer = bulk.run(vault, asker, name)
        _refuse_unless_found(answer.answer)
        _write_rows(opened, answer.identities)
    typer.echo(f"{len(answer.identities)} identities")


@app.command()
def erase(key: Key, reason: Reason = "") -> None:
    """Destroy the data keys of a person and restrict the person: nothing of it is shown or judged any more. It cannot be undone."""
    person = person_given(key)
    with _vault(Role.STEWARD, reason) as (vault, asker):
        answer = judged(asker, frozenset({Role.STEWARD}))
        if answer is None:
            vault.audit(entry_of_asker(asker, Deed.PERSON_ERASED, persons=[person]))
            mark = Restriction(time.time_ns() // 1_000_000, asker.actor, asker.reason)
            typer.echo(f"{erase_person(vault.settings, person, mark)} data keys destroyed, person restricted")
    _refuse_unless_found(answer or Answer.FOUND)


@app.command("rotate-kek")
def rotate_kek(reason: Reason = "") -> None:
    """Wrap every data key under the current key-encryption key (CANBAO_VAULT_KEY_ID). The old one may go once this says 0 are left."""
    with _vault(Role.STEWARD, reason) as (vault, asker):
        answer = judged(asker, frozenset({Role.STEWARD}))
        if answer is None:
            vault.audit(entry_of_asker(asker, Deed.KEYS_ROTATED, objects=[vault.envelopes.ring.key_id]))
            with bar("data keys") as moved:
                changed, total = rotate(vault.settings, vault.envelopes, moved)
            typer.echo(f"{changed} of {total} data keys wrapped under {vault.envelopes.ring.key_id}; under other keys: 0")
    _refuse_unless_found(answer or Answer.FOUND)


@contextmanager
def _vault(role: Role, reason: str) -> Iterator[tuple[Vault, Asker]]:
    settings = load_settings()
    with KafkaAudit(settings, f"re-identification-{account()}-{socket.gethostname()}") as audit:
        yield Vault(settings, audit, envelopes_of(settings), key_maker(settings)), _asker(settings, role, reason)


def _asker(settings: Settings, role: Role, reason: str) -> Asker:
    """The account, with the role if it is listed for it; nobody is by default."""
    listed = settings.vault_stewards if role is Role.STEWARD else settings.vault_approvers
    held = role if account() in {name.strip() for name in listed.split(",")} else Role.OPERATOR
    return Asker(actor=account(), role=held, source="command", reason=reason)


def _number() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("number", hide_input=True, err=True))
    given = sys.stdin.readline().strip()
    if not given:
        raise refused("number", "one line on standard input")
    return given


def _request(text: str) -> str:
    return hexadecimal(text, "name", REQUEST_DIGITS, "as `canbao vault request` printed them")


def _keys_of(file: Path) -> set[bytes]:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    persons = {person_given(line, f"keys, line {number}") for number, line in enumerate(lines, start=1) if line.strip()}
    if not persons:
        raise refused("keys", "a file with person keys, one a line; this one has none")
    return persons


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file that was not there, for its owner only; gone again where nothing comes to stand in it."""
    file_to_write(path, "file")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w", encoding="utf-8", newline="") as opened:
        try:
            yield opened
        except BaseException:
            path.unlink()
            raise


def _refuse_unless_found(answer: Answer) -> None:
    if answer is not Answer.FOUND:
        raise EndedError(CODES[answer], f"{answer}: {MEANING[answer]}")


def _write_rows(file: TextIO, rows: dict[bytes, Identity]) -> None:
    writer = csv.writer(file)
    writer.writerow(("person_key", "kind", "country", "number", "name"))
    writer.writerows((person.hex(), one.kind, one.country, one.number, one.name) for person, one in rows.items())


MEANING = {
    Answer.UNKNOWN: "no such person, or nothing rests in the vault",
    Answer.RESTRICTED: "the person's data is stored and no longer processed (个人信息保护法 art. 47)",
    Answer.NOT_A_NUMBER: "not an identity number",
    Answer.ROLE_REFUSED: "the account is not in CANBAO_VAULT_STEWARDS or CANBAO_VAULT_APPROVERS; the attempt is audited",
    Answer.REASON_REFUSED: "give --reason, at least four characters and no number of a person; the attempt is audited",
    Answer.NOT_APPROVED: "not asked by this account, not approved by another one (within a week of the request, a day before the run), run already, or the audit topic is broken",
}
CODES = {
    Answer.UNKNOWN: Code.NOTHING_KNOWN,
    Answer.RESTRICTED: Code.RESTRICTED,
    Answer.NOT_A_NUMBER: Code.WRONG_ARGUMENT,
    Answer.ROLE_REFUSED: Code.NOT_ALLOWED,
    Answer.REASON_REFUSED: Code.WRONG_ARGUMENT,
    Answer.NOT_APPROVED: Code.NOT_ALLOWED,
}
