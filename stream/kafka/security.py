"""The one place where settings become the arguments of Kafka's clients: aiokafka's, and faust's."""

from __future__ import annotations

import logging
import os
from typing import Any, Self

import faust
from aiokafka.client import AIOKafkaClient

from tonewatch.stream.kafka import tokens
from tonewatch.stream.kafka.tls import client_context
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import KafkaSecurity, KafkaSettings

PASSWORD_FILE = "TONEWATCH_KAFKA_PASSWORD_FILE"


class Password(str):
    """A password that does not show, and that is read again from its file for each connection."""

    file: str

    def __new__(cls, text: str, file: str = "") -> Self:
        made = super().__new__(cls, text)
        made.file = file
        return made

    def __repr__(self) -> str:
        return "'**********'"

    def now(self) -> str:
        """As the file has it now; as it was read before, where that cannot be read."""
        # A file that is being replaced may be missing for a moment: the connection is then tried with the old one.
        if not self.file or not os.access(self.file, os.R_OK):
            return self
        return Password(read_secret_file(self.file, PASSWORD_FILE), self.file)


class _PasswordNow:
    """In the place of aiokafka's attribute: it keeps a password for ever that was given once."""

    def __get__(self, client: Any, owner: type | None = None) -> str | None:  # noqa: ANN401
        given = vars(client).get("_sasl_plain_password")
        return given.now() if isinstance(given, Password) else given

    def __set__(self, client: Any, value: str | None) -> None:  # noqa: ANN401
        vars(client)["_sasl_plain_password"] = value


def _shows_no_proof(record: logging.LogRecord) -> bool:
    """False for a request or an answer that holds a password, a token or what is made of them."""
    given = record.args if isinstance(record.args, tuple) else ()
    return not any(type(one).__name__.startswith("SaslAuthenticate") for one in given)


def install() -> None:
    """Let every client of the process, faust's too, take a new password when it connects anew, and log none.

    A refused token is noticed, too.
    """
    tokens.install()
    AIOKafkaClient._sasl_plain_password = _PasswordNow()
    # At DEBUG aiokafka logs each request as it is sent; addFilter takes one filter once.
    logging.getLogger("aiokafka.conn").addFilter(_shows_no_proof)


def client_arguments(settings: KafkaSettings) -> dict[str, Any]:
    """Where the brokers are, how connections are encrypted and who we are; for consumers, producers and admin clients.

    Raises:
        SettingsError: a file that a setting names cannot be used.
    """
    return {"bootstrap_servers": settings.kafka, **security_arguments(settings)}


def security_arguments(settings: KafkaSecurity) -> dict[str, Any]:
    """As `client_arguments`, without the brokers' addresses.

    Raises:
        SettingsError: a file that a setting names cannot be used.
    """
    found: dict[str, Any] = {"security_protocol": settings.protocol}
    if settings.protocol.endswith("SSL"):
        found["ssl_context"] = client_context(settings)
    if settings.protocol.startswith("SASL"):
        found["sasl_mechanism"] = settings.kafka_mechanism
        found |= _identity(settings)
    return found


def _identity(settings: KafkaSecurity) -> dict[str, Any]:
    install()
    if settings.kafka_mechanism == "OAUTHBEARER":
        return {"sasl_oauth_token_provider": tokens.make_tokens(settings)}
    file = settings.kafka_password_file
    text = read_secret_file(file, PASSWORD_FILE) if file else settings.kafka_password.get_secret_value()
    return {"sasl_plain_username": settings.kafka_user, "sasl_plain_password": Password(text, file)}


def faust_credentials(settings: KafkaSecurity) -> faust.auth.Credentials | None:
    """The same for faust, which makes its clients by itself; None for a connection without encryption or user.

    Raises:
        SettingsError: a file that a setting names cannot be used.
    """
    found = security_arguments(settings)
    context = found.get("ssl_context")
    if "sasl_oauth_token_provider" in found:
        return faust.auth.OAuthCredentials(oauth_cb=found["sasl_oauth_token_provider"], ssl_context=context)
    if "sasl_mechanism" in found:
        return faust.SASLCredentials(
            username=found["sasl_plain_username"],
            password=found["sasl_plain_password"],
            mechanism=found["sasl_mechanism"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
