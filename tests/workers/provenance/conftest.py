"""A demo call's records, its segments, and an alert that rests on them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
from aiokafka import TopicPartition

from tonewatch.stream.codec import decode_alert, decode_rationale
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import Alert, CallMessage, Evidence, Rationale, Segment
from tonewatch.stream.service.metrics import Metrics
from tonewatch.workers.encoder import CPU, Encoder, WeightsSet, default_encoder_path
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.followed_call import FollowedCall
from tonewatch.workers.listen.wire_command import read_call

from pathlib import Path  # isort: skip

GOLDEN = Path(__file__).parents[2] / "stream" / "golden"
PARTITION = TopicPartition("tonewatch.calls.v1", 0)
RECORDS = 150
"""Half a minute of two channels, in chunks of 200 ms and more."""


@dataclass(frozen=True)
class Told:
    """What was written of the call while it was live."""

    call_id: str
    records: list[CallMessage]
    segments: list[Segment]
    alert: Alert
    rationale: Rationale


@pytest.fixture(scope="package")
def analysis() -> Analysis:
    return Analysis(Encoder(default_encoder_path(weights=WeightsSet.FULL), providers=[CPU]), Metrics())


@pytest.fixture(scope="package")
def told(analysis: Analysis) -> Told:
    records = read_call(default_folder() / "billing_dispute.flac")[:RECORDS]
    call_id = records[0].call_id
    outputs = FollowedCall(call_id).follow(records)
    segments = [analysis.segment(one, PARTITION)[0] for one in outputs if isinstance(one, ClosedSegment)]
    callers = [one for one in segments if one.role == "customer" and one.posterior is not None]
    return Told(call_id, records, segments, *_alert(call_id, callers))


def _alert(call_id: str, callers: list[Segment]) -> tuple[Alert, Rationale]:
    evidence = tuple(
        Evidence(segment_id=one.segment_id, start_ms=one.start_ms, end_ms=one.end_ms, audio=one.audio, tone=-0.4)
        for one in callers
    )
    assert len(evidence) >= 2
    alert_id = f"{call_id}/anger/{evidence[0].start_ms}"
    golden = decode_alert((GOLDEN / "alert.json").read_bytes())
    reason = decode_rationale((GOLDEN / "rationale.json").read_bytes())
    return (
        msgspec.structs.replace(
            golden, call_id=call_id, alert_id=alert_id, seq=0, evidence=evidence, model=callers[0].model
        ),
        msgspec.structs.replace(reason, call_id=call_id, alert_id=alert_id),
    )
