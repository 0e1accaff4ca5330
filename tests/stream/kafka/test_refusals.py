"""What is told of an error, without a broker; with one: tests/integration/test_secured_kafka.py."""

from __future__ import annotations

import ssl

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)

from tonewatch.stream.errors import AccessRefused
from tonewatch.stream.kafka.refusals import not_allowed, refusal, telling_refusals
from tonewatch.stream.settings import KafkaSettings

USER = KafkaSettings(kafka="h:1", kafka_mechanism="PLAIN", kafka_user="u", kafka_password="p")


def test_a_right_that_is_missing_names_user_resource_and_what_to_do() -> None:
    told = str(not_allowed(TopicAuthorizationFailedError({"b", "a"}), USER))
    assert told.startswith("Kafka at h:1 does not let user u use a topic (a, b): `tonewatch topics acl`")
    told = str(not_allowed(GroupAuthorizationFailedError("g"), KafkaSettings(kafka="h:1")))
    assert told.startswith("Kafka at h:1 does not let this client use a consumer group (g)")


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
