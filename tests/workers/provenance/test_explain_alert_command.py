"""`tonewatch explain-alert` over a real broker and a database: what is there is made again, what is not is said."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream import topics
from tonewatch.stream.codec import encode, encode_call
from tonewatch.stream.messages import AudioSpan, Segment
from tonewatch.stream.topics import ALERTS, CALLS, RATIONALES, SEGMENTS
from tonewatch.workers.provenance.explain_alert_command import explain_alert

from .conftest import Told

pytestmark = pytest.mark.integration


async def _written(bootstrap: str, told: Told) -> Told:
    """All of it in Kafka, with the offsets that its audio has there."""
    await topics.apply(bootstrap, partitions=1, replication=1)
    key = told.call_id.encode()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        at = [await producer.send_and_wait(CALLS.name, encode_call(one), key=key) for one in told.records]
        first = at[0]

        def moved(span: AudioSpan) -> AudioSpan:
            by = first.offset
            return msgspec.structs.replace(
                span, partition=first.partition, first_offset=span.first_offset + by, last_offset=span.last_offset + by
            )

        segments = [msgspec.structs.replace(one, audio=moved(one.audio)) for one in told.segments]
        evidence = tuple(msgspec.structs.replace(one, audio=moved(one.audio)) for one in told.alert.evidence)
        alert = msgspec.structs.replace(told.alert, evidence=evidence)
        values = [(SEGMENTS, encode(one)) for one in segments]
        for topic, value in [*values, (ALERTS, encode(alert)), (RATIONALES, encode(told.rationale))]:
            await producer.send_and_wait(topic.name, value, key=key)
    return Told(told.call_id, told.records, segments, alert, told.rationale)


def run(*arguments: str) -> Any:
    app = Typer()
    app.command()(explain_alert)
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
async def written(broker: str, told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    monkeypatch.setenv("TONEWATCH_KAFKA", broker)
    monkeypatch.setenv("TONEWATCH_KAFKA_IDEMPOTENT", "false")
    monkeypatch.setenv("TONEWATCH_DATABASE", f"sqlite:///{tmp_path / 'none.db'}")
    return await _written(broker, told)


async def test_an_alert_is_followed_to_its_audio_and_a_forged_posterior_is_found(written: Told) -> None:
    done = await asyncio.to_thread(run, written.alert.alert_id)
    total = len(written.alert.evidence)
    assert done.exit_code == 0, done.output + str(done.exception)
    assert f"{total} of {total} segments made again, 0 differ" in done.output
    assert "differs in posterior by 0.0000" in done.output


async def test_a_segment_that_somebody_forged_since_differs(written: Told, broker: str) -> None:
    name = written.alert.evidence[0].segment_id
    then: Segment = next(one for one in written.segments if one.segment_id == name)
    assert then.posterior is not None
    forged = msgspec.structs.replace(
        then, posterior=msgspec.structs.replace(then.posterior, angry=0.97, neutral=0.01, happy=0.01, sad=0.01)
    )
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        await producer.send_and_wait(SEGMENTS.name, encode(forged), key=written.call_id.encode())
    done = await asyncio.to_thread(run, written.alert.alert_id)
    assert done.exit_code == 1
    assert "DIFFERS: a share of the posterior differs by" in done.output


async def test_an_alert_that_is_nowhere_is_said_in_one_line(written: Told) -> None:
    done = await asyncio.to_thread(run, "nobody/anger/1")
    assert "There is no alert nobody/anger/1" in str(done.exception)
