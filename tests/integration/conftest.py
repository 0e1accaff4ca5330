"""Roles as processes, what their probes answer, and calls made of segments for the parts behind the listener."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest
from aiokafka import AIOKafkaConsumer

from tonewatch.stream.access import ROLES
from tonewatch.stream.local.apache_kafka import HOW_TO_GET_IT, ApacheKafka, find_jars
from tonewatch.stream.local.certificates import Authority, find_openssl
from tonewatch.stream.local.secured_listeners import Secured
from tonewatch.stream.local.servers import EmbeddedRedis
from tonewatch.stream.messages import (
    AudioSpan,
    CallAttributes,
    CallOpened,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Segment,
    SegmentMessage,
)


@pytest.fixture(scope="module")
def own_redis_url(own_broker: str, timeout_factor: float) -> Iterator[str]:
    """One Redis for one broker: what it remembers of offsets fits no other."""
    with EmbeddedRedis(start_s=30 * timeout_factor) as server:
        yield server.url


@pytest.fixture
def role() -> Callable[..., AbstractAsyncContextManager[None]]:
    """`role("listen", TONEWATCH_KAFKA=...)`: a process that must outlive what happens to it, and stop in order."""
    return _role


@contextlib.asynccontextmanager
async def _role(name: str, **environment: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "tonewatch.stream.cli", name, env={**os.environ, **environment}
    )
    try:
        yield
        assert process.returncode is None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], float], Awaitable[None]]:
    """Waits until a check holds; TimeoutError after so many seconds."""
    return _eventually


async def _eventually(check: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(check):
            await asyncio.sleep(0.1)


@pytest.fixture
def dead_letters() -> Callable[[str, str, int, float], Awaitable[list[tuple[bytes, str]]]]:
    """`await dead_letters(kafka, topic, count, seconds)`: value and reason of the first so many, the oldest first."""
    return _dead_letters


async def _dead_letters(kafka: str, topic: str, count: int, seconds: float) -> list[tuple[bytes, str]]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[tuple[bytes, str]] = []
    try:
        async with asyncio.timeout(seconds):
            while len(found) < count:
                record = await consumer.getone()
                found.append((record.value, dict(record.headers)["reason"].decode()))
    finally:
        await consumer.stop()
    return found


CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
EVEN_VOICE = Prosody(f0_median_st=12.0, f0_range_st=6.0, level_db=-26.0, tilt_db=-14.0, rate_syl_per_s=4.2)
RAISED = Prosody(f0_median_st=17.0, f0_range_st=9.0, level_db=-18.0, tilt_db=-6.0, rate_syl_per_s=5.4)


def segment(call_id: str, index: int, posterior: Posterior, prosody: Prosody) -> Segment:
    """A segment of 3 s, every 4 s."""
    return Segment(
        call_id=call_id,
        segment_id=f"{call_id}/0/{4_000 * index}",
        channel=0,
        role="customer",
        start_ms=4_000 * index,
        end_ms=4_000 * index + 3_000,
        closed_by="pause",
        audio=AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=index, last_offset=index),
        prosody=prosody,
        posterior=posterior,
        quality=Quality(speech_ms=2_800),
        model=ModelRef(name="m", version="1"),
    )


@pytest.fixture
def angry_call() -> Callable[[str], list[SegmentMessage]]:
    """Six calm segments, then four that are not."""

    def build(call_id: str) -> list[SegmentMessage]:
        opened = CallOpened(
            call_id=call_id,
            call=CallAttributes(roles=("customer", "agent"), title=call_id),
            notice_given=True,
        )
        calm = [segment(call_id, i, CALM, EVEN_VOICE) for i in range(6)]
        return [opened, *calm, *(segment(call_id, i, ANGRY, RAISED) for i in range(6, 10))]

    return build


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A CA; skips, and says why, without openssl."""
    if find_openssl() is None:
        pytest.skip("no openssl on PATH: the certificates of these tests are made by it")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secured_kafka(authority: Authority, timeout_factor: float) -> Iterator[ApacheKafka]:
    """Apache Kafka with TLS, users `tonewatch-ROLE` whose password is `pw-ROLE`, and ACLs that allow nothing yet."""
    if find_jars() is None:
        pytest.skip(HOW_TO_GET_IT)
    secured = Secured(authority, {f"tonewatch-{role}": f"pw-{role}" for role in ROLES})
    with ApacheKafka(secured=secured, start_s=90 * timeout_factor) as server:
        yield server
