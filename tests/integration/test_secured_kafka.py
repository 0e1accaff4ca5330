"""What a secured Apache Kafka takes and what it refuses, by TLS, SCRAM, PLAIN, OAUTHBEARER and client certificates."""

from __future__ import annotations

import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from tonewatch.stream.errors import AccessRefused, BrokerError
from tonewatch.stream.kafka.clients import make_admin, make_consumer, start, stop
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.certificates import Authority
from tonewatch.stream.settings import KafkaSettings

pytestmark = pytest.mark.integration

USER = "tonewatch-listen"
FOR_EVER_S = 3600.0
"""A refusal that is told only after this has not been told at once: the test's own time-out comes before."""

Settings = Callable[..., KafkaSettings]


@pytest.fixture
def settings(secured_kafka: ApacheKafka, authority: Authority) -> Settings:
    """Of a client by SCRAM, but for what is given."""

    def make(**given: Any) -> KafkaSettings:
        usual = {
            "kafka": secured_kafka.bootstrap,
            "kafka_mechanism": "SCRAM-SHA-512",
            "kafka_user": USER,
            "kafka_password": "pw-listen",
            "kafka_ca_file": str(authority.certificate),
        }
        return KafkaSettings.model_validate({**usual, **given})

    return make


async def connect(settings: KafkaSettings) -> None:
    """As every role does: it starts, or raises; and is answered as somebody whom the broker knows."""
    admin = make_admin(settings)
    await start(admin, settings, retry_for_s=FOR_EVER_S)
    described = await admin.describe_cluster()
    await admin.close()
    assert len(described["brokers"]) == 1


def token(sub: str, *, life_s: int = 3600) -> str:
    """As Kafka's validator for tests believes it: not signed."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": sub, "iat": now - 7200, "exp": now + life_s})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


BEARER = {"kafka_mechanism": "OAUTHBEARER", "kafka_user": "", "kafka_password": ""}


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"])
async def test_a_user_with_the_right_password_is_let_in(settings: Settings, mechanism: str) -> None:
    await connect(settings(kafka_mechanism=mechanism))


async def test_a_token_of_a_file_is_taken_and_one_that_is_over_is_refused_at_once(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(token(USER) + "\n")
    await connect(settings(**BEARER, kafka_token_file=str(file)))
    file.write_text(token(USER, life_s=-3600))
    with pytest.raises(AccessRefused, match="refused the token of TONEWATCH_KAFKA_TOKEN_FILE"):
        await connect(settings(**BEARER, kafka_token_file=str(file)))


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A token endpoint that knows the client `listen` with the secret `s:1`."""

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            # RFC 6749, section 2.3.1: both are form-encoded first.
            known = "Basic " + base64.b64encode(b"listen:s%3A1").decode()
            right = self.headers["Authorization"] == known and "grant_type=client_credentials" in asked
            answer = {"access_token": token(USER), "expires_in": 3600} if right else {"error": "invalid_client"}
            self.send_response(200 if right else 401)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_words: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/token"
        server.shutdown()


async def test_a_token_endpoint_is_asked_by_client_credentials(settings: Settings, endpoint: str) -> None:
    client = {**BEARER, "kafka_token_url": endpoint, "kafka_token_client_id": "listen"}
    await connect(settings(**client, kafka_token_client_secret="s:1"))
    with pytest.raises(AccessRefused, match=r"refused the client .401 invalid_client"):
        await connect(settings(**client, kafka_token_client_secret="wrong"))


async def test_a_client_certificate_is_enough_where_the_listener_asks_for_one(
    settings: Settings, secured_kafka: ApacheKafka, authority: Authority
) -> None:
    known = authority.issue("tonewatch-mtls")
    without = {
        "kafka": secured_kafka.nodes[0].tls_address,
        "kafka_mechanism": "",
        "kafka_user": "",
        "kafka_password": "",
    }
    files = {"kafka_certificate_file": str(known.certificate), "kafka_key_file": str(known.key)}
    await connect(settings(**without, **files))
    with pytest.raises(AccessRefused, match=r"wants a client certificate.*TONEWATCH_KAFKA_CERTIFICATE_FILE"):
        await connect(settings(**without))


