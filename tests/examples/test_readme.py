"""What the README shows a newcomer is run as it stands there, on the embedded broker and on Apache Kafka."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_alert, decode_call, encode
from tonewatch.stream.kafka.clients import deliver, make_consumer, make_producer, start, stop
from tonewatch.stream.messages import Alert, AudioChunk, CallEnded, CallMessage, CallStarted
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import ALERTS, CALLS

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "tests" / "stream" / "golden"
CONSUMER, PRODUCER = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
(KCAT,) = re.findall(r"^```sh\n(kcat .*?)\n```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
PLAIN_CLIENT = "raise ImportError('not installed')\n"


@pytest.fixture
async def kafka(own_broker: str) -> KafkaSettings:
    settings = load(KafkaSettings, kafka=own_broker)
    await topics.apply(settings, partitions=2, replication=1)
    return settings


@pytest.fixture
async def alert(kafka: KafkaSettings) -> Alert:
    """Written as every role writes, behind a pending one: its text takes signs that are no ASCII through the codecs."""
    golden = decode_alert((GOLDEN / "alert.json").read_bytes())
    alert = msgspec.structs.replace(golden, sentence="Głośniej – 6 dB über der Grundlinie.")
    producer = make_producer(kafka)
    await start(producer, kafka)
    try:
        pending = msgspec.structs.replace(alert, event="pending", state="pending", sentence="Nobody is told of this.")
        for one in (pending, alert):
            await deliver(producer, ALERTS.name, encode(one), key=alert.call_id.encode())
    finally:
        await stop(producer)
    return alert


@asynccontextmanager
async def running(*command: str, kafka: KafkaSettings, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "TONEWATCH_KAFKA": kafka.kafka, "PYTHONIOENCODING": "utf-8", **more},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def first_line(process: asyncio.subprocess.Process, within_s: float) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), within_s)).decode()


def told_of(alert: Alert) -> str:
    at = "{}:{:02d}".format(*divmod(alert.onset_ms // 1000, 60))
    return f"{alert.call_id} {alert.event} {alert.severity} {at} {alert.sentence}\n"


def test_the_readme_shows_the_files_word_for_word() -> None:
    assert (EXAMPLES / "consumer.py").read_text() == CONSUMER
    assert (EXAMPLES / "producer.py").read_text() == PRODUCER


async def test_the_consumer_reads_an_alert_with_no_further_library(
    kafka: KafkaSettings, alert: Alert, tmp_path: Path, timeout_factor: float
) -> None:
    # aiokafka as pip alone installs it: what zstd, lz4 and snappy need comes with our own dependencies only.
    (tmp_path / "cramjam.py").write_text(PLAIN_CLIENT)
    async with running(sys.executable, "-c", CONSUMER, kafka=kafka, PYTHONPATH=str(tmp_path)) as process:
        assert await first_line(process, 60 * timeout_factor) == told_of(alert)


async def test_the_producer_sends_a_recording_as_a_call(
    kafka: KafkaSettings, tmp_path: Path, timeout_factor: float
) -> None:
    samples = np.random.default_rng(7).integers(-32768, 32767, (8_800, 2), dtype=np.int16)
    with wave.open(str(tmp_path / "call.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    async with running(sys.executable, "-c", PRODUCER, str(tmp_path / "call.wav"), kafka=kafka) as process:
        assert await asyncio.wait_for(process.wait(), 60 * timeout_factor) == 0
    started, *chunks, ended = await calls(kafka, 1 + 2 * 6 + 1, 60 * timeout_factor)
    assert isinstance(started, CallStarted) and started.roles == ("customer", "agent") and started.notice_given
    assert isinstance(ended, CallEnded) and ended.duration_ms == 1_200
    for channel in (0, 1):
        sent = [one for one in chunks if isinstance(one, AudioChunk) and one.channel == channel]
        assert [(one.seq, one.start_ms) for one in sent] == [(n, 200 * n) for n in range(6)]
        assert b"".join(one.payload for one in sent) == samples[:, channel].astype("<i2").tobytes()


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 2), (16_000, 1)])
def test_the_producer_tells_of_a_recording_that_could_not_be_used(tmp_path: Path, rate_hz: int, channels: int) -> None:
    file = tmp_path / "call.flac"
    soundfile.write(file, np.zeros((800, channels), np.int16), rate_hz)
    ran = subprocess.run([sys.executable, "-c", PRODUCER, str(file)], capture_output=True, text=True, check=False)
    assert (ran.returncode, f"{channels} channels at {rate_hz} Hz; wanted are 2" in ran.stderr) == (1, True)


async def calls(kafka: KafkaSettings, count: int, within_s: float) -> list[CallMessage]:
    consumer = make_consumer(kafka, [CALLS.name], None)
    await start(consumer, kafka)
    try:
        async with asyncio.timeout(within_s):
            return [decode_call((await consumer.getone()).value) for _ in range(count)]
    finally:
        await stop(consumer)


@pytest.fixture(scope="module")
def consumer_js(timeout_factor: float) -> Path:
    """The program that the TypeScript is built into."""
    npm = shutil.which("npm")
    if npm is None or not (EXAMPLES / "node_modules" / "kafkajs").is_dir():
        pytest.skip("no npm on PATH, or no kafkajs: run `npm install` in examples/, as `make tests` does")
    subprocess.run([npm, "run", "--silent", "build"], cwd=EXAMPLES, check=True, timeout=60 * timeout_factor)
    return EXAMPLES / "node_modules" / ".built" / "consumer.js"


async def test_the_consumer_in_typescript_reads_the_same(
    kafka: KafkaSettings, alert: Alert, consumer_js: Path, timeout_factor: float
) -> None:
    async with running("node", str(consumer_js), kafka=kafka) as process:
        assert await first_line(process, 60 * timeout_factor) == told_of(alert)


async def test_kcat_reads_the_same(
    kafka: KafkaSettings, alert: Alert, timeout_factor: float, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["own_broker"] == "embedded":
        pytest.skip("librdkafka, on which kcat is built, does not understand the embedded broker's ApiVersions")
    if shutil.which("kcat") is None:
        pytest.skip("no kcat on PATH (Debian: apt-get install kcat)")
    command = shlex.split(KCAT.replace("127.0.0.1:9092", kafka.kafka))
    async with running(*command, kafka=kafka) as process:
        lines = [await first_line(process, 60 * timeout_factor) for _ in range(2)]
        assert lines[1] == f"{alert.call_id} {encode(alert).decode()}\n"
