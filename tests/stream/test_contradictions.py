"""Settings of security that contradict each other are refused at the start, in one line that names the variable."""

from __future__ import annotations

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import (
    KafkaSecurity,
    KafkaSettings,
    MonitorSettings,
    RedisSettings,
    load,
    plain_environment,
    plain_settings,
)

SCRAM = {"kafka_mechanism": "SCRAM-SHA-512", "kafka_user": "u"}
BEARER = {"kafka_mechanism": "OAUTHBEARER"}
ENDPOINT = {**BEARER, "kafka_token_url": "https://id.example/token"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"kafka_user": "u"}, "KAFKA_USER is set, but TONEWATCH_KAFKA_PROTOCOL=PLAINTEXT"),
        ({"kafka_protocol": "SSL", "kafka_password": "p"}, "KAFKA_PASSWORD is set"),
        ({"kafka_protocol": "SASL_SSL"}, "KAFKA_MECHANISM is missing"),
        ({"kafka_protocol": "PLAINTEXT", "kafka_ca_file": "ca"}, "KAFKA_CA_FILE is set.*encrypts nothing"),
        ({"kafka_certificate_file": "c"}, "KAFKA_KEY_FILE is missing"),
        ({"kafka_protocol": "SSL", "kafka_key_file": "k"}, "KAFKA_CERTIFICATE_FILE is missing"),
        ({"kafka_protocol": "SSL", "kafka_key_password_file": "k"}, "KAFKA_KEY_PASSWORD_FILE is set"),
        ({"kafka_mechanism": "PLAIN"}, "KAFKA_USER is missing"),
        (SCRAM, "KAFKA_PASSWORD_FILE is missing"),
        (
            {**SCRAM, "kafka_password": "p", "kafka_password_file": "f"},
            "KAFKA_PASSWORD and TONEWATCH_KAFKA_PASSWORD_FILE are both",
        ),
        ({**SCRAM, "kafka_password": "p", "kafka_token_file": "f"}, "KAFKA_TOKEN_FILE is set"),
        (BEARER, "KAFKA_TOKEN_FILE is missing"),
        ({**ENDPOINT, "kafka_token_file": "f"}, "KAFKA_TOKEN_FILE and TONEWATCH_KAFKA_TOKEN_URL are both set"),
        ({**BEARER, "kafka_token_file": "f", "kafka_user": "u"}, "KAFKA_USER is set"),
        ({**BEARER, "kafka_token_file": "f", "kafka_token_scope": "s"}, "KAFKA_TOKEN_SCOPE is set"),
        ({**BEARER, "kafka_token_file": "f", "kafka_token_extensions": "x"}, "KAFKA_TOKEN_EXTENSIONS: write"),
        ({**BEARER, "kafka_token_url": "http://id.example/token"}, "KAFKA_TOKEN_URL: give an https"),
        (ENDPOINT, "KAFKA_TOKEN_CLIENT_ID is missing"),
        ({**ENDPOINT, "kafka_token_client_id": "c"}, "KAFKA_TOKEN_CLIENT_SECRET_FILE or"),
    ],
)
def test_kafka(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=f"^TONEWATCH_{named}") as refused:
        load(KafkaSettings, **given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"redis": "redis+cluster://h"}, "REDIS: a Redis Cluster is not supported.*sentinels"),
        ({"redis": "redis://a:1,b:2/0"}, "REDIS: a Redis Cluster"),
        ({"redis": "http://h"}, "REDIS: 'http' is none of redis, rediss"),
        ({"redis": "redis://h", "redis_ca_file": "ca"}, "REDIS_CA_FILE is set.*rediss://"),
        ({"redis": "rediss://h", "redis_key_file": "k"}, "REDIS_CERTIFICATE_FILE is missing"),
        ({"redis": "redis://:secret@h", "redis_password_file": "f"}, "REDIS_PASSWORD_FILE is set, and TONEWATCH_REDIS"),
        ({"redis": "redis://h", "redis_sentinel_password_file": "f"}, "REDIS_SENTINEL_PASSWORD_FILE is set"),
    ],
)
def test_redis(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=f"^TONEWATCH_{named}") as refused:
        load(MonitorSettings, **given)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({**SCRAM, "kafka_password": "p"}, "SASL_SSL"),
        ({"kafka_ca_file": "ca"}, "SSL"),
        ({**SCRAM, "kafka_password": "p", "kafka_protocol": "SASL_PLAINTEXT"}, "SASL_PLAINTEXT"),
    ],
)
def test_the_protocol_follows_from_the_other_settings_where_it_is_not_given(
    given: dict[str, str], protocol: str
) -> None:
    assert load(KafkaSettings, **given).protocol == protocol


def test_no_secret_shows_in_settings_or_in_what_is_said_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_KAFKA_PASSWORD", "kafka-secret")
    monkeypatch.setenv("TONEWATCH_REDIS", "redis://u:redis-secret@h/0")
    shown = load(MonitorSettings, **SCRAM)
    assert "secret" not in repr(shown).replace("token_client_secret", "")
    with pytest.raises(SettingsError) as refused:
        load(MonitorSettings)
    assert "kafka-secret" not in str(refused.value)


def test_a_server_without_security_is_spoken_to_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MECHANISM": "PLAIN", "USER": "u", "PASSWORD": "p"}.items():
        monkeypatch.setenv(f"TONEWATCH_KAFKA_{name}", value)
    assert load(KafkaSettings).protocol == "SASL_SSL"
    assert plain_settings("h:1").protocol == "PLAINTEXT"
    for kind in (KafkaSecurity, RedisSettings):
        for name, value in plain_environment(kind).items():
            monkeypatch.setenv(name, value)
    assert load(KafkaSettings).protocol == "PLAINTEXT"
    assert load(RedisSettings).redis_user == ""
