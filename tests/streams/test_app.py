"""The Faust application refuses what would work past the engine's transaction."""

import asyncio
from pathlib import Path

import pytest

from streams.app import App, NotOursError


def test_faust_topics_tables_and_producer_are_refused(tmp_path: Path) -> None:
    """Each of Faust's own ways to Kafka says what to use instead."""
    app = App("refuses", tmp_path)
    for forbidden in (lambda: app.topic("t"), lambda: app.Table("t"), lambda: app.SetTable("t"), lambda: app.GlobalTable("t")):
        with pytest.raises(NotOursError):
            forbidden()
    with pytest.raises(NotOursError, match=r"batch\.produce"):
        asyncio.run(app.maybe_start_producer())


def test_no_one_is_leader(tmp_path: Path) -> None:
    """Faust's own answer would ask a consumer that never starts and kill the worker."""
    assert App("follows", tmp_path).is_leader() is False
