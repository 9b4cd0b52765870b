"""Sign-in by OpenID Connect: authorization code with PKCE and nonce, checked by Authlib, against the issuer of the settings.

Two claims of the ID token say what a user may do: the role (one of `Role`, a text or a list with exactly one known role) and the division.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from httpx import HTTPError
from joserfc.errors import JoseError
from msgspec import Struct
from starlette.responses import Response

from schemas.roles import Role
from sinks.web.entry import turn_away, welcome
from sinks.web.parts import parts_of
from sinks.web.rights import RIGHTS, User

log = structlog.get_logger("canbao.web")

PENDING_COOKIE = "canbao_signin"
PENDING_SECONDS = 300
DIVISIONS = range(110_000, 830_000)
NAME_LENGTH = 40
KNOWN = {role.value for role, rights in RIGHTS.items() if rights}
"""Roles that people have."""


class Issuer(Struct, frozen=True, kw_only=True):
    """Where people sign in, and how the workbench is known there. `origin`: address of the workbench as browsers see it."""

    issuer: str
    client_id: str
    client_secret: str
    origin: str
    role_claim: str
    division_claim: str


class OidcSignIn:
    """The routes /signin/start and /signin/callback."""

    label = "统一身份认证登录"

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.origin = issuer.origin
        self._client: Any = OAuth().register(
            "canbao",
            client_id=issuer.client_id,
            client_secret=issuer.client_secret,
            server_metadata_url=f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": 10},
        )

    def attach(self, app: FastAPI) -> None:
        """Add the routes."""
        app.add_api_route("/signin/start", self._start, include_in_schema=False)
        app.add_api_route("/signin/callback", self._callback, include_in_schema=False)

    async def farewell(self, request: Request) -> Response | None:  # noqa: ARG002 - the protocol's signature
        """Signing out ends the session of the workbench only; the sign-in service has its own."""
        return None

    async def _start(self, request: Request) -> Response:
        """Send the browser to the issuer; state, nonce and verifier wait in Redis."""
        request.scope["session"] = {}
        try:
            answer: Response = await self._client.authorize_redirect(request, f"{self.origin.rstrip('/')}/signin/callback")
        except (HTTPError, OAuthError) as error:
            log.warning("sign-in service does not answer", error=type(error).__name__)
            return await turn_away(request, "统一身份认证暂时无法访问，请稍后再试。")
        parts = parts_of(request)
        token = await parts.sessions.keep_pending(request.scope["session"])
        answer.set_cookie(
            PENDING_COOKIE, token, max_age=PENDING_SECONDS, path="/signin", httponly=True, secure=parts.secure_cookies, samesite="lax"
        )
        return answer

    async def _callback(self, request: Request) -> Response:
        """The browser is back: check what it brings, and open a session."""
        parts = parts_of(request)
        request.scope["session"] = await parts.sessions.take_pending(request.cookies.get(PENDING_COOKIE, ""))
        try:
            token = await self._client.authorize_access_token(request)
        except (HTTPError, OAuthError, JoseError, ValueError) as error:
            log.warning("sign-in refused", error=type(error).__name__)
            return await turn_away(request, "登录未完成，请重新登录。")
        user = user_of(token.get("userinfo") or {}, self._issuer)
        if user is None:
            return await turn_away(request, "账号没有本系统的角色或经办地，请联系管理员。")
        answer = await welcome(request, user)
        answer.delete_cookie(PENDING_COOKIE, path="/signin")
        return answer


def user_of(claims: Mapping[str, Any], issuer: Issuer) -> User | None:
    """The user of an ID token's claims; None where role or division is missing, unknown or not one."""
    named = claims.get(issuer.role_claim)
    roles = [text for text in (named if isinstance(named, list) else [named]) if text in KNOWN]
    division = str(claims.get(issuer.division_claim, ""))
    if len(roles) != 1 or not division.isdecimal() or int(division) not in DIVISIONS or not claims.get("sub"):
        return None
    name = str(claims.get("name") or claims.get("preferred_username") or "")[:NAME_LENGTH]
    return User(str(claims["sub"]), name, Role(roles[0]), int(division))
