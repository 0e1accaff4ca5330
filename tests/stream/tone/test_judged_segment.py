from __future__ import annotations

import msgspec

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.tone.judged_segment import JudgedSegment


def test_a_segment_that_went_through_json_is_the_same() -> None:
    posterior = Posterior.of([0.1, 0.2, 0.3, 0.4])
    segment = JudgedSegment(
        segment_id="c/0/0",
        start_ms=0,
        end_ms=3_000,
        speech_ms=2_400,
        features={"pitch": 12.25},
        posterior=posterior,
        alone=posterior,
        embedding=b"\x00\x3c",
        own_tone=-0.25,
        audio=AudioSpan(topic="t", partition=3, first_offset=10, last_offset=25),
    )
    assert msgspec.json.decode(msgspec.json.encode(segment), type=JudgedSegment) == segment
