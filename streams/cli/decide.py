"""`canbao alerts decide`: a clerk's decision from the command line, for operators and tests; the page does the same."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from schemas.alert import Alert
from schemas.audit import Deed
from schemas.dates import day
from schemas.decision import (
    ALERT_ID_BYTES,
    DIVISIONS,
    KEY_BYTES,
    Action,
    Decision,
    DecisionResult,
    Verdict,
    malformed,
    new_decision_id,
    read_result,
)
from schemas.errors import Code as ErrorCode
from schemas.handling import load_handling
from schemas.topics import DECISION_RESULTS
from schemas.wire import Reader
from sinks.redis import RedisModel
from streams.cli.choices import hexadecimal, refused
from streams.cli.refusals import EndedError
from streams.settings import Settings, load_settings

if TYPE_CHECKING:
    from streams.reading import TopicReader

OPTIONS = {"valid_until": "--until", "actor_role": "--role", "actor_division": "--division"}
"""Fields of a decision whose option has another name."""

AlertId = Annotated[str, typer.Argument(help="alert id, 32 hexadecimal digits")]
Does = Annotated[Action, typer.Option("--action", help="what is decided", case_sensitive=False)]
Seen = Annotated[int, typer.Option("--seen-revision", help="the revision that was looked at", min=1)]
Actor = Annotated[str, typer.Option(help="pseudonymous staff id")]
Division = Annotated[int, typer.Option(help="division of the clerk, six digits of GB/T 2260; 0: the one that has the alert")]
Code = Annotated[str, typer.Option(help="reason code, see docs/reference/handling.md")]
Until = Annotated[str, typer.Option(help="last day on which it stands, YYYY-MM-DD; empty: as long as policy allows")]
Wait = Annotated[float, typer.Option("--wait", help="seconds to wait for the answer; 0: do not", min=0, max=600)]


def decide(
    alert_id: AlertId,
    action: Does,
    seen_revision: Seen,
    actor: Actor,
    code: Code = "",
    until: Until = "",
    note_ref: Annotated[str, typer.Option(help="reference of a note kept elsewhere")] = "",
    role: Annotated[str, typer.Option(help="role of the clerk")] = "clerk",
    division: Division = 0,
    to_division: Annotated[int, typer.Option(help="REFER: the division that is to take it")] = 0,
    to_agency: Annotated[str, typer.Option(help="REFER: the agency that is to take it, e.g. MED or POLICE")] = "",
    decision_id: Annotated[str, typer.Option(help="UUID of a decision that is sent again")] = "",
    wait: Wait = 10.0,
) -> None:
    """Decide about one alert. Exit code 1: not applied; 2: refused before it was sent; 3: no answer yet, send it again with the decision id that is shown."""
    alert_id, last_day = hexadecimal(alert_id, "alert_id", 2 * ALERT_ID_BYTES, "as `canbao alerts tail` shows them"), _day(until)
    decision = Decision(
        decision_id=decision_id or new_decision_id(),
        alert_id=bytes(ALERT_ID_BYTES),
        subject=bytes(KEY_BYTES),
        person_key=bytes(KEY_BYTES),
        seen_revision=seen_revision,
        action=action.value,
        code=code.upper(),
        valid_until=last_day,
        note_ref=note_ref,
        actor=actor,
        actor_role=role,
        actor_division=division or DIVISIONS[0],
        at_ms=time.time_ns() // 1_000_000,
        to_division=to_division,
        to_agency=to_agency,
    )
    _refuse_malformed(decision)  # what can be told before the alert is known
    settings = load_settings()
    alert = asyncio.run(_alert(settings, alert_id))
    if alert is None:
        raise refused("alert_id", "an alert of the read model; it has none under this id")
    decision = structs.replace(
        decision,
        alert_id=alert.alert_id,
        subject=alert.subject,
        person_key=alert.person_key,
        actor_division=division or (alert.referred_to if action in {Action.TAKE_OVER, Action.REFUSE} else 0) or alert.handling_division,
    )
    _refuse_malformed(decision)
    _send(settings, decision, wait)


def _send(settings: Settings, decision: Decision, wait_seconds: float) -> None:
    """Written down, sent, and its answer told."""
    from streams.audited import audited  # noqa: PLC0415 - Kafka only when asked
    from streams.decisions import DecisionProducer  # noqa: PLC0415 - Kafka only when asked
    from streams.reading import TopicReader  # noqa: PLC0415 - Kafka only when asked
    from streams.registry import reader_for  # noqa: PLC0415 - Kafka only when asked

    objects = [decision.alert_id.hex(), decision.decision_id]
    audited(settings, Deed.DECIDED, persons=[decision.person_key], objects=objects, reason=decision.action)
    with TopicReader(settings, DECISION_RESULTS, from_end=True) as answers:  # opened before it is sent: the answer comes behind
        DecisionProducer(settings).send(decision)
        typer.echo(f"decision {decision.decision_id} sent")
        if wait_seconds:
            _tell(_answer(answers, reader_for("decision_result", settings), decision.decision_id, wait_seconds))


def _refuse_malformed(decision: Decision) -> None:
    wrong = malformed(decision)
    if wrong is not None:
        raise refused(OPTIONS.get(wrong.field, f"--{wrong.field.replace('_', '-')}"), wrong.allowed)


def _tell(result: DecisionResult | None) -> None:
    if result is None:
        raise EndedError(ErrorCode.UNANSWERED, "no answer yet; send it again with --decision-id and the id shown above")
    label = load_handling().verdicts[Verdict(result.verdict)]
    typer.echo(f"{result.verdict} {label}: {result.handling}, revision {result.revision}, handling version {result.handling_version}")
    if result.verdict != Verdict.APPLIED:
        raise EndedError(ErrorCode.NOT_APPLIED, f"{result.verdict}: not applied")


def _day(text: str) -> int:
    try:
        return day(text) if text else 0
    except ValueError:
        raise refused("--until", "a day, YYYY-MM-DD") from None


async def _alert(settings: Settings, alert_id: str) -> Alert | None:
    model = RedisModel(settings.redis_url.get_secret_value(), settings.redis_stream_length)
    try:
        return await model.alert(alert_id)
    finally:
        await model.close()


def _answer(answers: "TopicReader", reader: Reader, decision_id: str, wait_seconds: float) -> DecisionResult | None:
    """The answer that comes within the time; None where none does."""
    until = time.monotonic() + wait_seconds
    for records in answers.onwards():
        for record in records:
            value, key = record.value(), record.key()
            if key == decision_id.encode() and value:
                return read_result(reader, value)
        if time.monotonic() > until:
            return None
    raise AssertionError("unreachable: a topic is read for ever")
