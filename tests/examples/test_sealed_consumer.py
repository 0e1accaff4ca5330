"""The consumer that opens sealed records is run as it stands there; it imports nothing of ours."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tonewatch.stream import topics
from tonewatch.stream.call_keys.master_keys import new_master_key
from tonewatch.stream.call_keys.shredding import shred
from tonewatch.stream.kafka.clients import make_producer, start, stop
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import ALERTS

from ..brokers import EMBEDDED_ALONE

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = (ROOT / "tests" / "stream" / "golden" / "alert.json").read_bytes().strip()
SHREDDED, KEPT = "call-gone", "call-kept"


async def write(settings: KafkaSettings, call: str) -> None:
    producer = make_producer(settings)
    await start(producer, settings)
    try:
        alert = GOLDEN.replace(b'"c-1', f'"{call}'.encode())
        await producer.send_and_wait(ALERTS.name, alert, key=call.encode())
    finally:
        await stop(producer)


@EMBEDDED_ALONE
async def test_the_example_reads_sealed_alerts_clear_ones_and_those_of_an_erased_call(
    own_broker: str, tmp_path: Path, timeout_factor: float
) -> None:
    master = tmp_path / "master"
    master.write_text(new_master_key() + "\n")
    sealed = load(KafkaSettings, kafka=own_broker, call_keys="on", master_key_file=str(master))
    await topics.apply(sealed, partitions=1, replication=1)
    await write(sealed, SHREDDED)
    await shred(sealed, SHREDDED, lambda: 1)
    await write(sealed, KEPT)
    await write(sealed.model_copy(update={"call_keys": "off"}), "call-clear")
    environment = {**os.environ, "TONEWATCH_KAFKA": own_broker, "TONEWATCH_MASTER_KEY_FILE": str(master)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "examples" / "sealed_consumer.py"), env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60 * timeout_factor):
            lines = [(await process.stdout.readline()).decode() for _ in range(3)]
    finally:
        process.kill()
        await process.wait()
    assert lines[0] == f"{SHREDDED} was erased\n"
    assert [line.split()[0] for line in lines[1:]] == [KEPT, "call-clear"]
    assert all("Louder by" in line for line in lines[1:])
