"""Listened calls without any audio; and small corpora of made-up voices."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import soundfile

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.outcome import Outcome, Raised
from tonewatch.models.degradation.truth import Truth
from tonewatch.models.shipped import voice_like
from tonewatch.stream.messages import (
    AudioSpan,
    CallAttributes,
    CallClosed,
    CallOpened,
    ModelRef,
    Posterior,
    Prosody,
    Quality,
    Segment,
    SegmentMessage,
)

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
            CallOpened(call_id="c", call=CallAttributes(roles=("customer", "agent")), notice_given=True),
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
