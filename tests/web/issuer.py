"""A small OpenID Connect provider: discovery, authorization with PKCE, token, keys. It signs whatever claims the test sets."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import FastAPI, Form, Header, HTTPException, Request
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "workbench", "a-secret-of-the-test"


@dataclass
class Provider:
    """The provider and what it says of whoever signs in. `spoil` changes the claims after all checks."""

    claims: dict[str, Any] = field(default_factory=dict)
    spoil: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"}))
    signing: RSAKey | None = None
    address: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> FastAPI:
        """The provider as an application."""
        app = FastAPI()
        app.add_api_route("/.well-known/openid-configuration", self.discovery)
        app.add_api_route("/jwks", self.jwks)
        app.add_api_route("/authorize", self.authorize)
        app.add_api_route("/token", self.token, methods=["POST"])
        return app

    async def discovery(self) -> dict[str, Any]:
        """Where everything is."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    async def jwks(self) -> dict[str, Any]:
        """The public key."""
        return {"keys": [self.key.as_dict(private=False)]}

    async def authorize(self, request: Request) -> Response:
        """Nobody is asked anything: the browser goes straight back with a code."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        if asked["client_id"] != CLIENT or asked["response_type"] != "code" or asked["code_challenge_method"] != "S256":
            raise HTTPException(400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    async def token(
        self,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        authorization: Annotated[str, Header()],
    ) -> Response:
        """An ID token for a code, once, to the client that knows the verifier."""
        asked = self.codes.pop(code, None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != redirect_uri or authorization != basic:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"], **self.claims, **self.spoil}
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.signing or self.key)
        return JSONResponse({"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "expires_in": 60, "id_token": signed})
