from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from tonewatch.models.degradation.alert_transcripts import segments_around, with_words
from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.outcome import follow
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import Transcriber


class Recorder(Transcriber):
    """Keeps the samples that it was given."""

    def __init__(self) -> None:
        self.samples: list[Samples] = []

    def transcribe(self, samples: Samples) -> tuple[str, float]:
        self.samples.append(samples)
        return f"words {len(self.samples)}", 1.0


def test_the_words_are_those_of_the_alert_and_of_a_little_before_it(listened_call: Callable[..., ListenedCall]) -> None:
    outcome = follow(listened_call("ccccccccaaaaaaaa"), ToneConfig())
    starts = [start_s for start_s, _ in segments_around(outcome, outcome.alerts[0])]
    assert starts == [24.0, 28.0, 32.0]


def test_only_the_callers_channel_is_given_to_speech_to_text(
    listened_call: Callable[..., ListenedCall], tmp_path: Path
) -> None:
    samples = np.zeros((8_000 * 64, 2), dtype=np.float32)
    samples[:, 1] = 0.5
    soundfile.write(tmp_path / "c.wav", samples, 8_000)
    recorder = Recorder()
    outcome = with_words(follow(listened_call("ccccccccaaaaaaaa"), ToneConfig()), find_calls(tmp_path)[0], recorder)
    assert [said.text for said in outcome.alerts[0].words] == ["words 1", "words 2", "words 3"]
    assert all(16_000 * 3 <= len(one) <= 16_000 * 3.3 for one in recorder.samples)
    assert not any(np.any(one) for one in recorder.samples)
