"""One worker process: role → stage → Faust application with the engine under it, metrics and probes beside it."""

import importlib
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple, NoReturn

from schemas import metrics as m
from schemas.policy import load_policy
from sinks.metrics import Metrics
from streams.app import App, run
from streams.engine.service import Engine
from streams.engine.spec import EngineSettings, StageSpec, Timeouts
from streams.health import CountedEngine, serve
from streams.log_scrub import on_hidden
from streams.settings import Settings, SettingsError

STAGES = {
    "intake": "streams.agents.intake",
    "people": "streams.agents.people",
    "deliver": "streams.agents.deliver",
    "desk": "streams.agents.desk",
}
"""Role → module; each has `stage(argument, settings, metrics) -> Stage`, where the role is `<name>[:<argument>]`."""


class Stage(NamedTuple):
    """What a role runs: the engine's specification, and how its agent is attached to the application."""

    spec: StageSpec
    attach: Callable[[App, Engine], None]


def start(role: str, settings: Settings) -> NoReturn:
    """Run a worker until a signal or a failure ends the process."""
    settings.state_folder.mkdir(parents=True, exist_ok=True)
    metrics = Metrics()
    on_hidden(lambda kind: metrics.add(m.LOG_HIDDEN, kind=kind))
    stage = stage_of(role, settings, metrics)
    app = App(stage.spec.name, settings.state_folder)
    engine = Engine(app, stage.spec, engine_settings(settings), CountedEngine(metrics))
    stage.attach(app, engine)
    paths = sorted(settings.policy_folder.glob("*.yaml")) if settings.policy_folder else None
    metrics.set(m.BUILD_INFO, 1, version=version("canbao"), policy=load_policy(paths).hash, role=role)
    serve(settings, metrics, engine.health)
    run(app, log_level=settings.log_level)


def stage_of(role: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of a role; SettingsError names the roles where it is none."""
    name, _, argument = role.partition(":")
    if name not in STAGES:
        raise SettingsError(
            f"role {role!r} is not known; allowed: intake:<feed>[,<feed>…][,decisions], people, deliver:redis, deliver:<target>, desk"
        )
    found: Stage = importlib.import_module(STAGES[name]).stage(argument, settings, metrics)
    return found


def engine_settings(settings: Settings) -> EngineSettings:
    """The engine's part of the settings."""
    return EngineSettings(
        bootstrap=settings.kafka_bootstrap,
        instance=settings.instance,
        state_folder=settings.state_folder,
        timeouts=Timeouts(session_ms=settings.session_ms, transaction_ms=settings.transaction_ms, message_ms=settings.transaction_ms),
        client=settings.kafka_client,
        static_member=not settings.kafka_embedded,
        embedded=settings.kafka_embedded,
        cache_bytes=settings.cache_megabytes << 20,
        write_buffer_bytes=settings.write_buffer_megabytes << 20,
        machine=settings.machine,
        standby_partitions=settings.standby_partitions,
    )
