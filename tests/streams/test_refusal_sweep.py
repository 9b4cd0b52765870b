"""Every command of the console with every option given wrongly: refused with a code, without a traceback, and what was typed in is not repeated.

Commands and options are asked of the console itself, so a new one is swept too; a required argument of a new name needs a sample here.
"""

import enum
import inspect
import re
import typing
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from streams.cli.main import app, run

NUMBER = "370100199001011234"
KEY = "01" * 17
CODE = re.compile(r"CB-\d{3}: \S")
LINE = re.compile(r"(CB-\d{3}: .+|\s*)")
SERVES = ("worker",)
"""Makes this process a server before it looks at its role; `test_settings` gives it a wrong one in a process of its own."""
OPEN_TEXT = ("actor", "reason", "redis")
"""Texts without a form: a number of a person in one is refused before it is written down, or meets a server that is down."""
SAMPLES = {
    "action": "EXPLAIN",
    "actor": "staff-9",
    "alert_id": "ab" * 16,
    "division": "370116",
    "feed": "business",
    "files": __file__,
    "key": KEY,
    "keys": KEY,
    "name": "b" + "0" * 15,
    "reason": "case 2026-17",
    "reference": "0:1",
    "role": "people",
    "seen_revision": "1",
    "start": "2026-11-27",
    "url": "https://receiver.example.cn/canbao",
}
SECONDS = 0.3


class Wrong(NamedTuple):
    """One call with one wrong value."""

    words: list[str]
    value: str
    place: str

    def __str__(self) -> str:
        return f"{' '.join(self.words[:2])} {self.place}={Path(self.value).name[:20]}"


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its path."""
    if not hasattr(group, "list_commands"):
        yield path, group
        return
    for name in group.list_commands(None):
        yield from commands(group.get_command(None, name), (*path, name))


def wrong_calls() -> Iterator[Wrong]:
    """Each option and argument of each command with each wrong value of its kind, all that is required beside it being right."""
    for path, command in commands(typer.main.get_command(app)):
        if path[0] in SERVES:
            continue
        function = inspect.unwrap(command.callback)
        kinds = typing.get_type_hints(function)
        for place in command.params:
            for value in wrong_values(place, kinds[place.name]):
                yield Wrong([*path, *words_of(command, place, value)], value, place.name)


def words_of(command: Any, wrong: Any, value: str) -> list[str]:
    """Options first, then arguments in order; beside the wrong one those that are required, and a reason where one is asked for."""
    options: list[str] = []
    arguments: list[str] = []
    for place in command.params:
        given = value if place is wrong else SAMPLES.get(place.name, "") if place.required or place.name == "reason" else None
        if place is not wrong and place.name == "keys" and command.name == "request":
            given = __file__
        if given is None:
            continue
        if place.param_type_name == "argument":
            arguments.append(given)
        else:
            options += [place.opts[0], *["business"] * (place.nargs - 1), given]
    return [*options, "--", *arguments]


def wrong_values(place: Any, hint: Any) -> list[str]:
    """By the kind of the place."""
    kind = next((one for one in typing.get_args(hint) if one is not type(None)), hint)
    if place.nargs > 1:  # --batch FEED BATCH
        return []
    if kind is bool:
        return []
    if kind in {int, float}:
        return ["many", NUMBER + "9" * 20] if place.name != "seed" else ["many"]
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return ["nothing", NUMBER]
    if kind is Path:
        return [f"/nonexistent/{NUMBER}.csv", "/dev"]
    return [NUMBER, "*"] if place.name not in OPEN_TEXT else [NUMBER]


CALLS = list(wrong_calls())


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Addresses where nothing listens, and little patience with them."""
    for name, value in {
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "STATE_FOLDER": str(tmp_path),
        "METRICS_PORT": "0",
        "PEPPER": "p" * 32,
        "SEAL_KEY": "ab" * 32,
    }.items():
        monkeypatch.setenv(f"CANBAO_{name}", value)
    for name in (
        "streams.audit.CALL_SECONDS",
        "streams.audit_head.SECONDS",
        "streams.audit_reading.SECONDS",
        "streams.broadcast_rows.SECONDS",
        "streams.reading.SECONDS",
        "streams.topics.SECONDS",
    ):
        monkeypatch.setattr(name, SECONDS)
    monkeypatch.setattr("redis.backoff.ExponentialWithJitterBackoff.compute", lambda _self, _failures: 0)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_wrong_value_is_refused(call: Wrong, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """By its form where it has one, exit status 2; else the server that would have to know it does not answer, exit status 3."""
    monkeypatch.setattr("sys.argv", ["canbao", *call.words])
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(SystemExit) as ended:
        run()
    out, err = capfd.readouterr()
    assert ended.value.code in ({2, 3} if call.place in OPEN_TEXT or call.value == "*" else {2}), err
    assert CODE.search(err), err
    assert all(LINE.fullmatch(line) for line in err.splitlines()), err
    assert not err.startswith("CB-790"), err
    assert NUMBER not in out + err


def test_the_sweep_finds_every_command() -> None:
    """It would prove nothing of what it does not see."""
    swept = {call.words[0] for call in CALLS}
    assert {"alerts", "audit", "dlq", "doctor", "feed", "judge", "person", "target", "topics", "unquarantine", "vault"} <= swept
    assert len(CALLS) > 130
