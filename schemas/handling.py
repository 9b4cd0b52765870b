"""What `schemas/handling.yaml` says: the states of an alert in the clerks' hands, the actions between them, reason codes, all with labels."""

from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

from schemas.decision import Action, Verdict
from schemas.kinds import Handling
from schemas.strict_yaml import Table, read_table

HOME = Path(__file__).parent / "handling.yaml"


class State(Struct, forbid_unknown_fields=True, frozen=True):
    """A handling state, and whose clock runs in it."""

    state: Handling
    label_zh: str
    clock: Literal["RUNS", "STOPS", "REFERRAL"]


class Step(Struct, forbid_unknown_fields=True, frozen=True, rename={"since": "from"}, kw_only=True):
    """An action: from which states it leads where, and who may take it."""

    action: Action
    label_zh: str
    since: list[Handling]
    to: Handling
    codes: Literal["REQUIRED", "OPTIONAL", "NONE"]
    roles: list[str]
    default: str = ""
    closed: bool = False
    place: Literal["HANDLING", "TARGET"] = "HANDLING"


class Reason(Struct, forbid_unknown_fields=True, frozen=True):
    """A reason code, the actions that take it, and the rules it is for (none = all)."""

    code: str
    label_zh: str
    actions: list[Action] = []
    rules: list[str] = []
    note: bool = False


class _VerdictLabel(Struct, forbid_unknown_fields=True, frozen=True):
    verdict: Verdict
    label_zh: str


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    states: list[State]
    actions: list[Step]
    codes: list[Reason]
    system_codes: list[Reason]
    verdicts: list[_VerdictLabel]


class HandlingTable(Struct, frozen=True):
    """The whole table, by name. `codes` holds the clerks' codes and the system's, whose `actions` are empty."""

    states: dict[Handling, State]
    steps: dict[Action, Step]
    codes: dict[str, Reason]
    verdicts: dict[Verdict, str]

    def steps_from(self, handling: str, *, holds: bool = True) -> list[Step]:
        """The actions that an alert takes in a state; `holds`: whether its premise still holds."""
        return [step for step in self.steps.values() if (handling in step.since if holds else step.closed and handling != step.to)]

    def codes_for(self, action: str, rule: str) -> list[Reason]:
        """The reason codes that an action on an alert of a rule takes."""
        return [one for one in self.codes.values() if action in one.actions and (not one.rules or rule in one.rules)]


@cache
def load_handling(path: Path = HOME) -> HandlingTable:
    """The table; ConfigError names file, line, field and what is allowed."""
    table = read_table(path)
    file = table.convert(_File)
    _complete(table, "states", {one.state for one in file.states}, set(Handling))
    _complete(table, "actions", {one.action for one in file.actions}, set(Action))
    _complete(table, "verdicts", {one.verdict for one in file.verdicts}, set(Verdict))
    codes = {one.code: one for one in (*file.codes, *file.system_codes)}
    for index, step in enumerate(file.actions):
        if step.default and step.default not in codes:
            raise table.fault(f"$.actions[{index}].default", "is no code of this file")
    return HandlingTable(
        {one.state: one for one in file.states},
        {one.action: one for one in file.actions},
        codes,
        {one.verdict: one.label_zh for one in file.verdicts},
    )


def _complete(table: Table, field: str, given: set[str], wanted: set[str]) -> None:
    missing = sorted(wanted - given)
    if missing:
        raise table.fault(f"$.{field}", f"lacks {', '.join(missing)}")


def page() -> str:
    """docs/reference/handling.md."""
    table = load_handling()
    lines = [
        "# Handling of alerts",
        "",
        "Written from `schemas/handling.yaml` by `canbao docs write`; a test compares. How it works: [the life of an alert](../concepts/life-of-an-alert.md).",
        "",
        "| state | 名称 | clock |",
        "|---|---|---|",
        *(f"| `{one.state}` | {one.label_zh} | {one.clock} |" for one in table.states.values()),
        "",
        "| action | 名称 | from | to | roles | codes |",
        "|---|---|---|---|---|---|",
        *(_step_row(table, step) for step in table.steps.values()),
        "",
        "| code | 名称 | only for | note |",
        "|---|---|---|---|",
        *(f"| `{one.code}` | {one.label_zh} | {', '.join(one.rules)} | {'yes' if one.note else ''} |" for one in table.codes.values()),
        "",
        "| verdict | 名称 |",
        "|---|---|",
        *(f"| `{verdict}` | {label} |" for verdict, label in table.verdicts.items()),
    ]
    return "\n".join(lines) + "\n"


def _step_row(table: HandlingTable, step: Step) -> str:
    codes = ", ".join(code.code for code in table.codes.values() if step.action in code.actions)
    since = ", ".join(step.since) + ("; any once it no longer holds" if step.closed else "")
    return f"| `{step.action}` | {step.label_zh} | {since} | {step.to} | {', '.join(step.roles)} | {codes or '–'} |"
