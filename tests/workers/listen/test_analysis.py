"""What is measured of whom; the agent's voice never reaches a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from aiokafka import TopicPartition
from numpy.typing import NDArray

from tonewatch.stream.messages import EMOTIONS, ModelRef, Posterior, Role
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.model.relative_head import unpacked
from tonewatch.workers.audio.segmenter import SpeechSegment
from tonewatch.workers.encoder import Calibration, Card, Encoder, EncoderOutput, Uncertainty
from tonewatch.workers.encoder.gate import Sound
from tonewatch.workers.listen.analysis import MIXED, UNSURE, Analysis
from tonewatch.workers.listen.call import ClosedSegment

PARTITION = TopicPartition("tonewatch.calls.v1", 3)
EMBEDDING = np.array([0.5, -1.25], dtype=np.float32)


class Recorder(Encoder):
    """Keeps the segments that it was given."""

    name = "recorder"
    version = "0"
    provider = "cuda"
    card = Card("recorder", EMOTIONS, "0", Calibration(0.0), Uncertainty((0.0, 0.0, 0.0, 0.0), 0.9), "the space")

    def __init__(self) -> None:
        self.given: list[NDArray[np.float32]] = []
        posterior = Posterior(angry=0.6, happy=0.1, neutral=0.2, sad=0.1)
        self.output = EncoderOutput(posterior, 0.25, abstains=False, embedding=EMBEDDING, degraded=0.7)

    def encode(self, segments: Sequence[NDArray[np.float32]], **options: Any) -> list[EncoderOutput]:
        self.given += list(segments)
        return [self.output for _ in segments]


def closed(role: Role, *, seconds: float = 2.0, loud: float = 0.1) -> ClosedSegment:
    t = np.arange(int(8000 * seconds)) / 8000
    phase = 2 * np.pi * np.cumsum(150 * 2 ** (np.sin(2 * np.pi * 0.7 * t) / 12)) / 8000
    voice = sum(np.sin(k * phase) / k for k in range(2, 18)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    speech = np.ones(len(t) // 160, dtype=np.bool_)
    speech[-8:] = False
    voice *= np.repeat(speech, 160)
    noise = 1e-4 * np.random.default_rng(1).standard_normal(len(t))
    segment = SpeechSegment(
        samples=(loud * voice + noise).astype(np.float32),
        rate_hz=8000,
        start_ms=1_000,
        end_ms=1_000 + round(1000 * seconds),
        speech=speech,
        closed_by="pause",
        first_offset=10,
        last_offset=20,
        missing_ms=0,
        spoken_at_ms=77,
    )
    return ClosedSegment("c", 0, role, segment)


def test_the_callers_segment_is_measured_and_judged() -> None:
    encoder = Recorder()
    event, samples_16k = Analysis(encoder, Metrics()).segment(closed("customer"), PARTITION)
    assert event.posterior is not None
    assert (event.posterior.angry, event.abstained, event.spoken_at_ms) == (0.6, None, 77)
    assert event.prosody is not None
    assert event.prosody.f0_median_st == pytest.approx(12 * np.log2(150 / 55), abs=1.0)
    assert (event.audio.partition, event.audio.first_offset, event.audio.last_offset) == (3, 10, 20)
    assert samples_16k is not None
    assert len(encoder.given[0]) == len(samples_16k) == 32_000
    assert event.model == ModelRef(name="recorder", version="0", provider="cuda")


def test_what_the_monitor_needs_to_judge_against_a_usual_goes_with_the_segment() -> None:
    event, _ = Analysis(Recorder(), Metrics()).segment(closed("customer"), PARTITION)
    assert (event.uncertainty, event.degraded, event.space) == (0.25, 0.7, "the space")
    assert unpacked(event.embedding).tolist() == EMBEDDING.tolist()


def test_an_answer_that_is_too_doubtful_is_not_written_and_its_doubt_is() -> None:
    encoder = Recorder()
    encoder.output = replace(encoder.output, uncertainty=0.95, abstains=True)
    event, samples_16k = Analysis(encoder, Metrics()).segment(closed("customer"), PARTITION)
    assert (event.abstained, event.uncertainty) == (UNSURE, 0.95)
    assert (event.posterior, event.degraded, event.embedding, event.space) == (None, None, b"", "")
    assert event.prosody is not None
    assert samples_16k is not None


@pytest.mark.parametrize("sound", ["music", "not_speech", "laughter"])
def test_what_the_gate_knows_for_no_voice_has_no_answer_whatever_the_model_heard_in_it(sound: Sound) -> None:
    encoder = Recorder()
    encoder.output = replace(encoder.output, sound=sound, abstains=True)
    event, _ = Analysis(encoder, Metrics()).segment(closed("customer"), PARTITION)
    assert (event.abstained, event.posterior, event.embedding) == (sound, None, b"")


def test_the_agents_segment_carries_times_only_and_no_model_hears_it() -> None:
    encoder = Recorder()
    event, samples_16k = Analysis(encoder, Metrics(), analyse_mixed=True).segment(closed("agent"), PARTITION)
    assert (event.prosody, event.posterior, event.model, samples_16k) == (None, None, None, None)
    assert encoder.given == []


def test_a_mono_recording_is_judged_only_where_a_reason_was_written() -> None:
    encoder = Recorder()
    event, _ = Analysis(encoder, Metrics()).segment(closed("mixed"), PARTITION)
    assert (event.abstained, event.posterior, event.prosody, encoder.given) == (MIXED, None, None, [])
    event, _ = Analysis(encoder, Metrics(), analyse_mixed=True).segment(closed("mixed"), PARTITION)
    assert event.posterior is not None


def test_what_cannot_be_judged_says_why_and_is_not_given_to_the_model() -> None:
    encoder = Recorder()
    analysis = Analysis(encoder, Metrics())
    reasons = [
        analysis.segment(closed("customer", seconds=0.4), PARTITION)[0].abstained,
        analysis.segment(closed("customer", loud=1e-4), PARTITION)[0].abstained,
    ]
    assert reasons == ["too_short", "noisy"]
    assert encoder.given == []


class Broken(Recorder):
    """Fails on every segment."""

    def encode(self, segments: Sequence[NDArray[np.float32]], **options: Any) -> list[EncoderOutput]:
        raise RuntimeError("the graph does not like this")


def test_audio_on_which_the_model_fails_abstains_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    event, samples = Analysis(Broken(), Metrics()).segment(closed("customer"), PARTITION)
    assert (event.abstained, event.posterior, samples) == ("analysis_failed", None, None)
    assert "the graph does not like this" in caplog.text
