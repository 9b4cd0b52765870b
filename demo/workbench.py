"""The workbench of the demo: a process that signs anybody in who picks a role. Only the demo has this way in; `canbao web` has none."""

from typing import Annotated

from confluent_kafka import Producer
from fastapi import FastAPI, Form, Request
from starlette.responses import Response

from schemas.divisions import load_divisions
from schemas.roles import LABELS_ZH, Role
from schemas.topics import AUDIT, CONTROL, DEAD_LETTERS, IDENTITIES, IDENTITY_KEYS, RESTRICTIONS
from sinks.web.entry import turn_away, welcome
from sinks.web.pages.render import page
from sinks.web.rights import RIGHTS, User
from streams.settings import load_settings
from streams.web import serve_web

ANSWER_SECONDS = 10.0
CITY = 370100
PROVINCE = 370000
ROLES = [role for role, rights in RIGHTS.items() if rights]


class DemoSignIn:
    """The routes /signin/start and /signin/demo."""

    label = "演示登录（任选角色）"

    def attach(self, app: FastAPI) -> None:
        """Add the routes."""
        app.add_api_route("/signin/start", self._choose, include_in_schema=False)
        app.add_api_route("/signin/demo", self._enter, methods=["POST"], include_in_schema=False)

    async def farewell(self, request: Request) -> Response | None:  # noqa: ARG002 - the protocol's signature
        """Nothing beyond the workbench's own session."""
        return None

    async def _choose(self, request: Request) -> Response:
        """Roles and divisions to pick from."""
        return page(request, "signin_demo.html", roles=ROLES, divisions=[CITY, *load_divisions().counties_of(CITY), PROVINCE])

    async def _enter(self, request: Request, role: Annotated[str, Form()], division: Annotated[int, Form()]) -> Response:
        """A session for the choice."""
        if role not in ROLES or division not in {CITY, PROVINCE, *load_divisions().counties_of(CITY)}:
            return await turn_away(request, "演示中没有这个角色或经办地。")
        return await welcome(request, User(f"demo-{role}", f"演示{LABELS_ZH[Role(role)]}", Role(role), division))


def run() -> None:
    """Serve the demo's workbench."""
    settings = load_settings()
    if settings.kafka_embedded:  # the embedded broker makes a topic when a producer asks for it, never for a reader
        producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
        for topic in (AUDIT, IDENTITIES, IDENTITY_KEYS, RESTRICTIONS, DEAD_LETTERS, CONTROL):
            producer.list_topics(topic, ANSWER_SECONDS)
    serve_web(settings, DemoSignIn(), demo=True)


if __name__ == "__main__":
    run()
