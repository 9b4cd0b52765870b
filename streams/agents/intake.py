"""intake: department topics → canbao.events, keyed by person. What a record states is decided by `processors.intake`.

department topic ─► decode, check, map codes, person key ─► canbao.events (facts; horizons to every partition)
 (one a feed)   │                                      ├──► canbao.identities, canbao.identity-keys (sealed, only what is new)
 control ───────┘                                      ├──► canbao.dead-letters (sealed original bytes, CB-nnn)
   ▲                                                   │
   └──────────── PAUSED, in the same transaction ◄─────┘ brake: by ratio, by run, on truncate
"""

from collections.abc import AsyncIterator

import structlog
from faust.types import StreamT

from schemas.topics import CONTROL, DECISIONS, RESTRICTIONS
from sinks.metrics import Metrics
from streams.agents import decisions
from streams.agents.intake_io import Intake, Pass
from streams.agents.intake_setup import decisions_asked, inputs_of, intake_of
from streams.app import App
from streams.engine.batch import Batch
from streams.engine.service import Engine
from streams.engine.spec import Input, StageSpec
from streams.registry import RegistryDownError
from streams.settings import Settings
from streams.worker import Stage

log = structlog.get_logger("canbao.intake")
REGISTRY_RETRY_SECONDS = 5.0


def stage(argument: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of role `intake:<feed>[,<feed>…]`; one process may serve several feeds and the decisions, a brake stops only its own."""
    intake = intake_of(argument, settings, metrics)
    names = [feed.feed.feed for feed in intake.feeds.values()]
    inputs = inputs_of(intake)
    of_decisions = None
    if decisions_asked(argument):
        of_decisions, inputs = decisions.decision_intake(settings, metrics), (*inputs, Input(DECISIONS))
        names.append(decisions.FEED)
    name = "intake-" + "-".join(sorted(names))
    spec = StageSpec(name, f"canbao-{name}", inputs, tables=(CONTROL, RESTRICTIONS))
    return Stage(spec, lambda app, engine: attach(app, engine, intake, of_decisions))


def attach(app: App, engine: Engine, intake: Intake, of_decisions: decisions.DecisionIntake | None) -> None:
    """Give the application its agent."""

    @app.agent(engine.batches, sink=[engine.done])
    async def agent(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            work_or_wait(intake, batch, of_decisions)
            yield batch


def work_or_wait(intake: Intake, batch: Batch, of_decisions: decisions.DecisionIntake | None = None) -> None:
    """A registry that is down is waited for: the batch comes again, nothing of it is refused."""
    try:
        if of_decisions is not None and batch.topic == DECISIONS:
            decisions.work(of_decisions, batch)
        else:
            work(intake, batch)
    except RegistryDownError as error:
        log.warning("the registry does not answer in time: the batch waits", topic=batch.topic, reason=str(error))
        batch.retry_after(REGISTRY_RETRY_SECONDS)


def work(intake: Intake, batch: Batch) -> None:
    """One batch of one feed."""
    run = Pass(intake, batch)
    if run.paused:
        run.rest()
        return
    batch.resume()
    for index, record in enumerate(batch.records):
        why = run.take(record)
        if why is not None:
            run.stop(index, why)
            break
    run.finish()
