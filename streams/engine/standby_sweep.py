"""Deletes copies that nobody here has used for long: their partitions went to other machines."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import structlog

from streams.engine.database import delete_folder
from streams.engine.distrust import Why
from streams.engine.folders import Folders, Place
from streams.engine.observe import Observe
from streams.engine.spec import StageSpec

log = structlog.get_logger("canbao.engine")

_FORGOTTEN_SECONDS = 86_400.0


def delete_forgotten(folder: Path, spec: StageSpec, folders: Folders, *, keep: Iterable[Place], observe: Observe) -> None:
    """Delete at most one copy that is neither ours nor to be kept nor was written within a day."""
    changelogs = {item.changelog for item in spec.inputs if item.changelog}
    kept = set(keep)
    for path in sorted(folder.glob("*-*")):
        topic, _, number = path.name.rpartition("-")
        place = (topic, int(number)) if number.isdecimal() else None
        if topic not in changelogs or place is None or place in kept or not folders.take_spare(place):
            continue
        try:
            if _newest(path) < time.time() - _FORGOTTEN_SECONDS:
                delete_folder(path)
                log.info("forgotten copy deleted", topic=topic, partition=place[1])
                observe.discarded(Why.FORGOTTEN)
                return
        finally:
            folders.back(place)


def _newest(path: Path) -> float:
    return max((file.stat().st_mtime for file in path.iterdir()), default=0.0)
