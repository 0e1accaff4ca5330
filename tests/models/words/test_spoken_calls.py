"""Scripts as calls in flat voices; a voice that needs no program stands in for the synthesisers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.models.synthesis.engines import RATE_HZ, Samples
from tonewatch.models.synthesis.voices import Studio, Voice
from tonewatch.models.words.scripts import CallScript, ScriptLine, read_scripts
from tonewatch.models.words.spoken_calls import VOICES, Casting, castings, read_calls, write_calls
from tonewatch.stream.errors import SettingsError

SCRIPT = CallScript(
    "short",
    "cold",
    (ScriptLine("agent", "Hello."), ScriptLine("plain", "Hello, a question."), ScriptLine("turned", "I see.")),
)


class Humming(Studio):
    """A tenth of a second of a tone for each letter."""

    def speak(self, voice: Voice, text: str) -> Samples:
        at = np.arange(len(text) * RATE_HZ // 10) / RATE_HZ
        return (0.3 * np.sin(2 * np.pi * 500 * at)).astype(np.float32)


def test_turning_calls_are_spread_over_the_voices_and_plain_ones_are_spoken_by_all() -> None:
    casts = castings(read_scripts())
    assert Counter(one.voice for one in casts if one.script.turns) == dict.fromkeys(VOICES, 10)
    assert Counter(one.voice for one in casts if not one.script.turns) == dict.fromkeys(VOICES, 12)


def test_a_call_has_its_caller_first_and_says_where_the_words_turn(tmp_path: Path) -> None:
    (written,) = write_calls([Casting(SCRIPT, "rms")], tmp_path, Humming())
    assert read_calls(tmp_path) == (written,)
    samples, rate_hz = soundfile.read(tmp_path / written.file, always_2d=True)
    assert (rate_hz, samples.shape[1]) == (8_000, 2)
    assert written.onset_s == written.lines[2].start_s
    for line in written.lines:
        middle = samples[int((line.start_s + 0.1) * rate_hz) : int((line.end_s - 0.1) * rate_hz)]
        levels = np.sqrt(np.mean(middle**2, axis=0))
        assert int(np.argmax(levels)) == int(line.kind == "agent")


def test_a_folder_without_such_calls_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--speak"):
        read_calls(tmp_path)
