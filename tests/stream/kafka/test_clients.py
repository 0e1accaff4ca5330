from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    KafkaConnectionError,
    KafkaTimeoutError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
    UnknownError,
    UnknownTopicOrPartitionError,
)

from tonewatch.stream.errors import BrokerError, TooLarge
from tonewatch.stream.kafka import clients
from tonewatch.stream.kafka.clients import (
    CommitOnRevoke,
    commit,
    deliver,
    deliver_all,
    make_consumer,
    make_producer,
    start,
)
from tonewatch.stream.settings import KafkaSettings

ONE = TopicPartition("t", 0)


class Moody:
    """A producer whose records fail with these errors, in order, before one is taken."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken: list[bytes] = []

    async def send(self, _topic: str, value: bytes, *, key: bytes) -> asyncio.Future[None]:
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.errors:
            delivery.set_exception(self.errors.pop(0))
        else:
            self.taken.append(value)
            delivery.set_result(None)
        return delivery


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits between two tries."""
    monkeypatch.setattr(clients, "RETRY_S", 0.0)


async def test_a_record_is_sent_again_until_kafka_is_back() -> None:
    producer = Moody(KafkaTimeoutError(), KafkaConnectionError(), LeaderNotAvailableError(), NotEnoughReplicasError())
    await deliver(producer, "t", b"v", key=b"k")
    assert (producer.taken, producer.errors) == ([b"v"], [])


async def test_a_record_that_kafka_refuses_is_not_sent_again() -> None:
    producer = Moody(MessageSizeTooLargeError())
    with pytest.raises(TooLarge):
        await deliver(producer, "t", b"v", key=b"k")
    assert producer.taken == []


async def test_a_topic_that_is_missing_is_said_to_be() -> None:
    with pytest.raises(UnknownTopicOrPartitionError):
        await deliver(Moody(UnknownTopicOrPartitionError()), "t", b"v", key=b"k")


class Slow:
    """Answers each record by the next of `answers`, later: null takes it."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []

    async def send(self, topic: str, value: bytes, *, key: bytes | None) -> asyncio.Future[None]:
        self.sent.append(value)
        delivery = asyncio.get_running_loop().create_future()
        answer = self.answers.pop(0) if self.answers else None
        asyncio.get_running_loop().call_soon(self._answer, delivery, answer)
        return delivery

    @staticmethod
    def _answer(delivery: asyncio.Future[None], answer: Exception | None) -> None:
        if answer is None:
            delivery.set_result(None)
        else:
            delivery.set_exception(answer)


async def test_records_under_way_together_are_written_again_from_the_first_that_was_not_taken() -> None:
    producer = Slow(None, KafkaTimeoutError(), None)
    await deliver_all(producer, "t", [(b"k", b"1"), (b"k", b"2"), (b"k", b"3")])
    assert producer.sent == [b"1", b"2", b"3", b"2", b"3"]


async def test_of_records_under_way_together_the_one_that_is_too_large_is_named() -> None:
    producer = Slow(None, MessageSizeTooLargeError(), None)
    with pytest.raises(TooLarge, match="of 2 bytes"):
        await deliver_all(producer, "t", [(b"k", b"1"), (b"k", b"22"), (b"k", b"333")])


@pytest.mark.parametrize("answer", [CommitFailedError(), TimeoutError()])
async def test_a_commit_that_is_not_taken_says_so_and_raises_nothing(answer: Exception) -> None:
    class Consumer:
        async def commit(self, _offsets: object) -> None:
            raise answer

    assert not await commit(Consumer(), {ONE: 1})


async def test_partitions_are_committed_before_they_are_forgotten() -> None:
    done: list[Any] = []

    class Worker:
        async def commit(self) -> None:
            done.append("commit")

        def forget(self, partitions: set[TopicPartition]) -> None:
            done.append(partitions)

    await CommitOnRevoke(Worker()).on_partitions_revoked({ONE})
    assert done == ["commit", {ONE}]


async def test_a_member_of_a_group_keeps_its_name_and_a_reader_without_one_has_none() -> None:
    settings = KafkaSettings(kafka_instance="listen-1", kafka_session_timeout_ms=9000)
    member, reader = make_consumer(settings, [], "g"), make_consumer(settings, [], None)
    assert (vars(member)["_group_instance_id"], vars(reader)["_group_instance_id"]) == ("listen-1", None)
    assert vars(member)["_heartbeat_interval_ms"] * 3 == vars(member)["_session_timeout_ms"]
    for consumer in (member, reader):
        await consumer.stop()


async def test_a_client_that_does_not_stop_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "STOP_S", 0.01)
    stopped: list[str] = []

    class Hanging:
        async def stop(self) -> None:
            await asyncio.Event().wait()

    class Orderly:
        async def stop(self) -> None:
            stopped.append("orderly")

    await clients.stop(Hanging(), Orderly())
    assert stopped == ["orderly"]


async def test_a_client_that_lets_the_end_of_its_own_task_out_is_stopped_all_the_same() -> None:
    """As aiokafka's consumer does while a fetch waits for a broker that is away."""
    stopped = []

    class Leaking:
        async def stop(self) -> None:
            task = asyncio.create_task(asyncio.sleep(60))
            task.cancel()
            await task

    class Orderly:
        async def stop(self) -> None:
            stopped.append("orderly")

    await clients.stop(Leaking(), Orderly())
    assert stopped == ["orderly"]


