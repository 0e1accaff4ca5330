from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.truth import TRUTH_FILE, Truth, Turn
from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.examples import known
from tonewatch.models.reasons.moments import AskedMoment, moments, probes, read_turns
from tonewatch.stream.messages import AudioSpan, CallOpened, Posterior, Prosody, Quality, Segment, SegmentMessage
from tonewatch.stream.tone.config import ToneConfig

CALM, ANGRY = (
    Posterior(angry=0.05, happy=0.1, neutral=0.8, sad=0.05),
    Posterior(angry=0.9, happy=0.02, neutral=0.05, sad=0.03),
)
STEP_MS, LENGTH_MS, CHANGE = 4000, 3000, 8


def segment(number: int) -> Segment:
    angry = number >= CHANGE
    start_ms = number * STEP_MS
    return Segment(
        call_id="c",
        segment_id=f"c/0/{start_ms}",
        channel=0,
        role="customer",
        start_ms=start_ms,
        end_ms=start_ms + LENGTH_MS,
        closed_by="pause",
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=1),
        prosody=Prosody(
            f0_median_st=18.0 if angry else 14.0 + 0.1 * (number % 3),
            f0_confidence=0.9,
            voiced_share=0.6,
            level_db=-12.0 if angry else -20.0,
            rate_syl_per_s=4.5,
        ),
        posterior=ANGRY if angry else CALM,
        quality=Quality(speech_ms=LENGTH_MS, snr_db=30.0),
        emitted_at_ms=start_ms + LENGTH_MS,
    )


@pytest.fixture
def call() -> ListenedCall:
    opened: SegmentMessage = CallOpened(call_id="c", roles=("customer",), notice_given=True)
    truth = Truth(file="c.wav", kind="escalate", onset_s=CHANGE * STEP_MS / 1000, speaker="x", corpus="y")
    return ListenedCall("c.wav", truth, 60.0, (opened, *(segment(number) for number in range(14))))


TURNS = [
    Turn(0, n * STEP_MS / 1000, (n * STEP_MS + LENGTH_MS) / 1000, "anger" if n >= CHANGE else "neutral")
    for n in range(14)
]


def test_the_live_moments_are_those_of_the_monitor_with_their_truth(call: ListenedCall) -> None:
    found = moments(call, TURNS, ToneConfig())
    assert [one.kind for one in found][:1] == ["onset"]
    assert (found[0].degraded, found[0].mood, found[0].live) == (True, Mood.ANGRY, True)


def test_probes_follow_every_segment_once_the_baseline_is_known(call: ListenedCall) -> None:
    found = probes(call, TURNS, ToneConfig())
    assert {one.degraded for one in found} >= {True, False}
    assert min(one.starts_ms[-1] for one in found) >= 5 * STEP_MS
    calm = [one for one in found if one.degraded is False]
    assert {one.mood for one in calm} == {Mood.CALM}


def test_a_window_over_the_change_has_no_truth(call: ListenedCall) -> None:
    across = [one for one in probes(call, TURNS, ToneConfig()) if len(set(one.moods)) > 1]
    assert any(one.degraded is None for one in across)
    assert not {id(one) for one in across if one.degraded is None} & {id(k.asked) for k in known(across)}


def test_turns_that_tell_no_emotion_are_turns_of_which_nothing_is_known(tmp_path: Path) -> None:
    entries = [
        {"file": "a.wav", "turns": [{"channel": 0, "start_s": 0.0, "end_s": 1.0, "emotion": "anger"}]},
        {"file": "b.wav", "turns": [{"party": "caller", "start_s": 0.0}]},
        {"file": "c.wav"},
    ]
    (tmp_path / TRUTH_FILE).write_bytes(msgspec.json.encode(entries))
    assert {file: len(turns) for file, turns in read_turns(tmp_path).items()} == {"a.wav": 1, "b.wav": 0, "c.wav": 0}


def test_a_call_without_truth_is_asked_about_and_not_scored(call: ListenedCall) -> None:
    unknown = ListenedCall(call.name, None, call.duration_s, call.messages)
    found: list[AskedMoment] = moments(unknown, (), ToneConfig())
    assert found
    assert {(one.degraded, one.mood) for one in found} == {(None, None)}
    assert known(found) == []
    assert msgspec.json.encode(found[0].facts)
