"""Signing in at a real OpenID Connect provider, and every way in which that must fail."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from demo.servers.valkey import ValkeyServer
from schemas.audit import Deed
from schemas.roles import Role
from sinks.web.oidc import Issuer, OidcSignIn
from tests.web.issuer import CLIENT, SECRET, Provider
from tests.web.serving import Workbench, served, serving

pytestmark = pytest.mark.redis
CLERK = {"sub": "u-17", "name": "王某", "canbao_role": "clerk", "canbao_division": "370116"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A running provider."""
    found = Provider()
    with served(found.app()) as address:
        found.address = address
        yield found


@pytest.fixture(scope="module")
def workbench(desk_valkey: ValkeyServer, provider: Provider) -> Iterator[Workbench]:
    """A workbench whose people sign in there; its own address is known only once it runs."""
    issuer = Issuer(
        issuer=provider.address,
        client_id=CLIENT,
        client_secret=SECRET,
        origin="",
        role_claim="canbao_role",
        division_claim="canbao_division",
    )
    sign_in = OidcSignIn(issuer)
    with serving(desk_valkey.url, sign_in) as running:
        sign_in.origin = running.address
        yield running


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    """The provider says the truth unless a test makes it lie."""
    provider.claims, provider.spoil, provider.signing = dict(CLERK), {}, None


def sign_in(running: Workbench) -> tuple[httpx.Client, httpx.Response]:
    """A browser that follows the way in to its end."""
    client = httpx.Client(base_url=running.address, follow_redirects=True, timeout=60)
    return client, client.get("/signin/start")


def test_signing_in_gives_the_claims_role_and_division(workbench: Workbench, provider: Provider) -> None:
    """With PKCE, state and nonce; the session is the claims'; the cookie is for the server alone; signing out ends it."""
    client, answer = sign_in(workbench)
    assert answer.url.path == "/"
    assert client.get("/api/v1/session").json() | {"csrf": ""} == {
        "name": "王某",
        "role": "clerk",
        "division": 370116,
        "rights": ["cases", "decide", "export", "overview", "rules"],
        "csrf": "",
    }
    asked = provider.asked[-1]
    assert {"code_challenge", "state", "nonce"} <= asked.keys()
    entry = workbench.audit.entries[-1]
    assert (entry.deed, entry.actor, entry.role, entry.division) == (Deed.SIGNED_IN, "u-17", Role.CLERK, 370116)
    csrf = client.get("/api/v1/session").json()["csrf"]
    assert client.post("/signout", data={"csrf": csrf}).url.path == "/signin"
    assert client.get("/api/v1/session").status_code == 401
    client.close()


def test_the_cookie_is_for_the_server_alone(workbench: Workbench) -> None:
    """HttpOnly and SameSite; every sign-in has a token of its own."""
    with httpx.Client(base_url=workbench.address, timeout=60) as client:
        answer = client.get("/signin/start")
        answer = client.get(answer.headers["location"])
        answer = client.get(answer.headers["location"])
    (cookie,) = (text for text in answer.headers.get_list("set-cookie") if text.startswith("canbao_session"))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "claims",
    [
        {"canbao_role": "root"},
        {"canbao_role": "system"},
        {"canbao_role": ["clerk", "auditor"]},
        {"canbao_role": None},
        {"canbao_division": "37"},
        {"canbao_division": "37x116"},
        {"canbao_division": ""},
    ],
    ids=str,
)
def test_without_one_known_role_and_a_division_nobody_comes_in(workbench: Workbench, provider: Provider, claims: dict[str, Any]) -> None:
    """403, no session, SIGN_IN_REFUSED in the audit."""
    provider.claims |= claims
    client, answer = sign_in(workbench)
    assert answer.status_code == 403
    assert client.get("/api/v1/session").status_code == 401
    assert workbench.audit.entries[-1].deed is Deed.SIGN_IN_REFUSED
    client.close()


@pytest.mark.parametrize(
    "spoil",
    [{"iss": "https://elsewhere"}, {"aud": "another"}, {"exp": 1}, {"nonce": "of another sign-in"}],
    ids=lambda one: next(iter(one)),
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(workbench: Workbench, provider: Provider, spoil: dict[str, Any]) -> None:
    """Issuer, audience, time and nonce are checked."""
    provider.spoil = spoil
    client, answer = sign_in(workbench)
    assert answer.status_code == 403
    assert client.get("/api/v1/session").status_code == 401
    client.close()


def test_a_token_signed_by_another_key_is_refused(workbench: Workbench, provider: Provider) -> None:
    """The signature is checked against the provider's keys."""
    provider.signing = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
    client, answer = sign_in(workbench)
    assert answer.status_code == 403
    client.close()


def test_a_callback_that_this_browser_did_not_begin_is_refused(workbench: Workbench) -> None:
    """Another browser's state and code open nothing here."""
    with httpx.Client(base_url=workbench.address, timeout=60) as victim, httpx.Client(timeout=60) as attacker:
        way = attacker.get(f"{workbench.address}/signin/start")
        back = attacker.get(way.headers["location"]).headers["location"]
        assert victim.get(back).status_code == 403
        assert victim.get("/api/v1/session").status_code == 401
