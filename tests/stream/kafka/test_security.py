from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka.protocol.admin import ListGroupsRequest, SaslAuthenticateRequest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import make_consumer, make_producer
from tonewatch.stream.kafka.security import client_arguments, faust_credentials, install
from tonewatch.stream.kafka.tls import client_context
from tonewatch.stream.local.certificates import Authority, find_openssl
from tonewatch.stream.monitor.app import make_app
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings, MonitorSettings
from tonewatch.stream.tone.config import ToneConfig

SCRAM = {"kafka_mechanism": "SCRAM-SHA-512", "kafka_user": "u", "kafka_password": "hidden"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if find_openssl() is None:
        pytest.skip("no openssl on PATH: the certificates of these tests are made by it")
    return Authority(tmp_path_factory.mktemp("authority"))


def settings(**given: Any) -> KafkaSettings:
    return KafkaSettings.model_validate(given)


def test_without_security_there_are_no_secrets_and_no_context() -> None:
    assert client_arguments(settings(kafka="h:1")) == {"bootstrap_servers": "h:1", "security_protocol": "PLAINTEXT"}
    assert faust_credentials(settings()) is None


async def test_consumers_and_producers_come_as_the_user_of_the_settings() -> None:
    given = settings(**SCRAM)
    consumer, producer = make_consumer(given, [], None), make_producer(given)
    for client in (vars(consumer)["_client"], producer.client):
        assert (client._sasl_mechanism, client._sasl_plain_username) == ("SCRAM-SHA-512", "u")
        assert client._sasl_plain_password == "hidden" and "hidden" not in repr(client._sasl_plain_password)
        assert client._security_protocol == "SASL_SSL" and client._ssl_context.check_hostname
    await consumer.stop()
    await producer.stop()


def test_faust_comes_as_the_same_user() -> None:
    app = make_app(MonitorSettings.model_validate({"kafka": "a:1,b:2", **SCRAM}), ToneConfig, Metrics(), Callers())
    found: Any = app.conf.broker_credentials
    assert (found.username, str(found.password), found.protocol.value) == ("u", "hidden", "SASL_SSL")
    assert [url.host for url in app.conf.broker] == ["a", "b"]
    assert "hidden" not in repr(found)


def test_faust_takes_tokens_and_certificates(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    bearer = settings(kafka_mechanism="OAUTHBEARER", kafka_token_file=str(tmp_path / "token"))
    assert isinstance(faust_credentials(bearer), faust.auth.OAuthCredentials)
    assert isinstance(faust_credentials(settings(kafka_protocol="SSL")), faust.SSLCredentials)


def test_what_proves_a_user_is_not_logged_at_debug_either(caplog: pytest.LogCaptureFixture) -> None:
    install()
    log = logging.getLogger("aiokafka.conn")
    caplog.set_level(logging.DEBUG, "aiokafka.conn")
    # As aiokafka logs each request.
    for request in (SaslAuthenticateRequest(b"\0u\0hidden"), ListGroupsRequest()):
        log.debug("Request to %s:%d %d: %s", "h", 1, 1, request)
    assert len(caplog.messages) == 1 and "hidden" not in caplog.text


def test_certificates_that_are_renewed_are_loaded_at_the_next_connection(authority: Authority, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("certificate", "key")}

    def put(name: str, when: int) -> None:
        made = authority.issue(name)
        for file, text in ((files["certificate"], made.certificate), (files["key"], made.key)):
            file.write_text(text.read_text())
            os.utime(file, (when, when))

    put("first", 1)
    context = client_context(
        settings(
            kafka_ca_file=str(authority.certificate),
            kafka_certificate_file=str(files["certificate"]),
            kafka_key_file=str(files["key"]),
        )
    )
    loads: list[str] = []
    load = context.load

    def load_again() -> None:
        loads.append("again")
        load()

    context.load = load_again
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="h")
    assert loads == []
    put("second", 2)
    for _ in range(2):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="h")
    assert loads == ["again"]
    files["key"].unlink()  # The old pair goes on.
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="h")


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    own = authority.issue("own")
    other = authority.issue("other")
    (tmp_path / "text").write_text("no certificate")
    pair = {"kafka_certificate_file": str(own.certificate), "kafka_key_file": str(other.key)}
    for given, told in (
        ({"kafka_ca_file": "/nowhere"}, "TONEWATCH_KAFKA_CA_FILE: /nowhere cannot be read"),
        ({"kafka_ca_file": str(tmp_path / "text")}, "TONEWATCH_KAFKA_CA_FILE: .*text holds no certificates"),
        (pair, "TONEWATCH_KAFKA_CERTIFICATE_FILE, TONEWATCH_KAFKA_KEY_FILE: .*are not a certificate and its"),
        ({**pair, "kafka_key_file": "/nowhere"}, "TONEWATCH_KAFKA_KEY_FILE: there is no file"),
        ({**SCRAM, "kafka_password": "", "kafka_password_file": "/nowhere"}, "TONEWATCH_KAFKA_PASSWORD_FILE: /nowhere"),
    ):
        with pytest.raises(SettingsError, match=told):
            client_arguments(settings(**given))
