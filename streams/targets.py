"""Webhook targets as the command line keeps them: rows of `canbao.targets`, their secrets, the topic of each one's state."""

import base64
import secrets
from collections.abc import Callable

from msgspec import structs

from schemas import targets
from schemas.targets import MOST_SECRETS, Secret, TargetRow, belongs_to
from schemas.topics import TARGETS, deliver_changelog, wanted
from streams.broadcast_rows import newest_rows, write_row
from streams.sealing import target_sealer
from streams.settings import Settings
from streams.topics import create_missing

SECRET_BYTES = 32
PREFIX = "whsec_"


class NoTargetError(LookupError):
    """No target of that name."""


def read_targets(settings: Settings) -> dict[str, TargetRow]:
    """Every target by name."""
    return {name: targets.decode(value) for name, value in sorted(newest_rows(settings, TARGETS).items())}


def read_target(settings: Settings, name: str) -> TargetRow:
    """One target; NoTargetError names those that are there."""
    found = read_targets(settings)
    if name not in found:
        raise NoTargetError(f"no target of this name; there are: {', '.join(found) or 'none'}")
    return found[name]


def create_topics(settings: Settings, name: str) -> None:
    """Make the topics of targets and of this one's state where they are missing; who may not, asks the operator for them."""
    names = {TARGETS, deliver_changelog(name)}
    create_missing(settings, [one for one in wanted(settings.events_partitions, (), [name]) if one.name in names])


def add_target(settings: Settings, row: TargetRow) -> str:
    """Write a new target under a new secret; returns the secret, which is shown this once."""
    raw, shown = new_secret()
    write_target(settings, structs.replace(row, secrets=[Secret(_sealed(settings, row.name, raw))]))
    return shown


def change(settings: Settings, name: str, how: Callable[[TargetRow], TargetRow]) -> TargetRow:
    """Read a target, change it, raise its epoch, write it."""
    before = read_target(settings, name)
    after = structs.replace(how(before), epoch=before.epoch + 1)
    write_target(settings, after)
    return after


def rotate(settings: Settings, name: str, now_ms: int, keep_ms: int) -> str:
    """A new secret; older ones sign as well until `keep_ms` from now. Returns the new one, which is shown this once."""
    raw, shown = new_secret()
    new = Secret(_sealed(settings, name, raw))

    def rotated(row: TargetRow) -> TargetRow:
        old = [one if one.until_ms else Secret(one.sealed, now_ms + keep_ms) for one in row.secrets]
        return structs.replace(row, secrets=[new, *(one for one in old if one.until_ms > now_ms)][:MOST_SECRETS])

    change(settings, name, rotated)
    return shown


def write_target(settings: Settings, row: TargetRow) -> None:
    """Write a row; ConnectionError where the brokers do not take it."""
    write_row(settings, TARGETS, row.name, targets.encode(row))


def remove_target(settings: Settings, name: str) -> None:
    """Delete a target's row: its worker rests. The topic of its state stays until it is deleted by hand."""
    read_target(settings, name)
    write_row(settings, TARGETS, name, None)


def opened(settings: Settings, row: TargetRow, now_ms: int) -> list[bytes]:
    """The secrets that sign now."""
    sealer = target_sealer(settings)
    return [sealer.open(one.sealed, belongs_to(row.name)) for one in row.secrets if not one.until_ms or one.until_ms > now_ms]


def new_secret() -> tuple[bytes, str]:
    """(raw bytes, text as Standard Webhooks writes it)."""
    raw = secrets.token_bytes(SECRET_BYTES)
    return raw, PREFIX + base64.b64encode(raw).decode()


def _sealed(settings: Settings, name: str, raw: bytes) -> bytes:
    return target_sealer(settings).seal(raw, belongs_to(name))
