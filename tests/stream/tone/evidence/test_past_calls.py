"""A caller's earlier calls: what is kept of a call, and what a later one begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tonewatch.stream.messages import CallAttributes, CallOpened, PastCall, Posterior, Tone
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step

Calls = Any
DAY_MS = 24 * 3_600_000
CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)


def opened(started_at_ms: int = 100 * DAY_MS, caller: str = "k") -> CallOpened:
    call = CallAttributes(roles=("customer", "agent"), started_at_ms=started_at_ms)
    return CallOpened(call_id="c", call=call, notice_given=True, caller=caller)


def past(call_id: str, ended_at_ms: int, **more: object) -> PastCall:
    values: dict[str, object] = {
        "call_id": call_id,
        "caller": "k",
        "started_at_ms": ended_at_ms - 90_000,
        "ended_at_ms": ended_at_ms,
        "segments": 10,
        "speech_ms": 28_000,
        "alone": CALM,
        "posterior": CALM,
        "medians": {"pitch": 12.0, "pitch_range": 6.0, "rate": 4.2, "stress": 0.8},
        **more,
    }
    return msgspec.convert({"type": "past_call", **values}, PastCall, from_attributes=True)


def kept(outputs: Sequence[Output]) -> list[PastCall]:
    return [output for output in outputs if isinstance(output, PastCall)]


def begun(*calls: PastCall, at_ms: int = 100 * DAY_MS, config: ToneConfig | None = None) -> CallMemory:
    memory = CallMemory(told=True)
    step(memory, opened(at_ms), config or ToneConfig(), calls)
    return memory


def test_a_calls_calm_part_is_kept_at_its_end_and_its_loud_part_is_not(calls: Calls) -> None:
    kinds = [calls.STEADY] * 8 + [calls.SHOUTING] * 6
    messages = [opened(), *(calls.segment(i, kind) for i, kind in enumerate(kinds)), calls.closed(60_000)]
    (found,) = kept(calls.run(messages))
    assert (found.caller, found.segments, found.ended_at_ms) == ("k", 8, 100 * DAY_MS + 60_000)
    assert found.alone == CALM
    assert found.medians["pitch"] == 12.0
    assert not {"level", "effort"} & found.medians.keys()


def test_nothing_is_kept_of_a_call_without_a_caller_or_without_a_calm_part(calls: Calls) -> None:
    calm = [calls.segment(i, calls.STEADY) for i in range(8)]
    shouted = [calls.segment(i, calls.SHOUTING) for i in range(8)]
    assert kept(calls.run([opened(caller=""), *calm, calls.closed()])) == []
    assert kept(calls.run([opened(), *shouted, calls.closed()])) == []
    assert kept(calls.run([opened(), *calm[:4], calls.closed()])) == []
    assert kept(calls.run([opened(), *calm, calls.closed()], None, ToneConfig(earlier_kept_ms=0))) == []


def test_a_known_caller_who_is_angry_from_the_first_word_is_found_sooner(calls: Calls) -> None:
    angry = [calls.segment(i, calls.SHOUTING) for i in range(6)]
    fresh = calls.alerts(calls.run(angry))
    memory = begun(past("a", 99 * DAY_MS))
    found = calls.alerts(calls.run(angry, memory))
    assert found[0].onset_ms == 0
    assert found[0].fired_ms <= fresh[0].fired_ms
    assert found[0].facts.earlier_calls == 1
    assert {"pitch", "rate", "angry"} <= {fact.name for fact in found[0].facts.facts if fact.salient}


def test_a_known_caller_is_judged_from_the_first_segment_on(calls: Calls) -> None:
    first = calls.segment(0, calls.STEADY)
    (tone,) = [o for o in calls.run([first], begun(past("a", 99 * DAY_MS))) if isinstance(o, Tone)]
    assert (tone.abstained, tone.baseline_ready) == (None, True)
    (tone,) = [o for o in calls.run([first], begun()) if isinstance(o, Tone)]
    assert tone.abstained == "learning_baseline"


def test_only_calls_that_were_over_and_not_too_long_ago_count() -> None:
    config = ToneConfig(earlier_kept_ms=30 * DAY_MS)
    too_old, later, unlike = past("old", 60 * DAY_MS), past("later", 101 * DAY_MS), past("x", 99 * DAY_MS, space="s")
    assert begun(too_old, later, unlike, config=config).baseline.stand_ins == []
    assert begun(too_old, past("good", 99 * DAY_MS), config=config).baseline.past_calls == 1


def test_this_calls_own_segments_take_the_place_of_the_earlier_ones(calls: Calls) -> None:
    config = ToneConfig()
    memory = begun(past("a", 98 * DAY_MS), past("b", 99 * DAY_MS))
    for index in range(config.earlier_segments + 2):
        calls.run([calls.segment(index, calls.STEADY)], memory)
        assert len(memory.baseline.segments()) == max(config.earlier_segments, index + 1)
    assert memory.baseline.segments() == memory.baseline.own


def test_another_persons_voice_drops_the_earlier_calls(calls: Calls) -> None:
    memory = begun(past("a", 99 * DAY_MS, medians={"pitch": 22.0}))
    calls.run([calls.segment(i, calls.STEADY) for i in range(3)], memory)
    assert memory.baseline.segments() == memory.baseline.own
    assert memory.baseline.past_calls == 0


def test_what_becomes_known_of_a_caller_later_does_not_change_a_call_that_has_begun(calls: Calls) -> None:
    messages = [calls.segment(i, kind) for i, kind in enumerate([calls.STEADY] * 3 + [calls.SHOUTING] * 6)]
    once = calls.run(messages, begun(past("a", 99 * DAY_MS)))
    memory = begun(past("a", 99 * DAY_MS))
    step(memory, opened(), ToneConfig(), [past("b", 99 * DAY_MS + 1, medians={"pitch": 2.0})])
    stored = msgspec.json.decode(msgspec.json.encode(memory), type=CallMemory)
    assert calls.run(messages, stored) == once
