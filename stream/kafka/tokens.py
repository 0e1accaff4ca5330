"""Tokens for OAUTHBEARER: out of a file that is read anew, or of a token endpoint; and the broker's answer to them."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.conn import AIOKafkaConnection, OAuthAuthenticator
from aiokafka.errors import KafkaError, SaslAuthenticationFailed

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import KafkaSecurity

ENDPOINT_S = 10.0
"""How long a token endpoint may take."""

USED_FOR = 0.8
"""Of its life a token is used again; then a new one is asked for."""

_PREFIX = "TONEWATCH_KAFKA_TOKEN_"


class NoToken(KafkaError):  # type: ignore[misc]
    """There is no token to be had; aiokafka takes it for a connection that could not be made."""


class _Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """Gives a token in a thread: files and endpoints may be slow."""

    def __init__(self, settings: KafkaSecurity) -> None:
        self._settings = settings

    async def token(self) -> str:
        """
        Raises:
            NoToken: the text says why.
        """
        return await asyncio.to_thread(self._told)

    def extensions(self) -> dict[str, str]:
        """What is sent along, as Confluent Cloud wants the names of cluster and identity pool."""
        pairs = [pair.partition("=") for pair in self._settings.kafka_token_extensions.split(",") if pair]
        return {name.strip(): value.strip() for name, _, value in pairs}

    def _told(self) -> str:
        try:
            return self._token()
        except SettingsError as error:
            raise NoToken(str(error)) from error

    def _token(self) -> str:
        raise NotImplementedError


class FileTokens(_Tokens):
    """The file is read for each connection: projected tokens of Kubernetes are replaced every hour."""

    def _token(self) -> str:
        return read_secret_file(self._settings.kafka_token_file, f"{_PREFIX}FILE")


class EndpointTokens(_Tokens):
    """Client credentials (RFC 6749, section 4.4), asked again when most of a token's life is over."""

    def __init__(self, settings: KafkaSecurity, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = ""
        self._until_s = 0.0

    def _token(self) -> str:
        # One provider serves the clients of all threads: they wait for one answer, and share it.
        with self._lock:
            if not self._kept or self._clock() >= self._until_s:
                asked_at_s = self._clock()
                self._kept, life_s = self._ask()
                self._until_s = asked_at_s + USED_FOR * life_s
            return self._kept

    def _ask(self) -> tuple[str, float]:
        url = self._settings.kafka_token_url
        try:
            with urllib.request.urlopen(self._request(), timeout=ENDPOINT_S, context=self._context()) as answer:
                return _read(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                raise NoToken(f"{_PREFIX}URL: {url} refused the client ({error.code} {_code(error)}).") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise NoToken(f"{_PREFIX}URL: {url} gave no token ({reason}).") from error

    def _request(self) -> urllib.request.Request:
        given = self._settings
        secret = given.kafka_token_client_secret.get_secret_value()
        if given.kafka_token_client_secret_file:
            secret = read_secret_file(given.kafka_token_client_secret_file, f"{_PREFIX}CLIENT_SECRET_FILE")
        form = {"grant_type": "client_credentials"}
        if given.kafka_token_scope:
            form["scope"] = given.kafka_token_scope
        # Section 2.3.1: both are form-encoded before they are joined.
        pair = ":".join(urllib.parse.quote_plus(part) for part in (given.kafka_token_client_id, secret))
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}", "Accept": "application/json"}
        return urllib.request.Request(given.kafka_token_url, urllib.parse.urlencode(form).encode(), headers)

    def _context(self) -> ssl.SSLContext | None:
        if not self._settings.kafka_token_url.startswith("https"):
            return None
        file = self._settings.kafka_token_ca_file
        try:
            return ssl.create_default_context(cafile=file or None)
        except OSError as error:
            raise SettingsError(f"{_PREFIX}CA_FILE: {file} holds no certificates that can be read.") from error


def _read(answer: dict[str, Any]) -> tuple[str, float]:
    # `expires_in` may be missing (section 5.1): then the token is for one connection.
    return str(answer["access_token"]), float(answer.get("expires_in", 0))


def _code(error: urllib.error.HTTPError) -> str:
    """OAuth's own word for it, such as invalid_client; nothing else of an answer is repeated."""
    try:
        word = str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError, OSError):
        return error.reason
    return word if word.isascii() and word.replace("_", "").isalnum() and len(word) < 60 else error.reason


class ReadingAuthenticator(OAuthAuthenticator):  # type: ignore[misc]
    """Reads the broker's answer to a token, which aiokafka throws away.

    An answer with text in it is a refusal, and the broker gives its error only after the client has confirmed that by
    one byte (RFC 7628, sections 3.2.2 and 3.2.3). aiokafka goes on with its requests instead; Apache Kafka answers the
    first with an empty description of the cluster, and a client that nobody let in seems to have started.
    """

    _confirmed = False

    async def step(self, payload: bytes | None) -> tuple[str | bytes, bool] | None:
        """As its parent's: what to send next, None where we are let in.

        Raises:
            SaslAuthenticationFailed: the broker refused, and gives no error of its own.
        """
        if not payload:
            return await super().step(payload)  # type: ignore[no-any-return]
        if self._confirmed:
            raise SaslAuthenticationFailed("The broker refused the token")
        self._confirmed = True
        return b"\x01", True


def _reading(connection: AIOKafkaConnection) -> ReadingAuthenticator:
    return ReadingAuthenticator(sasl_oauth_token_provider=connection._sasl_oauth_token_provider)


def install() -> None:
    """Let every connection of the process, faust's too, notice that its token was refused."""
    AIOKafkaConnection.authenticator_oauth = _reading


def make_tokens(settings: KafkaSecurity) -> AbstractTokenProvider:
    """From the file, or from the endpoint, that the settings name."""
    return FileTokens(settings) if settings.kafka_token_file else EndpointTokens(settings)