async def test_a_client_certificate_of_another_ca_is_refused_at_once(
    settings: Settings, secured_kafka: ApacheKafka, tmp_path: Path
) -> None:
    foreign = Authority(tmp_path / "foreign", "Another CA").issue("stranger")
    files = {"kafka_certificate_file": str(foreign.certificate), "kafka_key_file": str(foreign.key)}
    without = {"kafka_mechanism": "", "kafka_user": "", "kafka_password": ""}
    with pytest.raises(AccessRefused, match="refused the client certificate"):
        await connect(settings(kafka=secured_kafka.nodes[0].tls_address, **without, **files))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kafka_password": "wrong"}, "refused user tonewatch-listen .SCRAM-SHA-512.: see TONEWATCH_KAFKA_USER"),
        ({"kafka_user": "nobody", "kafka_mechanism": "PLAIN"}, "refused user nobody .PLAIN."),
        ({"kafka_ca_file": ""}, "not trusted .*TONEWATCH_KAFKA_CA_FILE"),
        ({"kafka_protocol": "SASL_PLAINTEXT", "kafka_ca_file": ""}, "speaks TLS on this listener.* set SASL_SSL"),
        (
            {"kafka_mechanism": "", "kafka_user": "", "kafka_password": "", "kafka_ca_file": ""},
            "speaks TLS on this listener, and TONEWATCH_KAFKA_PROTOCOL=PLAINTEXT: set SSL",
        ),
    ],
    ids=["password", "user", "ca", "sasl without tls", "plaintext"],
)
async def test_what_is_wrong_is_told_at_once_and_names_the_variable(
    settings: Settings, given: dict[str, str], told: str
) -> None:
    with pytest.raises(AccessRefused, match=told) as refused:
        await connect(settings(**given))
    assert "pw-listen" not in str(refused.value) and "wrong" not in str(refused.value)


async def test_a_certificate_for_another_name_is_refused_unless_names_are_not_checked(
    settings: Settings, secured_kafka: ApacheKafka
) -> None:
    other = secured_kafka.bootstrap.replace("127.0.0.1", "localhost")
    with pytest.raises(AccessRefused, match=r"another name.*TONEWATCH_KAFKA_CHECK_HOST_NAME=false"):
        await connect(settings(kafka=other))
    await connect(settings(kafka=other, kafka_check_host_name=False))


async def test_an_absent_broker_is_told_apart_from_one_that_refuses(settings: Settings, free_port: int) -> None:
    absent = settings(kafka=f"127.0.0.1:{free_port}")
    with pytest.raises(BrokerError, match="No Kafka at") as away:
        await start(make_admin(absent), absent, retry_for_s=0.0)
    assert not isinstance(away.value, AccessRefused)


async def test_a_new_password_in_its_file_is_taken_at_the_next_connection(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pw-listen")
    given = settings(kafka_password="", kafka_password_file=str(file))
    consumer: AIOKafkaConsumer = make_consumer(given, [], None)
    await start(consumer, given)
    client: Any = consumer._client
    assert client._sasl_plain_password == "pw-listen"
    file.write_text("pw-explain\n")
    # The arguments of the next connection: aiokafka reads this attribute for each.
    assert client._sasl_plain_password == "pw-explain"
    assert "pw-" not in repr(client._sasl_plain_password)
    await stop(consumer)


def test_a_command_ends_with_77_and_one_line(
    settings: Settings, secured_kafka: ApacheKafka, authority: Authority
) -> None:
    assert secured_kafka.secured is not None
    given = secured_kafka.secured.environment(USER, "a-wrong-one")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tonewatch.stream.cli", "dlq", "list"],
        env={**os.environ, **given, "TONEWATCH_KAFKA": secured_kafka.bootstrap},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 77
    assert done.stderr.startswith(f"tonewatch: Kafka at {secured_kafka.bootstrap} refused user {USER}")
    assert done.stderr.count("\n") == 1 and "a-wrong-one" not in done.stderr


async def test_a_plain_listener_is_told_to_a_client_that_wants_more(
    secured_kafka: ApacheKafka, settings: Settings
) -> None:
    # The controller's: a second broker would cost more than all these tests.
    plain = f"127.0.0.1:{secured_kafka.nodes[0].controller_port}"
    with pytest.raises(AccessRefused, match=r"does not speak TLS on this listener.*set SASL_PLAINTEXT"):
        await connect(settings(kafka=plain))
    with pytest.raises(AccessRefused, match=r"asks no user on this listener: set TONEWATCH_KAFKA_PROTOCOL=PLAINTEXT"):
        await connect(settings(kafka=plain, kafka_protocol="SASL_PLAINTEXT", kafka_ca_file=""))
