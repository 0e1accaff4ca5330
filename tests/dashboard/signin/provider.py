"""A small identity provider on loopback that signs real tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey


class IdentityProvider:
    """Answers as OpenID Connect asks; `change` is laid over the next ID token's claims, `key` signs it."""

    def __init__(self) -> None:
        self.rsa = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
        self.ec = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
        self.stranger = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
        self.key: Any = self.rsa
        self.algorithm = "RS256"
        self.change: dict[str, Any] = {}
        self.published: list[Any] = [self.rsa, self.ec]
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self.forms: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.keys_asked = 0
        self.issuer = ""

    def authorize(self, query: dict[str, str]) -> str:
        """As the browser's visit there ends: a code for who asked."""
        code = secrets.token_hex(8)
        self.codes[code] = query
        return code

    async def metadata(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def keys(self, request: web.Request) -> web.Response:
        self.keys_asked += 1
        return web.json_response(KeySet(self.published).as_dict(private=False))

    async def exchange(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or asked["code_challenge"] != challenge.decode() or form["client_secret"] != "of the board":
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = self._claims(asked)
        signed = jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key)
        token = self.forge(claims) if self.forge is not None else signed
        return web.json_response({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "7",
            "aud": asked["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": "grace",
            "groups": ["staff", "leads"],
            "queues": ["billing"],
        }
        return {name: value for name, value in (claims | self.change).items() if value is not None}


@asynccontextmanager
async def running() -> AsyncIterator[IdentityProvider]:
    provider = IdentityProvider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.metadata)
    app.router.add_get("/keys", provider.keys)
    app.router.add_post("/token", provider.exchange)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield provider
    finally:
        await runner.cleanup()
