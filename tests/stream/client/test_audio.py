"""The audio of an alert through a real broker: the bytes that the line sent, of the caller alone."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import pytest

from tonewatch.stream import topics
from tonewatch.stream.client import audio
from tonewatch.stream.client.audio import AlertAudio
from tonewatch.stream.codec import decode_alert, encode_call
from tonewatch.stream.kafka.clients import make_producer, start, stop
from tonewatch.stream.messages import Alert, AudioChunk, AudioSpan, Evidence, Role
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import CALLS

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parents[1] / "golden"
ROLES: tuple[Role, ...] = ("customer", "agent")
PCM = np.random.default_rng(3).integers(-32768, 32767, (2, 16_000), dtype=np.int16).astype("<i2")


@pytest.fixture
async def kafka(own_broker: str) -> KafkaSettings:
    settings = load(KafkaSettings, kafka=own_broker)
    await topics.apply(settings, partitions=1, replication=1)
    return settings


async def spoken(kafka: KafkaSettings, call_id: str) -> dict[int, AudioSpan]:
    """Two seconds of both parties; where each channel lies."""
    producer = make_producer(kafka, audio=True)
    await start(producer, kafka)
    offsets: dict[int, list[int]] = {0: [], 1: []}
    try:
        for seq in range(10):
            for channel, role in enumerate(ROLES):
                chunk = AudioChunk(
                    call_id=call_id,
                    channel=channel,
                    role=role,
                    seq=seq,
                    start_ms=200 * seq,
                    codec="pcm16",
                    rate_hz=8000,
                    notice_given=True,
                    payload=PCM[channel, 1600 * seq : 1600 * (seq + 1)].tobytes(),
                )
                written = await producer.send_and_wait(CALLS.name, encode_call(chunk), key=call_id.encode())
                offsets[channel].append(cast(int, written.offset))
    finally:
        await stop(producer)
    return {
        channel: AudioSpan(topic=CALLS.name, partition=0, first_offset=found[0], last_offset=found[-1])
        for channel, found in offsets.items()
    }


def alert_on(call_id: str, spans: dict[int, AudioSpan]) -> Alert:
    evidence = tuple(
        Evidence(segment_id=f"{call_id}/{channel}/300", start_ms=300, end_ms=1_300, audio=span, tone=-0.5)
        for channel, span in spans.items()
    )
    golden = decode_alert((GOLDEN / "alert.json").read_bytes())
    return msgspec.structs.replace(golden, call_id=call_id, evidence=evidence)


async def test_an_alerts_audio_is_what_the_caller_s_line_sent(kafka: KafkaSettings) -> None:
    caller, agent = await audio(alert_on("c-audio", await spoken(kafka, "c-audio")), kafka)
    with wave.open(io.BytesIO(caller.wav())) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        assert file.readframes(file.getnframes()) == PCM[0, 2_400:10_400].tobytes()
    assert (agent.clip, agent.reason) == (None, "not_the_caller_s_channel")


async def test_audio_that_is_not_there_has_a_reason(kafka: KafkaSettings) -> None:
    span = AudioSpan(topic=CALLS.name, partition=7, first_offset=1, last_offset=2)
    (gone,) = await audio(alert_on("c-gone", {0: span}), kafka)
    assert (gone.clip, gone.reason) == (None, "unknown_partition")
    with pytest.raises(ValueError, match=r"c-gone/0/300: unknown_partition"):
        gone.wav()


def test_a_wav_needs_a_clip() -> None:
    evidence = alert_on("c", {0: AudioSpan(topic=CALLS.name, partition=0, first_offset=0, last_offset=0)}).evidence[0]
    with pytest.raises(ValueError, match="expired"):
        AlertAudio(evidence, reason="expired").wav()
