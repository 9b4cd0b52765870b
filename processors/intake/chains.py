"""Events that belong to one fact (domain 4.10): by their chain, or by the event that they correct, annul or end.

Nothing is parked: what arrives before the event that it speaks of lies under that event's id, and absorbs the event when it comes.
"""

from typing import Any

from processors.intake.change import Row, RowChange
from processors.intake.context import hashed
from schemas.events import FORMAT, Facts, Identity

CHAIN, PREVIOUS = "chain_id", "previous_event_id"
AWAITED = "\x1e"
"""What a chain begins with whose first event has not arrived; no department's chain does."""


def chain_digest(chain: str) -> str:
    """What a chain is called here: departments may use a person's number as its name. Empty for an empty one."""
    return hashed("chain", chain).hex() if chain else ""


def chain_of(pointer: Facts | None, previous: str) -> str:
    """The chain of an event that another one speaks of."""
    return pointer.batch if pointer is not None else AWAITED + previous


def pointer_key(row: Row, event_id: str) -> bytes:
    """Under which key the chain of an event is remembered."""
    return hashed("event", str(row["source_system"]), event_id)


def pointer_to(change: RowChange, feed: str, partition: int, offset: int) -> Facts:
    """What is remembered of an event: its chain. It states nothing."""
    chain = str(row_of(change)[CHAIN])
    return Facts(FORMAT, b"", b"", change.event_id.encode(), feed, partition, offset, chain, 0, 0, 0, Identity(0, 0, 0), [])


def row_of(change: RowChange) -> dict[str, Any]:
    """The row that a change carries; empty where it carries none."""
    return change.after if change.after is not None else change.before or {}


def awaited(row: Row, event_id: str) -> Row:
    """The row under which lies what arrived before this event and speaks of it."""
    return {**row, CHAIN: AWAITED + event_id}