async def test_whoever_is_cancelled_while_a_client_stops_is_cancelled() -> None:
    began = asyncio.Event()

    class Slow:
        async def stop(self) -> None:
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(clients.stop(Slow()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_broker_that_is_not_there_is_one_clear_error(free_port: int) -> None:
    async def connect() -> None:
        settings = KafkaSettings(kafka=f"127.0.0.1:{free_port}")
        await start(make_producer(settings), settings, retry_for_s=0.0)

    with pytest.raises(BrokerError, match="TONEWATCH_KAFKA"):
        asyncio.run(connect())


@pytest.mark.integration
async def test_a_broker_without_numbers_for_producers_is_told_soon_and_with_what_to_do(broker: str) -> None:
    settings = KafkaSettings(kafka=broker)
    with pytest.raises(BrokerError, match=r"InitProducerId.*TONEWATCH_KAFKA_IDEMPOTENT=false"):
        await start(make_producer(settings), settings, retry_for_s=3_600)


async def test_one_unknown_answer_is_no_broker_without_numbers_for_producers() -> None:
    class Hiccup:
        def __init__(self) -> None:
            self.answers: list[Exception] = [UnknownError(), UnknownError(), KafkaConnectionError(), UnknownError()]

        async def start(self) -> None:
            if self.answers:
                raise self.answers.pop(0)

    client, settings = Hiccup(), KafkaSettings(kafka="127.0.0.1:1")
    await start(client, settings)
    assert client.answers == []


async def test_audio_alone_is_packed_with_a_codec_that_not_every_client_reads() -> None:
    settings = KafkaSettings()
    audio, others = make_producer(settings, audio=True), make_producer(settings)
    assert [vars(one)["_compression_type"] for one in (audio, others)] == ["zstd", "gzip"]
    for one in (audio, others):
        await one.stop()


@pytest.mark.parametrize("gives_up", [True, False])
async def test_a_role_keeps_a_record_however_long_its_partition_has_no_leader(
    monkeypatch: pytest.MonkeyPatch, *, gives_up: bool
) -> None:
    producer = make_producer(KafkaSettings(), gives_up=gives_up)
    accumulator = vars(producer)["_message_accumulator"]
    await accumulator.add_message(ONE, b"k", b"v", timeout=1.0)
    batches = vars(accumulator)["_batches"]
    (batch,) = batches[ONE]
    began_s = time.monotonic()
    with monkeypatch.context() as a_day_later:
        a_day_later.setattr(time, "monotonic", lambda: began_s + 86_400)
        assert batch.expired() is gives_up
    batches.clear()  # There is no broker to give it to.
    await producer.stop()
