"""Listened calls without any audio; and small corpora of made-up voices."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening
from tonewatch.models.degradation.outcome import Outcome, Raised
from tonewatch.models.degradation.truth import Truth
from tonewatch.models.shipped import voice_like
from tonewatch.stream.messages import (
    AudioSpan,
    CallClosed,
    CallOpened,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Segment,
    SegmentMessage,
)
from tonewatch.workers.encoder import default_encoder_path

CALM = Posterior(angry=0.05, happy=0.1, neutral=0.8, sad=0.05)
ANGRY = Posterior(angry=0.9, happy=0.05, neutral=0.03, sad=0.02)

PAUSE_MS = 500
"""What passes between the end of a segment's speech and its message."""


def segment(start_ms: int, posterior: Posterior) -> Segment:
    loud = posterior is ANGRY
    return Segment(
        call_id="c",
        segment_id=f"c/0/{start_ms}",
        channel=0,
        role="customer",
        start_ms=start_ms,
        end_ms=start_ms + 3_000,
        closed_by="pause",
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0),
        prosody=Prosody(level_db=-22.0 if loud else -30.0, f0_median_st=20.0 if loud else 16.0, voiced_share=0.6),
        posterior=posterior,
        quality=Quality(speech_ms=2_800),
        model=ModelRef(name="m", version="1"),
        emitted_at_ms=start_ms + 3_000 + PAUSE_MS,
    )


@pytest.fixture
def listened_call() -> Callable[..., ListenedCall]:
    """`listened_call("ccccccaaa", truth)`: one segment of 3 s every 4 s, calm or angry."""

    def make(moods: str, truth: Truth | None = None) -> ListenedCall:
        duration_ms = 4_000 * len(moods)
        segments = [segment(4_000 * i, {"c": CALM, "a": ANGRY}[mood]) for i, mood in enumerate(moods)]
        messages: list[SegmentMessage] = [
            CallOpened(call_id="c", roles=("customer", "agent"), notice_given=True),
            *segments,
            CallClosed(call_id="c", reason="ended", duration_ms=duration_ms),
        ]
        return ListenedCall("c.wav", truth, duration_ms / 1000, tuple(messages))

    return make


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    """An outcome of 100 s with the given truth and alerts."""

    def make(kind: str, onset_s: float | None, *alerts: Raised, speaker: str = "s", **more: float | None) -> Outcome:
        truth = Truth(file="c.wav", kind=kind, onset_s=onset_s, speaker=speaker, corpus="made", **more)
        return Outcome(
            file="c.wav",
            kind=kind,
            speaker=speaker,
            corpus="made",
            duration_s=100.0,
            truth=truth,
            alerts=alerts,
            tone=(),
            ready_s=20.0,
        )

    return make


@pytest.fixture
def manifest(tmp_path: Path) -> Callable[..., Path]:
    """Clips of made-up voices as (speaker, emotion, emotion4, loudness), in a folder with a manifest."""

    def make(clips: Sequence[tuple[str, str, str, float]]) -> Path:
        columns = ["path", "corpus", "speaker", "gender", "emotion", "emotion4", "language", "text", "duration_s"]
        with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for number, (speaker, emotion, emotion4, loudness) in enumerate(clips):
                samples = loudness * voice_like(2.0, 110.0 + 7.0 * number, seed=number)
                soundfile.write(tmp_path / f"{number}.flac", samples, 16_000)
                writer.writerow([f"{number}.flac", "made", speaker, "", emotion, emotion4, "en", "", 2.0])
        return tmp_path / "manifest.csv"

    return make


@pytest.fixture(scope="session")
def two_calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two calls of 12 s: the caller speaks from 1 to 4 and from 8 to 11 s, the agent from 5 to 7 s."""
    folder = tmp_path_factory.mktemp("calls")
    rng = np.random.default_rng(0)
    for name, f0_hz in (("a", 120.0), ("b", 190.0)):
        samples = (3e-4 * rng.standard_normal((96_000, 2))).astype(np.float32)
        for channel, start_s, length_s in ((0, 1, 3.0), (0, 8, 3.0), (1, 5, 2.0)):
            spoken = soxr.resample(voice_like(length_s, f0_hz), 16_000, 8_000)
            samples[8_000 * start_s : 8_000 * start_s + spoken.size, channel] += spoken
        soundfile.write(folder / f"{name}.wav", samples, 8_000, subtype="ULAW")
    return folder


@pytest.fixture
def listening(tmp_path: Path) -> OfflineListening:
    return OfflineListening(encoder=default_encoder_path(), folds={}, cache=tmp_path / "cache")
