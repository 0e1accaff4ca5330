from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.synthesis import voices
from tonewatch.models.synthesis.engines import ENGINES, RATE_HZ, Samples
from tonewatch.models.synthesis.voices import VOICES, Studio, trim


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """An engine that makes a second of tone between silences, and the texts that it was given."""
    calls: list[tuple[str, str, str]] = []

    def speak(text: str, voice: str, accent: str) -> Samples:
        calls.append((text, voice, accent))
        tone = np.sin(np.arange(RATE_HZ) * 0.05).astype(np.float32)
        return np.pad(tone, RATE_HZ)

    monkeypatch.setattr(voices, "ENGINES", {"kokoro": lambda: speak})
    return calls


def test_every_voice_has_an_engine_and_a_description_of_its_own() -> None:
    assert {voice.engine for voice in VOICES.values()} <= set(ENGINES)
    assert len({(str(voice), voice.accent) for voice in VOICES.values()}) == len(VOICES)


def test_a_text_is_spoken_by_the_voices_engine_without_the_silence_around_it(
    spoken: list[tuple[str, str, str]],
) -> None:
    samples = Studio().speak(VOICES["f1"], "Hello.")
    assert spoken == [("Hello.", "jf_alpha", "en-us")]
    assert samples.size == pytest.approx(RATE_HZ * 1.05, rel=0.01)


def test_with_a_cache_a_text_is_spoken_once(spoken: list[tuple[str, str, str]], tmp_path: Path) -> None:
    first = Studio(tmp_path / "speech").speak(VOICES["f1"], "Hello.")
    again = Studio(tmp_path / "speech").speak(VOICES["f1"], "Hello.")
    assert len(spoken) == 1
    assert np.array_equal(first, again)


def test_silence_stays_as_it_is() -> None:
    silent = np.zeros(100, dtype=np.float32)
    assert trim(silent) is silent
