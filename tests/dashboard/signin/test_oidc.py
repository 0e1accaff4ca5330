"""Signing in by an identity provider that runs here and signs real tokens, and every token that must not do."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt

from tests.dashboard.signin.provider import IdentityProvider, running
from tonewatch.dashboard.signin.claims import ClaimRules
from tonewatch.dashboard.signin.oidc import Client, Provider, is_safe

RULES = ClaimRules(role="groups", roles={"leads": "supervisor", "it": "admin"}, queues="queues")


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with running() as found:
        yield found


@pytest.fixture
def board(provider: IdentityProvider, make_board: Callable[..., Any]) -> Any:
    client = Client(provider.issuer, "the-board", lambda: "of the board", "openid profile", RULES)
    return make_board(provider=Provider(client, time.monotonic, time.time), provider_name="Acme")


async def come_back(provider: IdentityProvider, http: httpx.AsyncClient, **change: str) -> httpx.Response:
    """There and back again, with what the provider appends to the address."""
    start = await http.get("/sign-in/oidc/start", params={"next": "/?call=7"})
    url = urlsplit(start.headers["location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{provider.issuer}/authorize"
    query = dict(parse_qsl(url.query))
    said = {"code": provider.authorize(query), "state": query["state"], "iss": provider.issuer} | change
    return await http.get("/sign-in/oidc/callback", params=said)


async def test_who_the_provider_names_is_signed_in_with_role_and_queues_of_its_claims(
    provider: IdentityProvider, board: Any
) -> None:
    async with board.client() as http:
        assert "Sign in with Acme" in (await http.get("/sign-in")).text
        answer = await come_back(provider, http)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?call=7")
        told = (await http.get("/api/session")).json()
    assert (told["name"], told["role"], told["queues"]) == ("grace", "supervisor", ["billing"])
    (form,) = provider.forms
    assert form["redirect_uri"] == "http://127.0.0.1:8321/sign-in/oidc/callback"
    assert board.told == [("signed_in", "grace")]


async def test_a_token_of_an_elliptic_curve_is_as_good(provider: IdentityProvider, board: Any) -> None:
    provider.key, provider.algorithm = provider.ec, "ES256"
    async with board.client() as http:
        assert (await come_back(provider, http)).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": ["the-board", "another-client"], "azp": "another-client"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"iat": None},
        {"nbf": 4_000_000_000},
        {"preferred_username": None},
        {"preferred_username": "two\nlines"},
        {"groups": ["staff"]},
        {"groups": None},
        {"queues": None},
        {"queues": []},
    ],
)
async def test_a_token_with_a_claim_that_does_not_fit_signs_nobody_in(
    provider: IdentityProvider, board: Any, change: dict[str, Any]
) -> None:
    provider.change = change
    async with board.client() as http:
        answer = await come_back(provider, http)
        assert answer.status_code == 403
        assert (await http.get("/api/who")).status_code == 401
    assert board.told == [("sign_in_failed", "")]


def unsigned(header: dict[str, str], claims: dict[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join(parts)


FORGERIES: dict[str, Callable[[IdentityProvider, dict[str, Any]], str]] = {
    "by the provider": lambda of, claims: jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, of.rsa),
    "by a stranger": lambda of, claims: jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, of.stranger),
    "by nobody": lambda of, claims: unsigned({"alg": "none"}, claims) + ".",
    "with the public key as a secret": lambda of, claims: with_public_key(of, claims),
    "no token": lambda of, claims: "nonsense",
}


def with_public_key(of: IdentityProvider, claims: dict[str, Any]) -> str:
    body = unsigned({"alg": "HS256", "kid": "rsa"}, claims)
    digest = hmac.digest(of.rsa.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@pytest.mark.parametrize("how", FORGERIES)
async def test_only_a_token_that_the_provider_signed_signs_anybody_in(
    provider: IdentityProvider, board: Any, how: str
) -> None:
    provider.forge = lambda claims: FORGERIES[how](provider, claims)
    async with board.client() as http:
        status = (await come_back(provider, http)).status_code
    assert status == (303 if how == "by the provider" else 403)


@pytest.mark.parametrize(
    "change", [{"state": "of another"}, {"state": ""}, {"code": "stolen"}, {"iss": "http://127.0.0.1:1"}]
)
async def test_an_answer_to_another_question_signs_nobody_in(
    provider: IdentityProvider, board: Any, change: dict[str, str]
) -> None:
    async with board.client() as http:
        assert (await come_back(provider, http, **change)).status_code == 403
        assert (await http.get("/api/who")).status_code == 401


async def test_a_code_is_of_use_to_the_browser_alone_that_asked_for_it(provider: IdentityProvider, board: Any) -> None:
    async with board.client() as http, board.client() as attacker:
        start = await http.get("/sign-in/oidc/start")
        query = dict(parse_qsl(urlsplit(start.headers["location"]).query))
        said = {"code": provider.authorize(query), "state": query["state"]}
        assert (await attacker.get("/sign-in/oidc/callback", params=said)).status_code == 403
        await attacker.get("/sign-in/oidc/start")
        assert (await attacker.get("/sign-in/oidc/callback", params=said)).status_code == 403
        assert (await http.get("/sign-in/oidc/callback", params=said)).status_code == 303
        assert (await http.get("/sign-in/oidc/callback", params=said)).status_code == 403


async def test_keys_that_the_provider_changed_are_asked_for_once_a_minute_at_most(
    provider: IdentityProvider, make_board: Callable[..., Any]
) -> None:
    clock = [0.0]
    client = Client(provider.issuer, "the-board", lambda: "of the board", "openid", RULES)
    board = make_board(provider=Provider(client, lambda: clock[0], time.time))
    provider.published = [provider.ec]
    statuses = []
    async with board.client() as http:
        for at_s in (0.0, 1.0, 61.0):
            clock[0] = at_s
            statuses.append((await come_back(provider, http)).status_code)
            provider.published = [provider.rsa, provider.ec]
            http.cookies.clear()
    assert statuses == [403, 403, 303]
    assert provider.keys_asked == 2


async def test_a_provider_that_does_not_answer_is_said_on_the_page(board: Any) -> None:
    board.sign_in.provider.client = Client("http://127.0.0.1:1", "b", None, "openid", RULES)
    async with board.client() as http:
        answer = await http.get("/sign-in/oidc/start")
    assert (answer.status_code, "does not answer" in answer.text) == (502, True)


async def test_all_queues_are_said_with_a_star_and_a_dotted_name_reads_within_objects() -> None:
    rules = ClaimRules(role="realm_access.roles", queues="q")
    claims = {"preferred_username": "ada", "realm_access": {"roles": ["qa", "admin", "x"]}, "q": ["*"]}
    person = rules.person(claims)
    assert (person.role, person.scope.is_everything) == ("admin", True)


@pytest.mark.parametrize("url", ["http://idp.example", "http://127.0.0.1.evil.example", "ftp://x", "", None])
def test_a_provider_elsewhere_needs_tls(url: Any) -> None:
    assert not is_safe(url)
    assert (
        is_safe("https://idp.example/realms/a") and is_safe("http://127.0.0.1:8080/x") and is_safe("http://localhost")
    )
