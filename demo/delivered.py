"""Whether the deliver worker brought every alert's last revision to Redis."""

import asyncio
import time
from collections.abc import Mapping

from demo.stack import StackError
from schemas.alert import Alert
from sinks.redis import RedisModel

DELIVER_SECONDS = 60.0
STREAM_LENGTH = 1000


def delivered(url: str, latest: Mapping[bytes, Alert]) -> int:
    """Wait until Redis holds the last revision of every alert; how many. StackError when that takes too long."""
    return asyncio.run(_delivered(url, latest))


async def _delivered(url: str, latest: Mapping[bytes, Alert]) -> int:
    model = RedisModel(url, STREAM_LENGTH)
    try:
        waiting = dict(latest)
        deadline = time.monotonic() + DELIVER_SECONDS
        while waiting:
            for identifier, alert in list(waiting.items()):
                held = await model.alert(identifier.hex())
                if held is not None and held.revision >= alert.revision:
                    del waiting[identifier]
            if waiting and time.monotonic() > deadline:
                raise StackError(f"Redis lacks {len(waiting)} of {len(latest)} alerts after {DELIVER_SECONDS:.0f} s")
            await asyncio.sleep(0.05)
    finally:
        await model.close()
    return len(latest)
