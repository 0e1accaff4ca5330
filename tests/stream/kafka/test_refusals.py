"""What is told of an error, without a broker; with one: tests/integration/test_secured_kafka.py."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from pydantic import SecretStr

from tonewatch.stream.errors import AccessRefused
from tonewatch.stream.kafka.refusals import not_allowed, refusal, telling_refusals
from tonewatch.stream.local.certificates import Authority, find_openssl
from tonewatch.stream.settings import KafkaSettings

USER = KafkaSettings(kafka="h:1", kafka_mechanism="PLAIN", kafka_user="u", kafka_password=SecretStr("p"))


def test_a_right_that_is_missing_names_user_resource_and_what_to_do() -> None:
    said = str(not_allowed(TopicAuthorizationFailedError({"b", "a"}), USER))
    assert said.startswith("Kafka at h:1 does not let user u use a topic (a, b): `tonewatch topics acl`")
    said = str(not_allowed(GroupAuthorizationFailedError("g"), KafkaSettings(kafka="h:1")))
    assert said.startswith("Kafka at h:1 does not let this client use a consumer group (g)")


def test_it_is_found_behind_the_error_that_faust_raises_for_it() -> None:
    around = RuntimeError("the consumer thread ended")
    around.__cause__ = TopicAuthorizationFailedError("t")
    assert isinstance(not_allowed(around, USER), AccessRefused)


@pytest.mark.parametrize("error", [None, KafkaConnectionError(), ssl.SSLError("x"), RuntimeError()])
def test_any_other_error_is_no_missing_right(error: BaseException | None) -> None:
    assert not_allowed(error, USER) is None


async def test_a_role_s_own_errors_stay_what_they_are() -> None:
    async def failing(error: Exception) -> None:
        raise error

    with pytest.raises(AccessRefused):
        await telling_refusals(USER, failing(TopicAuthorizationFailedError("t")))
    with pytest.raises(KafkaConnectionError):
        await telling_refusals(USER, failing(KafkaConnectionError()))
    with pytest.raises(ValueError):
        await telling_refusals(USER, failing(ValueError()))

    async def done() -> int:
        return 3

    assert await telling_refusals(USER, done()) == 3


async def test_brokers_that_do_not_answer_refuse_nobody(free_port: int) -> None:
    for protocol in ("SASL_SSL", "SASL_PLAINTEXT"):
        absent = f"127.0.0.1:{free_port},127.0.0.1:{free_port}"
        settings = USER.model_copy(update={"kafka": absent, "kafka_protocol": protocol})
        assert await refusal(settings) is None


@contextlib.contextmanager
def tls_listener(authority: Authority, *, wants_certificate: bool = False) -> Iterator[str]:
    """Only the encryption of a broker: whoever gets through it is hung up on. The certificate is for 127.0.0.1."""
    own = authority.issue("broker", hosts="IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED if wants_certificate else ssl.CERT_NONE

    class Listener(socketserver.BaseRequestHandler):
        # A thread for each: asyncio's server hangs up without the alert that says why.
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                context.wrap_socket(self.request, server_side=True).close()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def told(address: str, **given: str | bool) -> str:
    found = await refusal(KafkaSettings.model_validate({"kafka": address, **given}))
    return str(found or "")


async def test_a_certificate_that_is_not_trusted_or_for_another_name(authority: Authority) -> None:
    with tls_listener(authority) as address:
        ca = {"kafka_ca_file": str(authority.certificate)}
        assert "not trusted" in await told(address, kafka_protocol="SSL")
        other = address.replace("127.0.0.1", "localhost")
        assert f"Kafka at {other} shows a certificate for another name" in await told(other, **ca)
        assert await told(other, **ca, kafka_check_host_name=False) == ""


async def test_a_listener_with_tls_is_told_to_a_client_without(authority: Authority) -> None:
    with tls_listener(authority) as address:
        assert "speaks TLS on this listener, and TONEWATCH_KAFKA_PROTOCOL=PLAINTEXT: set SSL." in await told(address)
        sasl = {"kafka_mechanism": "PLAIN", "kafka_user": "u", "kafka_password": "p"}
        plain = await told(address, **sasl, kafka_protocol="SASL_PLAINTEXT")
        assert "PROTOCOL=SASL_PLAINTEXT: set SASL_SSL." in plain


async def test_a_client_certificate_that_is_missing_or_of_another_ca(authority: Authority, tmp_path: Path) -> None:
    with tls_listener(authority, wants_certificate=True) as address:
        ca = {"kafka_ca_file": str(authority.certificate)}
        assert "wants a client certificate" in await told(address, **ca)
        foreign = Authority(tmp_path / "foreign", "Another CA").issue("stranger")
        files = {"kafka_certificate_file": str(foreign.certificate), "kafka_key_file": str(foreign.key)}
        assert "refused the client certificate of TONEWATCH_KAFKA_CERTIFICATE_FILE" in await told(
            address, **ca, **files
        )
        known = authority.issue("known")
        files = {"kafka_certificate_file": str(known.certificate), "kafka_key_file": str(known.key)}
        assert await told(address, **ca, **files) == ""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if find_openssl() is None:
        pytest.skip("no openssl on PATH: the certificates of these tests are made by it")
    return Authority(tmp_path_factory.mktemp("authority"))
