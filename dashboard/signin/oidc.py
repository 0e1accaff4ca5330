"""Signing in by OpenID Connect: the authorization code with PKCE, and an ID token that is checked claim by claim.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636 (PKCE); RFC 9207 (`iss` of an answer).
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tonewatch.dashboard.signin.claims import ClaimRules, SignInRefused
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.texts import NOT_PROVED, UNREACHABLE

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures with the provider's public keys; neither `none` nor one with a secret that both sides have."""

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

LEEWAY_S = 60
ANSWER_S = 10.0
MOST_BYTES = 1_000_000

KEYS_S = 60.0
"""Keys are asked for again at most this often: an ID token with a key of nobody's would else be a way to knock."""

METADATA_S = 3_600.0


@dataclass(frozen=True)
class Client:
    """This board at the identity provider. `secret` is read for each token; None for a public client."""

    issuer: str
    client_id: str
    secret: Callable[[], str] | None
    scope: str
    rules: ClaimRules


class Provider:
    """One identity provider. `clock` is monotonic, `now_s` the wall clock, both in seconds."""

    def __init__(self, client: Client, clock: Callable[[], float], now_s: Callable[[], float]) -> None:
        self.client = client
        self._clock = clock
        self._now_s = now_s
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._metadata_at = self._keys_at = -METADATA_S
        self._asking = asyncio.Lock()

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes.

        Raises:
            SignInRefused: the provider cannot be asked.
        """
        metadata = await self._known()
        return str(
            prepare_grant_uri(
                metadata["authorization_endpoint"],
                client_id=self.client.client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope=self.client.scope,
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    async def person(self, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Person:
        """Whom the code stands for.

        Raises:
            SignInRefused: for nobody, or for somebody who may not look at this board.
        """
        metadata = await self._known()
        answer = await self._token(metadata["token_endpoint"], code, redirect_uri, verifier)
        claims = await self._claims(str(answer.get("id_token", "")), nonce, str(answer.get("access_token", "")))
        return self.client.rules.person(claims)

    async def _token(self, endpoint: str, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client.client_id,
            "code_verifier": verifier,
        }
        if self.client.secret is not None:
            form["client_secret"] = self.client.secret()
        return await _ask("POST", endpoint, form)

    async def _claims(self, token: str, nonce: str, access_token: str) -> Mapping[str, Any]:
        """Of a token that the provider signed now, for us, in answer to this very request."""
        try:
            decoded = await self._decoded(token)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.client.issuer},
                    "aud": {"essential": True, "value": self.client.client_id},
                    "exp": {"essential": True},
                },
                {"nonce": nonce, "client_id": self.client.client_id, "access_token": access_token},
            )
            claims.validate(int(self._now_s()), LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise SignInRefused(NOT_PROVED) from error
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        is_for_us = claims["iss"] == self.client.issuer and self.client.client_id in audience
        if not is_for_us or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise SignInRefused(NOT_PROVED)
        return dict(claims)

    async def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, await self._key_set(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if self._clock() - self._keys_at < KEYS_S:
                raise
            # The provider may have taken another key since.
            return jwt.decode(token, await self._key_set(again=True), algorithms=ALGORITHMS)

    async def _known(self) -> dict[str, Any]:
        """What the provider says of itself."""
        async with self._asking:
            if self._clock() - self._metadata_at >= METADATA_S:
                found = await _ask("GET", f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.client.issuer:
                    raise SignInRefused(UNREACHABLE)
                if not all(is_safe(found.get(name)) for name in ENDPOINTS):
                    raise SignInRefused(UNREACHABLE)
                self._metadata, self._metadata_at = found, self._clock()
            return self._metadata

    async def _key_set(self, *, again: bool = False) -> KeySet:
        metadata = await self._known()
        async with self._asking:
            if self._keys is None or again:
                self._keys_at = self._clock()
                found: Any = await _ask("GET", metadata["jwks_uri"])
                self._keys = KeySet.import_key_set(found)
            return self._keys


def is_safe(url: object) -> bool:
    """TLS, or this machine: whoever sits between could else sign in as anybody."""
    local = ("http://127.0.0.1", "http://localhost", "http://[::1]")
    if not isinstance(url, str):
        return False
    return url.startswith("https://") or any(url.startswith((f"{host}:", f"{host}/")) or url == host for host in local)


async def _ask(method: str, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A JSON object; redirects are not followed.

    Raises:
        SignInRefused: none came.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as session,
            session.request(method, url, data=form, allow_redirects=False) as answer,
        ):
            body = b""
            async for piece in answer.content.iter_chunked(65_536):
                body += piece
                if len(body) > MOST_BYTES:
                    raise SignInRefused(UNREACHABLE)
            found = json.loads(body) if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise SignInRefused(UNREACHABLE) from error
    if not isinstance(found, dict):
        raise SignInRefused(UNREACHABLE)
    return found
