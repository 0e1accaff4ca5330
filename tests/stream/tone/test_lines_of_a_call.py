"""What the monitor makes of a line that is not heard: told once, no silence, alerts stay open."""

from __future__ import annotations

from typing import Any

from tonewatch.stream.messages import CallState, LineCondition, LineState, Role, Silence
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory

Calls = Any


def line(channel: int, state: LineCondition, since_ms: int, reason: str = "") -> LineState:
    role: Role = "agent" if channel else "customer"
    return LineState(channel=channel, role=role, state=state, since_ms=since_ms, reason=reason)


def told(*lines: LineState) -> Silence:
    return Silence(call_id="c", now_ms=0, lines=lines)


def states(outputs: list[Any]) -> list[tuple[tuple[str, int], ...]]:
    return [tuple((one.state, one.since_ms) for one in o.lines) for o in outputs if isinstance(o, CallState)]


def begun(calls: Calls) -> CallMemory:
    memory = CallMemory(told=True)
    calls.run(calls.call([calls.STEADY] * 6 + [calls.SHOUTING] * 4), memory)
    return memory


def test_a_change_is_written_once_and_what_a_restarted_listener_tells_again_is_not(calls: Calls) -> None:
    memory = begun(calls)
    lost, back = told(line(0, "no_audio", 41_000)), told(line(0, "live", 60_000))
    assert states(calls.run([lost, lost, back, lost], memory)) == [(("no_audio", 41_000),), (("live", 60_000),)]


def test_a_line_that_was_never_away_is_not_told_to_be_live(calls: Calls) -> None:
    assert states(calls.run([told(line(0, "live", 0), line(1, "live", 0))], begun(calls))) == []


def test_an_alert_stays_open_on_hold_and_ends_with_the_call(calls: Calls) -> None:
    memory = begun(calls)
    outputs = calls.run([told(line(0, "on_hold", 41_000), line(1, "on_hold", 41_000))], memory)
    assert calls.alerts(outputs) == []
    assert memory.alerts.open_on_tone is not None
    assert calls.alerts(calls.run([calls.closed(900_000)], memory))[-1].resolved_by == "call_end"


def test_a_hold_up_to_the_end_of_a_call_is_no_dead_air(calls: Calls) -> None:
    held, heard = begun(calls), begun(calls)
    calls.run([told(line(0, "on_hold", 40_000), line(1, "on_hold", 40_000))], held)
    assert "dead_air" not in {alert.cause for alert in calls.alerts(calls.run([calls.closed(90_000)], held))}
    assert "dead_air" in {alert.cause for alert in calls.alerts(calls.run([calls.closed(90_000)], heard))}


def test_dead_air_that_is_followed_by_missing_audio_ends_with_the_next_word(calls: Calls) -> None:
    memory, config = begun(calls), ToneConfig()
    raised = calls.alerts(calls.run([Silence(call_id="c", now_ms=75_000)], memory, config))
    assert [alert.cause for alert in raised] == ["dead_air"]
    missing = Silence(call_id="c", now_ms=0, since_ms=90_000)
    spoken = [calls.spoken(95_000, 98_000), calls.spoken(105_000, 108_000)]
    over = [one for one in calls.alerts(calls.run([missing, *spoken], memory, config)) if one.cause == "dead_air"]
    assert [(alert.state, alert.resolved_ms) for alert in over] == [("resolved", 95_000)]


def test_an_echo_in_either_channel_is_no_turn_and_interrupts_nobody(calls: Calls) -> None:
    memory = CallMemory(told=True)
    agent = [calls.spoken(6_000 * i, 6_000 * i + 4_000, role="agent", channel=1) for i in range(6)]
    echoes = [calls.spoken(6_000 * i + 1_000, 6_000 * i + 3_900, abstained="echo") for i in range(6)]
    outputs = calls.run([calls.opened(), *sorted([*agent, *echoes], key=lambda one: one.end_ms)], memory)
    assert calls.alerts(outputs) == []
    assert all(turn.agent for turn in memory.turns.spoken)
