"""What Kafka refuses, told at once in one line: credentials, certificates, rights, and a wrong protocol.

aiokafka takes a refused password for a broker that is away, and tries again. When a client does not start, one probe
asks the brokers why: only what a broker itself has answered counts as a refusal, all else as an absent broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Iterator
from typing import TypeVar

from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from tonewatch.stream.errors import AccessRefused
from tonewatch.stream.kafka.security import security_arguments
from tonewatch.stream.kafka.tls import client_context
from tonewatch.stream.kafka.tokens import NoToken
from tonewatch.stream.settings import KafkaSettings

T = TypeVar("T")

PROBE_MS = 5_000
_K = "TONEWATCH_KAFKA_"

NOT_ALLOWED = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
"""How Kafka says that somebody it knows may not do this."""

_RESOURCES = {
    TopicAuthorizationFailedError: "a topic",
    GroupAuthorizationFailedError: "a consumer group",
    ClusterAuthorizationFailedError: "the cluster",
    TransactionalIdAuthorizationFailed: "a transactional id",
}

_AWAY = (OSError, KafkaError, TimeoutError, EOFError)
"""How a connection fails."""


async def refusal(settings: KafkaSettings) -> AccessRefused | None:
    """Why the brokers do not let us in; None where one does, or none answers.

    Raises:
        SettingsError: a file that a setting names cannot be used.
    """
    arguments = security_arguments(settings)
    for host, port, _ in collect_hosts(settings.kafka, randomize=False):
        probe = _Probe(settings, host, port)
        try:
            await probe.connect(arguments)
        except _AWAY as error:
            found = await probe.why(error)
            if found:
                return AccessRefused(f"Kafka at {host}:{port} {found}")
        else:
            return None
    return None


class _Probe:
    """One connection to one broker, as a client makes it."""

    def __init__(self, settings: KafkaSettings, host: str, port: int) -> None:
        self._settings, self._host, self._port = settings, host, port

    async def connect(self, arguments: dict[str, object]) -> None:
        connection = AIOKafkaConnection(self._host, self._port, request_timeout_ms=PROBE_MS, **arguments)
        try:
            await connection.connect()
            await connection.send(MetadataRequest([]))
        finally:
            closing = connection.close()
            # Never done for a connection that was none: a handshake that failed tells aiokafka of no end.
            if connection._protocol is not None:
                await _hung_up(closing)

    async def why(self, error: BaseException) -> str:
        """In words, with what to do; '' where the broker may just be away."""
        for cause in _causes(error):
            if found := self._said(cause):
                return found
        return await self._wrong_protocol(error)

    def _said(self, error: BaseException) -> str:
        match error:
            case NoToken():
                return f"was not asked: {error.args[0] if error.args else 'there is no token'}"
            case SaslAuthenticationFailed():
                return self._refused_user()
            case UnsupportedSaslMechanismError():
                return (
                    f"does not know {_K}MECHANISM={self._settings.kafka_mechanism}: its listener offers others. Set "
                    "the one that the broker has."
                )
            case IllegalSaslStateError():
                without = "SSL" if self._settings.protocol.endswith("SSL") else "PLAINTEXT"
                return f"asks no user on this listener: set {_K}PROTOCOL={without}, or name the listener with SASL."
            case ssl.SSLCertVerificationError():
                return self._untrusted(error)
            case ssl.SSLError() if "ALERT" in (error.reason or ""):
                return self._unwelcome(error)
        return ""

    def _refused_user(self) -> str:
        if self._settings.kafka_mechanism == "OAUTHBEARER":
            source = "FILE" if self._settings.kafka_token_file else "URL"
            return (
                f"refused the token of {_K}TOKEN_{source}: see that it is not over, and that its issuer and audience "
                "are those that the broker expects."
            )
        password = "PASSWORD_FILE" if self._settings.kafka_password_file else "PASSWORD"
        return (
            f"refused user {self._settings.kafka_user} ({self._settings.kafka_mechanism}): see {_K}USER, "
            f"{_K}{password} and {_K}MECHANISM."
        )

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> str:
        # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL.
        if error.verify_code in (62, 64):
            return (
                f"shows a certificate for another name: use a name in {_K.removesuffix('_')} that the certificate has, "
                f"or set {_K}CHECK_HOST_NAME=false where the way to it is trusted."
            )
        return (
            f"shows a certificate that is not trusted ({error.verify_message}): set {_K}CA_FILE to the certificate of "
            "the CA that signed it."
        )

    def _unwelcome(self, error: ssl.SSLError) -> str:
        said = (error.reason or "").rpartition("ALERT_")[2].replace("_", " ").lower()
        if self._settings.kafka_certificate_file:
            return (
                f"refused the client certificate of {_K}CERTIFICATE_FILE ({said}): see that it is not over, and that "
                "the broker trusts the CA that signed it."
            )
        return f"wants a client certificate ({said}): set {_K}CERTIFICATE_FILE and {_K}KEY_FILE."

    async def _wrong_protocol(self, error: BaseException) -> str:
        """A listener that answered, but not to what we speak, is asked what it speaks."""
        if isinstance(error, ConnectionRefusedError | TimeoutError) or _is_unreachable(error):
            return ""
        encrypted = self._settings.protocol.endswith("SSL")
        if encrypted and (alert := await self._alert()):
            return self._unwelcome(alert)
        if encrypted != await _speaks_tls(self._host, self._port):
            if encrypted and not await _asks_for_sasl(self._host, self._port):
                return ""
            other = self._settings.protocol.replace("SSL", "PLAINTEXT")
            other = other if encrypted else other.replace("PLAINTEXT", "SSL")
            what = "does not speak TLS" if encrypted else "speaks TLS"
            return f"{what} on this listener, and {_K}PROTOCOL={self._settings.protocol}: set {other}."
        if not encrypted and not self._settings.protocol.startswith("SASL"):
            offered = await _asks_for_sasl(self._host, self._port)
            return self._needs_user(offered) if offered else ""
        return ""

    async def _alert(self) -> ssl.SSLError | None:
        """What the listener has against our certificate, or against our having none.

        In TLS 1.3 its alert comes after our side of the handshake, and is lost where the listener closes a connection
        with our first request unread. In 1.2 the handshake waits for it.
        """
        context = client_context(self._settings)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            async with asyncio.timeout(PROBE_MS / 1000):
                _, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
        except ssl.SSLError as error:
            # A listener that knows no 1.2 says so by an alert as well.
            return error if "ALERT" in (error.reason or "") and "VERSION" not in (error.reason or "") else None
        except (OSError, TimeoutError):
            return None
        await _abort(writer)
        return None

    def _needs_user(self, offered: str) -> str:
        return (
            f"asks for a user ({offered}), and {_K}PROTOCOL={self._settings.protocol}: set {_K}PROTOCOL="
            f"SASL_{self._settings.protocol.removeprefix('SASL_')}, {_K}MECHANISM, {_K}USER and {_K}PASSWORD_FILE."
        )


def _is_unreachable(error: BaseException) -> bool:
    return isinstance(error, OSError) and not isinstance(error, ssl.SSLError | ConnectionError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


async def _speaks_tls(host: str, port: int) -> bool:
    """Does the listener answer as TLS does? Whatever its certificate is: nothing is sent to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(PROBE_MS / 1000):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLError as error:
        # An alert is TLS too; a listener without TLS says something that is none, or hangs up.
        return "ALERT" in (error.reason or "")
    except (OSError, TimeoutError):
        return False
    await _abort(writer)
    return True


