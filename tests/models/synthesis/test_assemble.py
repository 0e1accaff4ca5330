"""The committed demo calls are what truth.json says they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tonewatch.models.synthesis.assemble import CallTruth, TurnTruth, degraded_span
from tonewatch.models.synthesis.dialogue import load_dialogues
from tonewatch.models.synthesis.line import through_g711
from tonewatch.models.synthesis.styles import STYLES
from tonewatch.models.synthesis.synthesise_command import read_truth
from tonewatch.stream.demo.truth import default_folder

FOLDER = default_folder()
CALLS = read_truth(FOLDER)
every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.kind)


def samples_of(call: CallTruth) -> NDArray[np.int16]:
    samples, rate_hz = soundfile.read(FOLDER / call.file, dtype="int16", always_2d=True)
    assert rate_hz == 8000
    return np.asarray(samples, dtype=np.int16)


def level_dbfs(samples: NDArray[np.int16]) -> float:
    return float(10.0 * np.log10(np.mean(np.square(samples / 32768.0)) + 1e-12))


def alone(call: CallTruth, turn: TurnTruth) -> bool:
    """Nobody speaks on the other channel during this turn."""
    others = [other for other in call.turns if other.channel != turn.channel]
    return all(other.end_s <= turn.start_s or other.start_s >= turn.end_s for other in others)


def cut(samples: NDArray[np.int16], channel: int, turn: TurnTruth) -> NDArray[np.int16]:
    return samples[int(turn.start_s * 8000) : int(turn.end_s * 8000), channel]


def test_the_set_holds_the_calls_that_the_scripts_describe() -> None:
    assert [call.kind for call in CALLS] == [dialogue.kind for dialogue in load_dialogues()]
    assert len(CALLS) >= 8


def test_the_calls_are_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for path in Path(FOLDER).glob("*.flac")]
    assert len(sizes) == len(CALLS)
    assert max(sizes) < 1_200_000
    assert sum(sizes) < 7_500_000


@every_call
def test_a_call_has_two_channels_and_the_length_that_is_promised(call: CallTruth) -> None:
    samples = samples_of(call)
    assert samples.shape[1] == 2
    assert len(samples) / 8000 == pytest.approx(call.duration_s, abs=0.001)
    assert 60.0 <= call.duration_s <= 95.0


@every_call
def test_a_call_holds_nothing_but_mu_law_values(call: CallTruth) -> None:
    samples = samples_of(call)
    np.testing.assert_array_equal(through_g711(samples.astype(np.float32) / 32768.0), samples)


@every_call
def test_no_sample_clips(call: CallTruth) -> None:
    assert int(np.abs(samples_of(call).astype(np.int32)).max()) < 31_000


@every_call
def test_every_turn_lies_inside_and_sounds(call: CallTruth) -> None:
    samples = samples_of(call)
    for turn in call.turns:
        assert 0.0 <= turn.start_s < turn.end_s <= call.end_s <= call.duration_s
        assert level_dbfs(cut(samples, turn.channel, turn)) > -40.0


@every_call
def test_the_agents_channel_is_silent_while_the_customer_speaks(call: CallTruth) -> None:
    samples = samples_of(call)
    for turn in call.turns:
        if turn.channel == 0 and alone(call, turn):
            assert level_dbfs(cut(samples, 1, turn)) < -60.0


@every_call
def test_the_customers_channel_is_silent_while_the_agent_speaks_unless_the_street_is_loud(call: CallTruth) -> None:
    samples = samples_of(call)
    levels = [level_dbfs(cut(samples, 0, turn)) for turn in call.turns if turn.channel == 1 and alone(call, turn)]
    assert min(levels) > -50.0 if call.kind == "noisy_line" else max(levels) < -60.0


@every_call
def test_onset_and_recovery_follow_from_the_tones_of_the_customers_turns(call: CallTruth) -> None:
    assert degraded_span(call.turns) == (call.onset_s, call.recovery_s)
    degraded = any(STYLES[turn.style].degraded for turn in call.turns if turn.channel == 0)
    assert call.expected_alert == (degraded and call.notice_given)


@every_call
def test_a_caller_who_degrades_is_loud_or_quiet_beside_the_own_beginning(call: CallTruth) -> None:
    """The level in the style's direction, measured on the file, not taken from the style."""
    samples = samples_of(call)
    own = [turn for turn in call.turns if turn.channel == 0]
    calm = np.mean([level_dbfs(cut(samples, 0, turn)) for turn in own if turn.style in ("neutral", "raised")])
    for turn in own:
        rise_db = level_dbfs(cut(samples, 0, turn)) - float(calm)
        if turn.style in ("angry", "furious"):
            assert rise_db > 5.0
        elif not STYLES[turn.style].degraded:
            assert abs(rise_db) < 4.0


def test_the_billing_dispute_begins_with_25_s_of_calm_speech() -> None:
    call = next(call for call in CALLS if call.kind == "billing_dispute")
    before = [turn for turn in call.turns if turn.channel == 0 and turn.end_s < (call.onset_s or 0.0)]
    assert len(before) >= 3
    assert sum(turn.end_s - turn.start_s for turn in before) >= 24.5


def test_the_delivery_ends_with_20_s_of_calm() -> None:
    call = next(call for call in CALLS if call.kind == "delivery_recovers")
    assert call.recovery_s is not None
    assert call.end_s - call.recovery_s >= 20.0


def test_the_callers_differ_in_voice() -> None:
    voices = [call.voices["customer"] for call in CALLS]
    assert len(set(voices)) == len(voices)
