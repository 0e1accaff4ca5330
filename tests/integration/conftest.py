"""Calls made of segments, for the parts behind the listener."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tonewatch.stream.embedded import EmbeddedRedis
from tonewatch.stream.messages import (
    AudioSpan,
    CallOpened,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Segment,
    SegmentMessage,
)


@pytest.fixture(scope="module")
def own_redis_url(own_broker: str, patience: float) -> Iterator[str]:
    """One Redis for one broker: what it remembers of offsets fits no other."""
    with EmbeddedRedis(start_s=30 * patience) as server:
        yield server.url


CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
USUAL = Prosody(f0_median_st=12.0, f0_range_st=6.0, level_db=-26.0, tilt_db=-14.0, rate_syl_per_s=4.2)
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
        opened = CallOpened(call_id=call_id, roles=("customer", "agent"), notice_given=True, title=call_id)
        calm = [segment(call_id, i, CALM, USUAL) for i in range(6)]
        return [opened, *calm, *(segment(call_id, i, ANGRY, RAISED) for i in range(6, 10))]

    return build
