"""What a bad agent does, by name; triggered by a record whose value is `now`."""

import asyncio
import time
from typing import Any


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
    return bool(job.misdeed == "forget")
