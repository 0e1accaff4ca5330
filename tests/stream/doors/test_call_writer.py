from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError, NodeNotReadyError, TopicAuthorizationFailedError

from tonewatch.stream.codec import decode_call
from tonewatch.stream.doors import call_writer
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.errors import BrokerError, SettingsError
from tonewatch.stream.messages import AudioChunk, CallEnded
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS

END = CallEnded(call_id="c", ended_at_ms=1, duration_ms=1)


class Producer:
    """Takes records and answers for them when it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.deliveries: list[asyncio.Future[None]] = []
        self.stopped = False
        self.gone = False

    async def start(self) -> None:
        return

    async def send(self, topic: str, value: bytes, *, key: bytes) -> asyncio.Future[None]:
        if self.gone:
            raise NodeNotReadyError
        self.sent.append((topic, value, key))
        self.deliveries.append(asyncio.get_running_loop().create_future())
        return self.deliveries[-1]

    async def flush(self) -> None:
        await asyncio.sleep(0)

    async def stop(self) -> None:
        self.stopped = True

    async def refuse(self) -> None:
        self.deliveries[-1].set_exception(ValueError("too large"))
        await asyncio.sleep(0)


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> Producer:
    made = Producer()
    monkeypatch.setattr(call_writer, "make_producer", lambda _settings, **_options: made)
    return made


async def test_a_message_is_keyed_by_its_call(producer: Producer) -> None:
    async with CallWriter(KafkaSettings()) as writer:
        await writer.write(END)
    ((topic, value, key),) = producer.sent
    assert (topic, decode_call(value), key) == (CALLS.name, END, b"c") and producer.stopped


async def test_a_call_that_is_named_as_the_mark_of_an_erased_one_is_not_written(producer: Producer) -> None:
    async with CallWriter(KafkaSettings()) as writer:
        with pytest.raises(SettingsError, match="may not begin with `erased:`"):
            await writer.write(CallEnded(call_id="erased:1", ended_at_ms=1, duration_ms=1))
    assert producer.sent == []


async def test_a_refusal_is_raised_by_the_next_message(producer: Producer) -> None:
    with pytest.raises(BrokerError, match="refused a chunk: too large"):
        async with CallWriter(KafkaSettings()) as writer:
            await writer.write(END)
            await producer.refuse()
            await writer.write(END)
    assert len(producer.sent) == 1 and producer.stopped


async def test_a_refusal_of_the_last_message_is_raised_by_the_end(producer: Producer) -> None:
    with pytest.raises(BrokerError, match="too large"):
        async with CallWriter(KafkaSettings()) as writer:
            await writer.write(END)
            await producer.refuse()


async def test_an_error_inside_is_not_hidden_by_a_refusal(producer: Producer) -> None:
    with pytest.raises(RuntimeError, match="the caller's own"):
        async with CallWriter(KafkaSettings()) as writer:
            await writer.write(END)
            await producer.refuse()
            raise RuntimeError("the caller's own")
    assert producer.stopped


def chunk(seq: int) -> AudioChunk:
    return AudioChunk(
        call_id="c",
        channel=0,
        role="customer",
        seq=seq,
        start_ms=200 * seq,
        codec="pcm16",
        rate_hz=8000,
        notice_given=True,
        payload=b"",
    )


async def test_a_kafka_that_stops_is_one_line_that_says_what_was_delivered(producer: Producer) -> None:
    with pytest.raises(BrokerError, match=r"NodeNotReadyError\): 6 of 7 were delivered \(c up to 1.0 s\)"):
        async with CallWriter(KafkaSettings()) as writer:
            for seq in range(6):
                await writer.write(chunk(seq))
                producer.deliveries[-1].set_result(None)
            await asyncio.sleep(0)
            producer.gone = True
            await writer.write(END)
    assert producer.stopped


async def test_so_is_a_delivery_that_failed_by_the_end(producer: Producer) -> None:
    with pytest.raises(BrokerError, match=r"KafkaTimeoutError\): 0 of 1 were delivered\. When"):
        async with CallWriter(KafkaSettings()) as writer:
            await writer.write(chunk(0))
            producer.deliveries[-1].set_exception(KafkaTimeoutError())


async def test_what_is_delivered_has_been_taken_by_kafka(producer: Producer) -> None:
    async with CallWriter(KafkaSettings()) as writer:
        delivering = asyncio.create_task(writer.deliver([END]))
        await asyncio.sleep(0)
        assert not delivering.done()
        producer.deliveries[-1].set_result(None)
        await delivering
    ((topic, value, key),) = producer.sent
    assert (topic, decode_call(value), key) == (CALLS.name, END, b"c")


async def test_a_delivery_is_tried_again_while_kafka_is_away_and_a_refusal_is_raised(
    producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tonewatch.stream.kafka.clients.RETRY_S", 0.0)
    async with CallWriter(KafkaSettings()) as writer:
        delivering = asyncio.create_task(writer.deliver([END]))
        await asyncio.sleep(0)
        producer.deliveries[-1].set_exception(KafkaTimeoutError())
        while len(producer.deliveries) < 2:
            await asyncio.sleep(0)
        producer.deliveries[-1].set_exception(TopicAuthorizationFailedError())
        with pytest.raises(BrokerError):
            await delivering
