"""What a recogniser makes of the calls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from tonewatch.models.words.recognised import recognise, recogniser_figures
from tonewatch.models.words.spoken_calls import SpokenCall, SpokenLine
from tonewatch.stream.messages import ModelRef, Words
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import Transcriber, Transcript
from tonewatch.workers.listen.whisper import DecodedWord

CALL = SpokenCall(
    file="a-rms.flac",
    kind="k",
    onset_s=None,
    duration_s=6.0,
    manner="plain",
    lines=(
        SpokenLine(kind="plain", start_s=0.5, end_s=1.5, text="I never signed it."),
        SpokenLine(kind="agent", start_s=2.0, end_s=3.0, text="Hello."),
        SpokenLine(kind="plain", start_s=3.5, end_s=4.5, text="Goodbye."),
    ),
)


class Scripted(Transcriber):
    def __init__(self, *answers: Transcript) -> None:
        self.ref = ModelRef(name="scripted", version="0")
        self.answers = list(answers)

    def understand(self, samples: Samples) -> Transcript:
        return self.answers.pop(0)


def test_words_are_compared_with_what_was_said_and_kept_for_the_next_run(tmp_path: Path) -> None:
    soundfile.write(tmp_path / CALL.file, np.zeros((48_000, 2)), 8_000)
    told = ("I", 0.9), ("never", 0.9), ("sighed", 0.6), ("it.", 0.3)
    words = tuple(DecodedWord(text, 0.0, 0.1, sure) for text, sure in told)
    scripted = Scripted(Transcript("I never sighed it.", 0.8, words), Transcript())
    heard = recognise([CALL], tmp_path, scripted, tmp_path / "kept", lambda: None)
    assert [one.text for one in heard[0] if isinstance(one, Words)] == ["I never sighed it."]
    figures = recogniser_figures([CALL], heard)
    assert (figures.lines, figures.word_error, figures.sure_share, figures.sure_right) == (2, 0.4, 0.75, 0.667)
    assert recognise([CALL], tmp_path, Scripted(), tmp_path / "kept", lambda: None) == heard
