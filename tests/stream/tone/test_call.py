"""One call through the judging core, segment by segment."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec
import pytest

from tonewatch.stream.messages import (
    Alert,
    AudioSpan,
    CallClosed,
    CallOpened,
    CallState,
    ModelRef,
    Moment,
    Posterior,
    Prosody,
    Quality,
    Rationale,
    Segment,
    SegmentMessage,
    Tone,
    Words,
)
from tonewatch.stream.tone.call import Output, step
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory

CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
ANGRY = Posterior(angry=0.85, happy=0.08, neutral=0.05, sad=0.02)
HAPPY = Posterior(angry=0.1, happy=0.8, neutral=0.08, sad=0.02)
USUAL = Prosody(f0_median_st=12.0, f0_range_st=6.0, level_db=-26.0, tilt_db=-14.0, rate_syl_per_s=4.2, stress_per_s=0.8)
RAISED = Prosody(f0_median_st=17.0, f0_range_st=9.0, level_db=-18.0, tilt_db=-6.0, rate_syl_per_s=5.4, stress_per_s=1.4)

Kind = tuple[Posterior, Prosody]
STEADY: Kind = (CALM, USUAL)
SHOUTING: Kind = (ANGRY, RAISED)
DELIGHTED: Kind = (HAPPY, RAISED)


def segment(
    index: int, kind: Kind, *, role: str = "customer", channel: int = 0, abstained: str | None = None
) -> Segment:
    posterior, prosody = kind
    start_ms = 4_000 * index
    analysed = role == "customer" and abstained is None
    return msgspec.convert(
        {
            "type": "segment",
            "call_id": "c",
            "segment_id": f"c/{channel}/{start_ms}",
            "channel": channel,
            "role": role,
            "start_ms": start_ms,
            "end_ms": start_ms + 3_000,
            "closed_by": "pause",
            "audio": AudioSpan(topic="t", partition=0, first_offset=10 * index, last_offset=10 * index + 9),
            "prosody": prosody if analysed else None,
            "posterior": posterior if analysed else None,
            "quality": Quality(speech_ms=2_800),
            "abstained": abstained,
            "model": ModelRef(name="m", version="1") if analysed else None,
            "spoken_at_ms": 1_000_000 + start_ms,
        },
        Segment,
        from_attributes=True,
    )


def call(kinds: Iterable[Kind]) -> list[SegmentMessage]:
    opened = CallOpened(call_id="c", roles=("customer", "agent"), notice_given=True, title="A call")
    return [opened, *(segment(i, kind) for i, kind in enumerate(kinds))]


def run(messages: Iterable[SegmentMessage | Rationale], memory: CallMemory | None = None) -> list[Output]:
    memory = memory or CallMemory()
    return [output for message in messages for output in step(memory, message, ToneConfig())]


def states(outputs: Iterable[Output]) -> list[str]:
    return [o.state for o in outputs if isinstance(o, Alert)]


def test_a_caller_who_begins_to_shout_raises_one_alert_dated_back_to_the_first_loud_segment() -> None:
    alerts = [o for o in run(call([STEADY] * 6 + [SHOUTING] * 4)) if isinstance(o, Alert)]
    assert [a.state for a in alerts] == ["firing"]
    assert alerts[0].onset_ms == 24_000
    assert alerts[0].fired_ms <= 31_000
    assert alerts[0].alert_id == "c/tone_falls/24000"


def test_the_alert_carries_its_evidence_and_speaks_of_what_was_measured() -> None:
    alert = next(o for o in run(call([STEADY] * 6 + [SHOUTING] * 4)) if isinstance(o, Alert))
    assert [e.segment_id for e in alert.evidence] == ["c/0/24000", "c/0/28000"]
    assert alert.evidence[0].audio.first_offset == 60
    level = next(f for f in alert.facts.facts if f.name == "level")
    assert (level.delta, level.salient) == (8.0, True)
    assert alert.model == ModelRef(name="m", version="1")
    assert "8 dB" in alert.sentence


@pytest.mark.parametrize("kind", [STEADY, DELIGHTED])
def test_a_steady_or_a_delighted_caller_raises_none(kind: Kind) -> None:
    assert states(run(call([STEADY] * 6 + [kind] * 12))) == []


def test_one_loud_segment_alone_raises_none() -> None:
    assert states(run(call([STEADY] * 6 + [SHOUTING] + [STEADY] * 6))) == []


def test_a_caller_who_calms_down_resolves_the_alert() -> None:
    outputs = run(call([STEADY] * 6 + [SHOUTING] * 4 + [STEADY] * 6))
    resolved = [o for o in outputs if isinstance(o, Alert)][-1]
    assert (resolved.state, resolved.resolved_by, resolved.seq) == ("resolved", "recovery", 1)
    assert resolved.resolved_ms is not None
    assert 40_000 < resolved.resolved_ms <= 55_000


def test_the_end_of_the_call_resolves_what_is_open_and_announces_the_end_once() -> None:
    closed = CallClosed(call_id="c", reason="ended", duration_ms=40_000)
    outputs = run([*call([STEADY] * 6 + [SHOUTING] * 4), closed, closed])
    assert states(outputs) == ["firing", "resolved"]
    assert [o.state for o in outputs if isinstance(o, CallState)] == ["live", "ended"]


def test_a_caller_who_is_angry_from_the_first_word_is_not_taken_for_a_calm_one() -> None:
    tones = [o.tone for o in run(call([SHOUTING] * 8)) if isinstance(o, Tone) and o.tone is not None]
    assert tones
    assert max(tones) < -0.1


def test_the_monitor_says_that_it_is_still_learning_and_why_it_abstains() -> None:
    messages = [*call([STEADY] * 5), segment(5, STEADY, abstained="noisy")]
    abstained = [o.abstained for o in run(messages) if isinstance(o, Tone)]
    assert abstained[:4] == ["learning_baseline"] * 4
    assert abstained[-1] == "noisy"


def test_an_echo_far_under_the_callers_level_is_not_taken_for_the_caller() -> None:
    faint = msgspec.structs.replace(USUAL, level_db=-60.0)
    tones = [o for o in run(call([STEADY] * 6 + [(ANGRY, faint)] * 4 + [STEADY])) if isinstance(o, Tone)]
    assert [t.abstained for t in tones[6:]] == ["too_quiet"] * 4 + [None]


def test_the_agents_voice_makes_no_tone_and_no_alert() -> None:
    agent = [segment(i, SHOUTING, role="agent", channel=1) for i in range(20)]
    outputs = run([*call([STEADY] * 6), *agent])
    assert {o.role for o in outputs if isinstance(o, Tone)} == {"customer"}
    assert states(outputs) == []


def test_a_segment_that_is_delivered_twice_counts_once() -> None:
    messages = call([STEADY] * 6 + [SHOUTING] * 4)
    doubled = [m for message in messages for m in (message, message)]
    assert run(doubled) == run(messages)


def test_going_on_from_a_stored_memory_gives_the_same_as_never_having_stopped() -> None:
    messages = call([STEADY] * 6 + [SHOUTING] * 4 + [STEADY] * 6)
    for cut in range(1, len(messages), 3):
        memory = CallMemory()
        first = run(messages[:cut], memory)
        stored = msgspec.json.encode(memory)
        again = run(messages[max(0, cut - 2) :], msgspec.json.decode(stored, type=CallMemory))
        assert first + again == run(messages)


def test_another_order_of_arrival_of_the_two_channels_gives_the_same_alerts() -> None:
    customer = call([STEADY] * 6 + [SHOUTING] * 4 + [STEADY] * 6)
    agent = [segment(i, STEADY, role="agent", channel=1) for i in range(16)]
    wanted = [(a.alert_id, a.state, a.onset_ms) for a in run([*customer, *agent]) if isinstance(a, Alert)]
    shuffle = random.Random(7)
    for _ in range(10):
        left, right, mixed = list(customer), list(agent), []
        while left or right:
            mixed.append((left if left and (not right or shuffle.random() < 0.5) else right).pop(0))
        assert [(a.alert_id, a.state, a.onset_ms) for a in run(mixed) if isinstance(a, Alert)] == wanted


def test_a_moment_waits_for_the_words_of_its_segments() -> None:
    messages = call([STEADY] * 6 + [SHOUTING] * 2)
    memory = CallMemory()
    assert not [o for o in run(messages, memory) if isinstance(o, Moment)]
    words = Words(
        call_id="c",
        segment_id="c/0/28000",
        channel=0,
        start_ms=28_000,
        end_ms=31_000,
        text="this is the third time",
        confidence=0.9,
        model=ModelRef(name="w", version="1"),
    )
    moment = next(o for o in run([words], memory) if isinstance(o, Moment))
    assert (moment.kind, [q.text for q in moment.facts.quotes]) == ("onset", ["this is the third time"])


def test_a_moment_does_not_wait_for_words_that_never_come() -> None:
    outputs = run(call([STEADY] * 6 + [SHOUTING] * 4))
    assert [o.kind for o in outputs if isinstance(o, Moment)] == ["onset"]


def rationale(decision: str, kind: str = "onset") -> Rationale:
    return msgspec.convert(
        {
            "type": "rationale",
            "call_id": "c",
            "moment_id": "m",
            "alert_id": "c/tone_falls/24000",
            "kind": kind,
            "at_ms": 31_000,
            "text": "Louder by 8 dB than usual.",
            "source": "model",
            "decision": decision,
            "label": "angry",
            "confidence": 0.8,
        },
        Rationale,
    )


@pytest.mark.parametrize(("decision", "wanted"), [("confirm", "confirmed"), ("withdraw", "withdrawn")])
def test_the_explainers_answer_decides(decision: str, wanted: str) -> None:
    memory = CallMemory()
    run(call([STEADY] * 6 + [SHOUTING] * 2), memory)
    decided = [o for o in run([rationale(decision)], memory) if isinstance(o, Alert)]
    assert [(a.state, a.seq, a.decided_by, a.sentence) for a in decided] == [
        (wanted, 1, "model", "Louder by 8 dB than usual.")
    ]
    assert run([rationale(decision)], memory) == []


def test_an_explainer_that_abstains_changes_nothing() -> None:
    memory = CallMemory()
    run(call([STEADY] * 6 + [SHOUTING] * 2), memory)
    assert run([rationale("abstain")], memory) == []


def test_after_a_withdrawal_there_is_a_cool_down() -> None:
    memory = CallMemory()
    messages = call([STEADY] * 6 + [SHOUTING] * 12)
    run(messages[:9], memory)
    run([rationale("withdraw")], memory)
    later = [o for o in run(messages[9:], memory) if isinstance(o, Alert)]
    assert later
    assert later[0].fired_ms >= 31_000 + ToneConfig().cooldown_ms


def test_a_call_whose_caller_was_not_told_is_counted_only() -> None:
    opened = CallOpened(call_id="c", roles=("customer", "agent"), notice_given=False)
    closed = CallClosed(call_id="c", reason="ended", duration_ms=60_000)
    assert [o.state for o in run([opened, closed]) if isinstance(o, CallState)] == ["not_analysed"]
