"""deliver:<name>: canbao.alerts → one webhook, at least once, in order per alert, many alerts at a time.

canbao.alerts ─► wanted by its filter? ─► newer than what it has? ─► signed request ─► it has it: noted, never sent again
                                                                        │
                  canbao.targets (address, secrets, pause, replay)      ├── the target is down: the partition waits, nothing is acknowledged
                                                                        └── it refuses this alert: parked, tried again over three days
"""

from collections.abc import AsyncIterator

from faust.types import StreamT

from schemas import metrics as m
from schemas.targets import NAME, RESERVED
from schemas.topics import ALERTS, TARGETS, deliver_changelog
from sinks.metrics import Metrics
from sinks.webhooks.address import networks_of
from streams.agents.webhook_history import History
from streams.agents.webhook_row import Rows
from streams.agents.webhook_work import Work
from streams.app import App
from streams.engine.batch import Batch
from streams.engine.service import Engine
from streams.engine.spec import Input, Limits, StageSpec
from streams.registry import reader_for
from streams.sealing import target_sealer
from streams.settings import Settings, SettingsError
from streams.worker import Stage

RESULTS = ("kept", "repeated", "filtered", "parked", "superseded", "given_up")
"""What becomes of a revision; counters start at 0."""
LIMITS = Limits(batch_records=500, batch_seconds=1.0, timer_seconds=1.0)


def webhook_stage(name: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of one target; its row is in canbao.targets, and until it is there nothing is sent."""
    if not NAME.fullmatch(name) or name in RESERVED:
        raise SettingsError(f"deliver:{name}: no such target; allowed: redis, or a name of `canbao target list`")
    try:
        networks = networks_of(settings.webhook_networks)
    except ValueError as error:
        raise SettingsError(f"CANBAO_WEBHOOK_NETWORKS: {error}") from None
    for result in RESULTS:
        metrics.add(m.DELIVERED, 0, sink=name, result=result)
    metrics.add(m.UNDECODABLE, 0, sink=name)
    group = f"canbao-deliver-{name}"
    work = Work(
        name,
        reader_for("alert", settings),
        Rows(name, target_sealer(settings)),
        History(settings, f"{group}-history"),
        metrics,
        networks,
        plain=settings.webhook_plain,
        longest_hold=settings.webhook_hold_seconds,
    )
    spec = StageSpec(
        name=f"deliver-{name}", group=group, inputs=(Input(ALERTS, deliver_changelog(name)),), tables=(TARGETS,), limits=LIMITS
    )
    return Stage(spec, lambda app, engine: attach(app, engine, work))


def attach(app: App, engine: Engine, work: Work) -> None:
    """Give the application its agent."""

    @app.agent(engine.batches, sink=[engine.done])
    async def deliver(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            await work.take(batch)
            yield batch
