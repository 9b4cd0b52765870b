"""Schemas by registry id for a stage that has to give its batches back in time: a slow answer is a wait, an unknown id is not asked for at each record.

An id never changes its meaning, so what was fetched is kept (by the registry's client and by the reader, both bounded). An id that the registry
does not know may be registered a moment later: that is remembered for a short while only.
"""

import time
from collections.abc import Callable

from schemas.wire import ById, UnknownSchemaError
from streams.registry import RegistryDownError

SLOW_SECONDS = 1.0
"""An answer that took longer gives the batch back: twenty such answers in one batch would pass the deadline of the hand-over."""
UNKNOWN_SECONDS = 30.0
"""How long an id is taken for unknown without asking again; a dead letter sent back earlier comes back with the same code."""
MOST_UNKNOWN = 1_000


class IdsInTime:
    """Asks `text` for the schema of an id, at most one slow answer a call."""

    def __init__(self, text: ById, now: Callable[[], float] = time.monotonic) -> None:
        self._text = text
        self._now = now
        self._unknown: dict[int, float] = {}

    def __call__(self, schema_id: int) -> str:
        """The schema of an id.

        Raises:
            UnknownSchemaError: the registry does not know the id (yet).
            RegistryDownError: no answer, or one that came late; what came is at hand when the batch comes again.
        """
        began = self._now()
        until = self._unknown.get(schema_id)
        if until is not None and began < until:
            raise UnknownSchemaError(f"schema id {schema_id} was not in the registry a moment ago")
        try:
            found = self._text(schema_id)
        except UnknownSchemaError:
            self._remember(schema_id)
            self._in_time(began)
            raise
        self._in_time(began)
        return found

    def _in_time(self, began: float) -> None:
        seconds = self._now() - began
        if seconds > SLOW_SECONDS:
            raise RegistryDownError(f"answered after {seconds:.1f} s")

    def _remember(self, schema_id: int) -> None:
        if len(self._unknown) >= MOST_UNKNOWN:
            self._unknown.clear()
        self._unknown[schema_id] = self._now() + UNKNOWN_SECONDS
