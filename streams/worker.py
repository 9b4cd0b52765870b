"""One worker process: role → stage → Faust application with the engine under it, metrics and probes beside it."""

import importlib
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple, NoReturn

from schemas import metrics as m
from sinks.metrics import Metrics
from streams.app import App, run
from streams.engine.service import Engine
from streams.engine.spec import EngineSettings, StageSpec, Timeouts
from streams.health import CountedEngine, Probed, serve
from streams.log_scrub import on_hidden
from streams.policy import policy_of
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
    """Run a worker until a signal or a failure ends the process.

    Probes are answered first: to make its stage a worker waits for a registry that is down, however long, and nobody must end it for that.
    """
    make_state_folder(settings)
    metrics, probed = Metrics(), Probed()
    on_hidden(lambda kind: metrics.add(m.LOG_HIDDEN, kind=kind))
    serve(settings, metrics, probed.report)
    stage = stage_of(role, settings, metrics)
    app = App(stage.spec.name, settings.state_folder)
    engine = Engine(app, stage.spec, engine_settings(settings), CountedEngine(metrics))
    stage.attach(app, engine)
    metrics.set(m.BUILD_INFO, 1, version=version("canbao"), policy=policy_of(settings).hash, role=role)
    probed.ask(engine.health)
    run(app, log_level=settings.log_level)


def make_state_folder(settings: Settings) -> None:
    """Make the folder of the local stores where it is missing; SettingsError where that cannot be, or it may not be written."""
    folder, why = settings.state_folder, ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
    if not why and not os.access(folder, os.W_OK | os.X_OK):
        why = "not writable for this user"
    if why:
        raise SettingsError(f"CANBAO_STATE_FOLDER: must be a folder that this user may make and write; {folder}: {why}")


def stage_of(role: str, settings: Settings, metrics: Metrics) -> Stage:
    """The stage of a role; SettingsError names the roles where it is none."""
    name, _, argument = role.partition(":")
    if name not in STAGES:
        raise SettingsError("role: allowed: intake:all, intake:<feed>[,<feed>…][,decisions], people, deliver:redis, deliver:<target>, desk")
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
