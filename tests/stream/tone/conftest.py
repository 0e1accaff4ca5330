"""Calls made of segments, and the judging core over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import (
    Alert,
    AlertAction,
    AudioSpan,
    CallAttributes,
    CallClosed,
    CallOpened,
    ControlMessage,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Rationale,
    Segment,
    SegmentMessage,
    Words,
)
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step

CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
HAPPY = Posterior(angry=0.1, happy=0.8, neutral=0.08, sad=0.02)
SAD = Posterior(angry=0.02, happy=0.03, neutral=0.05, sad=0.9)
EVEN_VOICE = Prosody(
    f0_median_st=12.0, f0_range_st=6.0, level_db=-26.0, tilt_db=-14.0, rate_syl_per_s=4.2, stress_per_s=0.8
)
RAISED = Prosody(f0_median_st=17.0, f0_range_st=9.0, level_db=-18.0, tilt_db=-6.0, rate_syl_per_s=5.4, stress_per_s=1.4)
SUNKEN = Prosody(f0_median_st=8.0, f0_range_st=2.5, level_db=-33.0, tilt_db=-20.0, rate_syl_per_s=2.6, stress_per_s=0.3)

Kind = tuple[Posterior, Prosody]
Message = SegmentMessage | Rationale | ControlMessage


class Calls:
    """Builds messages of one call and runs them; a segment of 3 s begins every 4 s."""

    STEADY: Kind = (CALM, EVEN_VOICE)
    SHOUTING: Kind = (ANGRY, RAISED)
    DELIGHTED: Kind = (HAPPY, RAISED)
    CRYING: Kind = (SAD, SUNKEN)

    @staticmethod
    def segment(
        index: int, kind: Kind, *, role: str = "customer", channel: int = 0, abstained: str | None = None
    ) -> Segment:
        return Calls.spoken(4_000 * index, 4_000 * index + 3_000, kind, role=role, channel=channel, abstained=abstained)

    @staticmethod
    def spoken(
        start_ms: int,
        end_ms: int,
        kind: Kind = STEADY,
        *,
        role: str = "customer",
        channel: int = 0,
        abstained: str | None = None,
    ) -> Segment:
        posterior, prosody = kind
        analysed = role == "customer" and abstained is None
        first = start_ms // 400
        values: dict[str, Any] = {
            "type": "segment",
            "call_id": "c",
            "segment_id": f"c/{channel}/{start_ms}",
            "channel": channel,
            "role": role,
            "start_ms": start_ms,
            "end_ms": end_ms,
            "closed_by": "pause",
            "audio": AudioSpan(topic="t", partition=0, first_offset=first, last_offset=first + 9),
            "prosody": prosody if analysed else None,
            "posterior": posterior if analysed else None,
            "quality": Quality(speech_ms=end_ms - start_ms - 200),
            "abstained": abstained,
            "model": ModelRef(name="m", version="1") if analysed else None,
            "spoken_at_ms": 1_000_000 + start_ms,
        }
        return msgspec.convert(values, Segment, from_attributes=True)

    @staticmethod
    def opened(queue: str = "billing") -> CallOpened:
        call = CallAttributes(roles=("customer", "agent"), title="A call", queue=queue, started_at_ms=1)
        return CallOpened(call_id="c", call=call, notice_given=True)

    @staticmethod
    def call(kinds: Iterable[Kind]) -> list[SegmentMessage]:
        return [Calls.opened(), *(Calls.segment(i, kind) for i, kind in enumerate(kinds))]

    @staticmethod
    def closed(duration_ms: int = 90_000) -> CallClosed:
        return CallClosed(call_id="c", reason="ended", duration_ms=duration_ms)

    @staticmethod
    def action(kind: str, alert_id: str, action_id: str = "", **more: object) -> AlertAction:
        values = {"action_id": action_id or kind, "alert_id": alert_id, "action": kind, "by": "Ada", "acted_at_ms": 5}
        return msgspec.convert({"type": "alert_action", "call_id": "c", **values, **more}, AlertAction)

    @staticmethod
    def rationale(decision: str, alert_id: str, kind: str = "onset", label: str = "angry") -> Rationale:
        values = {
            "type": "rationale",
            "call_id": "c",
            "moment_id": "m",
            "alert_id": alert_id,
            "kind": kind,
            "at_ms": 31_000,
            "text": "Louder by 8 dB than usual.",
            "source": "model",
            "decision": decision,
            "label": label,
            "confidence": 0.8,
        }
        return msgspec.convert(values, Rationale)

    @staticmethod
    def run(
        messages: Iterable[Message], memory: CallMemory | None = None, config: ToneConfig | None = None
    ) -> list[Output]:
        memory = memory or CallMemory(told=True)
        config = config or ToneConfig()
        return [output for message in messages for output in step(memory, message, config)]

    @staticmethod
    def alerts(outputs: Iterable[Output]) -> list[Alert]:
        return [o for o in outputs if isinstance(o, Alert)]

    @staticmethod
    def states(outputs: Iterable[Output]) -> list[str]:
        return [o.state for o in outputs if isinstance(o, Alert)]

    @staticmethod
    def events(outputs: Iterable[Output]) -> list[str]:
        return [o.event for o in outputs if isinstance(o, Alert)]


@pytest.fixture
def calls() -> type[Calls]:
    return Calls


SAID = {
    4: "I call about my bill.",
    5: "This is the third time, it is unacceptable.",
    7: "I will cancel my contract, damn it!",
    13: "Oh, that's wonderful, thank you so much.",
}
"""What the caller says, by the place of the segment."""


@pytest.fixture
def recorded(calls: type[Calls]) -> list[SegmentMessage]:
    """A caller who complains, shouts and calms down, an agent who answers and breaks in, and a long silence."""
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 6 + [calls.STEADY] * 8
    caller = [calls.segment(i, kind) for i, kind in enumerate(kinds)]
    agent = [
        calls.spoken(4_000 * i + shift, 4_000 * i + 3_900, role="agent", channel=1)
        for i, shift in enumerate([3_100] * 8 + [1_500] * 6 + [3_100] * 6)
    ]
    late = [calls.spoken(115_000 + 4_000 * i, 117_500 + 4_000 * i) for i in range(3)]
    spoken = [said(caller[index], text) for index, text in SAID.items()]
    messages: list[Segment | Words] = [*caller, *agent, *late, *spoken]
    by_time = sorted(messages, key=lambda m: m.end_ms + (500 if isinstance(m, Words) else 0))
    return [calls.opened(), *by_time, calls.closed(130_000)]


def said(segment: Segment, text: str) -> Words:
    return Words(
        call_id="c",
        segment_id=segment.segment_id,
        channel=0,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        text=text,
        confidence=0.9,
        model=ModelRef(name="m", version="1"),
    )
