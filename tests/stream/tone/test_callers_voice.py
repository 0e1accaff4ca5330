"""Nothing but the caller's voice can be judged, whatever a record carries."""

from __future__ import annotations

from typing import Any

import msgspec

from tonewatch.stream.messages import Alert, CallOpened, Posterior, Segment, Tone
from tonewatch.stream.tone.callers_voice import CallersVoice, times_only
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step


def angry_agent(calls: Any, index: int) -> Segment:
    forged: Segment = calls.segment(index, calls.SHOUTING)
    return msgspec.structs.replace(
        forged, role="agent", channel=1, segment_id=f"c/1/{index}", embedding=b"\0\0", degraded=0.99, space="w"
    )


def run(messages: list[Any]) -> tuple[CallMemory, list[Any]]:
    memory = CallMemory(told=True)
    return memory, [one for message in messages for one in step(memory, message, ToneConfig())]


def test_no_voice_is_made_of_an_agents_segment(calls: Any) -> None:
    assert CallersVoice.of(angry_agent(calls, 0)) is None
    assert CallersVoice.of(calls.segment(0, calls.STEADY)) is not None


def test_of_a_forged_agents_segment_only_its_times_are_kept(calls: Any) -> None:
    kept = times_only(angry_agent(calls, 3))
    assert (kept.posterior, kept.prosody, kept.embedding, kept.degraded, kept.space) == (None, None, b"", None, "")
    assert (kept.start_ms, kept.end_ms, kept.role) == (12_000, 15_000, "agent")


def test_a_shouting_agent_raises_nothing_where_a_shouting_caller_does(calls: Any) -> None:
    calm = calls.call([calls.STEADY] * 8)
    _, agents = run([*calm, *(angry_agent(calls, 8 + i) for i in range(8))])
    _, callers = run([*calm, *(calls.segment(8 + i, calls.SHOUTING) for i in range(8))])
    assert not [one for one in agents if isinstance(one, Alert)]
    assert [one for one in callers if isinstance(one, Alert)]
    assert {one.role for one in agents if isinstance(one, Tone)} == {"customer"}


def test_no_posterior_of_an_agent_lies_in_the_calls_memory(calls: Any) -> None:
    memory, _ = run([*calls.call([calls.STEADY] * 5), *(angry_agent(calls, 5 + i) for i in range(5))])
    assert b"0.85" not in msgspec.json.encode(memory)


def test_a_call_without_notice_is_not_judged_by_the_core_either(calls: Any) -> None:
    opened = CallOpened(call_id="c", notice_given=False)
    memory, written = run([opened, *(calls.segment(i, calls.SHOUTING) for i in range(12))])
    assert [type(one).__name__ for one in written] == ["CallState"]
    assert not memory.baseline.own and not memory.turns.spoken


def test_posteriors_have_no_other_way_into_the_core(calls: Any) -> None:
    """`_judge` asks for the type that `of` alone makes."""
    from inspect import signature

    from tonewatch.stream.tone import step as core

    taken = {str(p.annotation) for p in signature(core._judge).parameters.values()}
    assert "CallersVoice" in taken and not any("Posterior" in name or name == "Segment" for name in taken)
    assert Posterior(angry=1, happy=0, neutral=0, sad=0).angry == 1
