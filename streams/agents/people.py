"""people: canbao.events → alert revisions, public rows, state. One events partition at a time; what is decided is `processors.stage`.

canbao.events ─► apply, judge ─► canbao.alerts, canbao.enrolments (same partition number), people changelog
▲
└── the day's tick, by the owner of the partition (clock: calendar)
"""

from collections.abc import AsyncIterator

from faust.types import StreamT

from processors.person.state import HEAD
from processors.stage import derive
from schemas.topics import EVENTS, PEOPLE_CHANGELOG
from sinks.metrics import Metrics
from streams.agents.people_io import People, people_of, work
from streams.app import App
from streams.engine.batch import Batch
from streams.engine.service import Engine
from streams.engine.spec import Input, StageSpec
from streams.settings import Settings, SettingsError
from streams.worker import Stage

SPEC = StageSpec("people", "canbao-people", (Input(EVENTS, changelog=PEOPLE_CHANGELOG),), derive=derive, derived_kinds=HEAD)


def stage(argument: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of role `people`."""
    if argument:
        raise SettingsError(f"people takes no argument, got {argument!r}")
    people = people_of(settings, metrics)
    return Stage(SPEC, lambda app, engine: attach(app, engine, people))


def attach(app: App, engine: Engine, people: People) -> None:
    """Give the application its agent."""

    @app.agent(engine.batches, sink=[engine.done])
    async def agent(batches: StreamT[Batch]) -> AsyncIterator[Batch]:
        async for batch in batches:
            work(people, batch)
            yield batch
