"""Repeated interruptions and long dead air, from segments."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tonewatch.stream.messages import Segment, Silence
from tonewatch.stream.rules.file import parse
from tonewatch.stream.rules.model import RuleSet
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory

Calls = Any

AGENT = {"role": "agent", "channel": 1}


@pytest.fixture
def config() -> ToneConfig:
    """Turn-taking alone: what is to be found here has nothing to do with the tone."""
    rules = parse(
        "version: 1\n"
        "rules:\n"
        "  anger: {enabled: false}\n"
        "  distress: {enabled: false}\n"
        "  sudden_drop: {enabled: false}\n"
        "  interruptions: {count: 3, within_s: 30, cooldown_s: 10}\n"
        "  dead_air: {silence_s: 15, cooldown_s: 20}\n"
    )
    assert isinstance(rules, RuleSet)
    return ToneConfig(rules=rules)


def broken_into(calls: Calls, times: int, every_ms: int = 6_000) -> list[Segment]:
    """The agent breaks into what the caller says, so many times, for a second each."""
    found = []
    for start_ms in range(0, times * every_ms, every_ms):
        found.append(calls.spoken(start_ms, start_ms + 3_500))
        found.append(calls.spoken(start_ms + 2_500, start_ms + 4_500, **AGENT))
    return found


def test_repeated_interruptions_raise_one_alert_and_silence_of_them_resolves_it(
    calls: Calls, config: ToneConfig
) -> None:
    later = [calls.spoken(start_ms, start_ms + 2_000) for start_ms in range(30_000, 70_000, 4_000)]
    alerts = calls.alerts(calls.run([calls.opened(), *broken_into(calls, 4), *later], config=config))
    assert [(a.alert_id, a.event, a.fired_ms) for a in alerts] == [
        ("c/interruptions/2500", "fired", 14_500),
        ("c/interruptions/2500", "resolved", 14_500),
    ]
    assert alerts[0].sentence == "3 interruptions within 30 s: 3 by the agent."
    assert alerts[1].resolved_ms == 20_500 + 30_000
    assert [e.segment_id for e in alerts[0].evidence] == ["c/0/0", "c/0/6000", "c/0/12000"]


def test_two_interruptions_are_no_habit(calls: Calls, config: ToneConfig) -> None:
    later = [calls.spoken(start_ms, start_ms + 2_000) for start_ms in range(12_000, 60_000, 8_000)]
    assert calls.alerts(calls.run([calls.opened(), *broken_into(calls, 2), *later], config=config)) == []


def test_both_beginning_at_once_is_no_interruption(calls: Calls, config: ToneConfig) -> None:
    pairs = [
        segment
        for start_ms in range(0, 36_000, 6_000)
        for segment in (
            calls.spoken(start_ms, start_ms + 2_000),
            calls.spoken(start_ms + 200, start_ms + 2_000, **AGENT),
        )
    ]
    assert calls.alerts(calls.run([calls.opened(), *pairs], config=config)) == []


def test_dead_air_is_dated_to_its_beginning_and_ends_with_the_next_word(calls: Calls, config: ToneConfig) -> None:
    segments = [calls.spoken(0, 3_000), calls.spoken(24_000, 27_000), calls.spoken(30_000, 34_000)]
    alerts = calls.alerts(calls.run([calls.opened(), *segments, calls.closed(40_000)], config=config))
    assert [(a.alert_id, a.event, a.onset_ms, a.fired_ms, a.resolved_ms) for a in alerts] == [
        ("c/dead_air/3000", "fired", 3_000, 18_000, None),
        ("c/dead_air/3000", "resolved", 3_000, 18_000, 24_000),
    ]


def test_a_clock_that_tells_of_the_silence_brings_the_same_alert_sooner(calls: Calls, config: ToneConfig) -> None:
    memory = CallMemory(told=True)
    calls.run([calls.opened(), calls.spoken(0, 3_000)], memory, config)
    told = calls.alerts(calls.run([Silence(call_id="c", now_ms=23_500)], memory, config))
    assert [(a.alert_id, a.fired_ms) for a in told] == [("c/dead_air/3000", 18_000)]
    after = calls.alerts(
        calls.run([calls.spoken(24_000, 27_000), calls.spoken(30_000, 34_000), calls.closed(40_000)], memory, config)
    )
    assert [(a.event, a.resolved_ms) for a in after if a.alert_id == "c/dead_air/3000"] == [("resolved", 24_000)]


def test_dead_air_that_lasts_to_the_end_of_the_call_ends_with_it(calls: Calls, config: ToneConfig) -> None:
    alerts = calls.alerts(calls.run([calls.opened(), calls.spoken(0, 3_000), calls.closed(30_000)], config=config))
    assert [(a.event, a.resolved_by) for a in alerts] == [("fired", ""), ("resolved", "call_end")]


def test_a_second_silence_soon_after_reopens_the_alert(calls: Calls, config: ToneConfig) -> None:
    segments = [calls.spoken(start_ms, start_ms + 2_000) for start_ms in (0, 20_000, 40_000, 44_000, 48_000)]
    events = calls.events(calls.run([calls.opened(), *segments], config=config))
    assert events == ["fired", "resolved", "reopened", "resolved"]


def test_the_order_in_which_the_channels_arrive_changes_nothing(calls: Calls, config: ToneConfig) -> None:
    segments = [*broken_into(calls, 5), calls.spoken(50_000, 53_000), calls.spoken(90_000, 93_000)]
    wanted = calls.alerts(calls.run([calls.opened(), *segments, calls.closed()], config=config))
    assert wanted
    shuffle = random.Random(3)
    for _ in range(20):
        mixed = sorted(segments, key=lambda s: s.end_ms + shuffle.uniform(0, 1_000))
        found = calls.alerts(calls.run([calls.opened(), *mixed, calls.closed()], config=config))
        assert [(a.alert_id, a.event, a.fired_ms, a.resolved_ms) for a in found] == [
            (a.alert_id, a.event, a.fired_ms, a.resolved_ms) for a in wanted
        ]


def test_a_mono_recording_has_silences_and_no_interruptions(calls: Calls, config: ToneConfig) -> None:
    mono = calls.opened().__class__(call_id="c", roles=("mixed",), notice_given=True)
    segments = [calls.spoken(0, 3_000), calls.spoken(24_000, 27_000), calls.spoken(30_000, 34_000)]
    alerts = calls.alerts(calls.run([mono, *segments], config=config))
    assert {a.rule for a in alerts} == {"dead_air"}


def test_a_chain_whose_first_is_forgotten_raises_nothing_again(calls: Calls) -> None:
    """Turns are remembered for two minutes: what is left of a chain then looks like one of its own."""
    calm = [calls.spoken(start_ms, start_ms + 2_000) for start_ms in range(36_000, 300_000, 4_000)]
    for times in (4, 5, 6, 8):
        chain = broken_into(calls, times)
        alerts = calls.alerts(calls.run([calls.opened(), *chain, *calm[times - 4 :]], config=ToneConfig()))
        assert [a.event for a in alerts if a.cause == "interruptions"] == ["fired", "resolved"], times


def test_two_rules_of_one_cause_share_an_alert_that_is_over_with_the_last_of_them(calls: Calls) -> None:
    rules = parse(
        "version: 1\n"
        "rules:\n"
        "  interruptions: {count: 3, within_s: 20}\n"
        "  harsh: {kind: interruptions, count: 5, within_s: 60, severity: act}\n"
    )
    assert isinstance(rules, RuleSet)
    calm = [calls.spoken(start_ms, start_ms + 2_000) for start_ms in range(36_000, 160_000, 4_000)]
    messages = [calls.opened(), *broken_into(calls, 5), *calm]
    alerts = [a for a in calls.alerts(calls.run(messages, config=ToneConfig(rules=rules))) if a.cause != "tone"]
    assert [(a.event, a.rule, a.severity, a.also) for a in alerts] == [
        ("fired", "interruptions", "watch", ()),
        ("suppressed", "interruptions", "act", ("harsh",)),
        ("resolved", "interruptions", "act", ("harsh",)),
    ]
    assert alerts[-1].resolved_ms == 4 * 6_000 + 2_500 + 60_000
