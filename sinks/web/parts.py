"""What the pages are given when the process is put together."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import FastAPI, Request
from msgspec import Struct
from starlette.responses import Response

from schemas.audit import Audit
from schemas.decision import Decision
from sinks.desk.read import DeskReader
from sinks.web.mending import MendingDoor
from sinks.web.sessions import Sessions
from sinks.web.vault import VaultDoor


class RuleSheet(Struct, frozen=True, kw_only=True):
    """One rule as the catalogue shows it."""

    code: str
    title: str
    alert_type: str
    version: int
    cause: str
    owner: str
    queue: str
    law: list[str]
    verify: list[str]
    legitimate: list[str]
    needs: list[str]
    suppressors: list[str]
    beaten_by: list[str]
    tests: int  # rows of its table of cases; 0 = not known where this process runs
    parameters: list[str]  # keys of the policy numbers that it reads


class Parameter(Struct, frozen=True, kw_only=True):
    """One policy number: its dated values as text, newest last."""

    key: str
    unit: str
    meaning: str
    reference: str
    basis: str
    last_checked: str
    values: list[tuple[str, str, int]]  # (from, value, division or 0)


class Catalogue(Struct, frozen=True):
    """Rules and numbers that are in force."""

    rules: list[RuleSheet]
    parameters: list[Parameter]
    policy_hash: str


class Scraped(Struct, frozen=True):
    """What the workers' /metrics said: name → label values (sorted by label name) → value; the address of each that did not answer."""

    samples: Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]
    silent: list[str]
    at_ms: int


class SignIn(Protocol):
    """How people sign in: gives its routes to the application and calls `welcome` of `sinks.web.entry` when it knows who it is."""

    label: str

    def attach(self, app: FastAPI) -> None:
        """Add the routes; /signin/start begins."""

    async def farewell(self, request: Request) -> Response | None:
        """Where signing out goes on, None for the page of the workbench itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a request may use; one for the process, in `app.state.parts`.

    `decide` sends a decision and returns once it is acknowledged; ConnectionError where it is not, ValueError where it has not its form.
    `vault`, `mending`: None where the process has no access to it.
    """

    desk: DeskReader
    sessions: Sessions
    audit: Audit
    sign_in: SignIn
    catalogue: Catalogue
    decide: Callable[[Decision], Awaitable[None]]
    scrape: Callable[[], Awaitable[Scraped]]
    secure_cookies: bool
    vault: VaultDoor | None
    mending: MendingDoor | None
    page_globals: Mapping[str, Any]


def parts_of(request: Request) -> Parts:
    """The parts of the process that serves a request."""
    parts: Parts = request.app.state.parts
    return parts
