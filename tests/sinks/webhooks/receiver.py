"""A webhook receiver behind a real socket: checks signatures, keeps what came, answers as a test tells it to."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.sinks.sse.serving import served

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Came(NamedTuple):
    """One request that was taken."""

    identifier: str
    body: bytes
    headers: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """`answer` decides by the CloudEvent: a status, or (status, headers). What it answers with 2xx is in `taken`, all statuses in `answered`."""

    def __init__(self) -> None:
        self.url = ""
        self.secret = SECRET
        self.seconds = 0.0
        self.answer: Callable[[dict[str, Any]], int | tuple[int, dict[str, str]]] = lambda _event: 204
        self.taken: list[Came] = []
        self.answered: list[int] = []
        self._lock = threading.Lock()

    def versions(self) -> dict[str, list[tuple[int, int]]]:
        """Versions of each alert in the order they were taken, repeats and replays included."""
        found: dict[str, list[tuple[int, int]]] = {}
        for one in list(self.taken):
            data = one.event["data"]
            found.setdefault(data["alert_id"], []).append((data["revision"], data["handling_version"]))
        return found

    def clear(self) -> None:
        """Forget what came."""
        with self._lock:
            self.taken.clear()
            self.answered.clear()

    async def hook(self, request: Request) -> Response:
        """Take one request."""
        body, headers = await request.body(), dict(request.headers)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            with self._lock:
                self.answered.append(401)
            return Response(status_code=401)
        said = self.answer(json.loads(body))
        status, more = said if isinstance(said, tuple) else (said, {})
        with self._lock:
            self.answered.append(status)
            if status < 300:
                self.taken.append(Came(headers["webhook-id"], body, headers))
        return Response(status_code=status, headers=more)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at `url`."""
    found = Receiver()
    with served(Starlette(routes=[Route("/hook", found.hook, methods=["POST"])])) as address:
        found.url = f"{address}/hook"
        yield found