async def _asks_for_sasl(host: str, port: int) -> str:
    """Which mechanisms a listener without TLS offers; `none` if it wants no user, '' if it does not speak Kafka."""
    try:
        connection = await create_conn(host, port, request_timeout_ms=PROBE_MS)
    except _AWAY:
        return ""
    try:
        answer = await connection.send(SaslHandShakeRequest("PLAIN"))
        return ", ".join(answer.enabled_mechanisms) or "none"
    except _AWAY:
        return "none"
    finally:
        await _hung_up(connection.close())


async def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection over which nothing was sent; a closing handshake would leave its socket open for a while."""
    writer.transport.abort()
    await _hung_up(writer.wait_closed())


async def _hung_up(closing: Awaitable[object]) -> None:
    """Wait until a socket is closed: an event loop that ends before leaves it open."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PROBE_MS / 1000):
            await closing


def not_allowed(error: BaseException | None, settings: KafkaSettings) -> AccessRefused | None:
    """What to say of an error that means that our user lacks a right; None of any other."""
    for cause in _causes(error):
        if isinstance(cause, NOT_ALLOWED):
            who = f"user {settings.kafka_user}" if settings.kafka_user else "this client"
            named = ", ".join(sorted(cause.args[0])) if cause.args and isinstance(cause.args[0], set) else ""
            named = named or (str(cause.args[0]) if cause.args else "")
            what = f"{_RESOURCES[type(cause)]}{f' ({named})' if named else ''}"
            return AccessRefused(
                f"Kafka at {settings.kafka} does not let {who} use {what}: `tonewatch topics acl` prints the rights "
                "that each role needs."
            )
    return None


async def telling_refusals(settings: KafkaSettings, work: Awaitable[T]) -> T:
    """What `work` gives.

    Raises:
        AccessRefused: in place of Kafka's own error, where our user lacks a right.
    """
    try:
        return await work
    except KafkaError as error:
        told = not_allowed(error, settings)
        if told is None:
            raise
        raise told from error
