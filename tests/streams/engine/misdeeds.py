"""What a bad agent does, by name; triggered by a record whose value is `now`."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DIVERTED_AFTER = 3
"""Deaths over one batch after which a stage diverts the record."""
RETRIES = 3
retries: Counter[int] = Counter()


@contextmanager
def contain(job: Any) -> Iterator[None]:
    """With the misdeed `contain`: whatever the work raises is taken for the fault of what it was done for, as the people stage does."""
    try:
        yield
    except Exception:
        if job.misdeed != "contain":
            raise


async def misbehave(job: Any, batch: Any) -> bool:
    """Do the misdeed when asked; True: the agent forgets to yield."""
    if not job.misdeed or not any(record.value == b"now" for record in batch.records):
        return False
    print(f"misdeed {job.misdeed}", flush=True)  # noqa: T201 - the test waits for it
    if job.misdeed == "raise":
        raise ValueError("the agent raises")
    if job.misdeed == "hang":
        await asyncio.sleep(3600)
    if job.misdeed == "block":
        time.sleep(3600)  # noqa: ASYNC251 - that is the misdeed
    if job.misdeed == "slow":
        await asyncio.sleep(2)
    if job.misdeed == "die" and batch.attempts < DIVERTED_AFTER:
        os.kill(os.getpid(), signal.SIGKILL)
    if job.misdeed == "retry" and retries[batch.partition] < RETRIES:
        retries[batch.partition] += 1
        batch.retry_after(0.3)
    return bool(job.misdeed == "forget")
