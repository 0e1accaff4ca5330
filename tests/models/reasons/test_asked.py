"""Which calls and which moments an evaluation asks about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.models.degradation.folder import CallFile
from tonewatch.models.degradation.truth import Truth
from tonewatch.models.reasons.evaluate_command import of
from tonewatch.stream.audio_file import AudioFile

AUDIO = AudioFile(path=Path("a.wav"), channels=2, rate_hz=8000, duration_ms=1000)


def call(speaker: str, corpus: str) -> CallFile:
    truth = Truth(file=f"{speaker}.wav", kind="steady", onset_s=None, speaker=speaker, corpus=corpus)
    return CallFile(f"{speaker}.wav", AUDIO, ("customer", "agent"), truth)


CALLS = [call("anna", "one"), call("bert", "one"), call("carl", "two"), CallFile("d.wav", AUDIO, ("customer",), None)]


@pytest.mark.parametrize(
    ("corpora", "speakers", "wanted"),
    [
        ([], [], ["anna.wav", "bert.wav", "carl.wav", "d.wav"]),
        (["one"], [], ["anna.wav", "bert.wav"]),
        ([], ["bert", "carl"], ["bert.wav", "carl.wav"]),
        (["two"], ["bert"], []),
    ],
)
def test_only_the_calls_asked_for_are_listened_to(corpora: list[str], speakers: list[str], wanted: list[str]) -> None:
    assert [found.name for found in of(CALLS, corpora, speakers)] == wanted
